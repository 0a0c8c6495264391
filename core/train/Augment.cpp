// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Augment.h"

#include "base/Rng.h"

#include <torch/torch.h>

namespace diascope::train {

AugmentDraw drawAugment(std::uint64_t seed, int epoch, std::int64_t position)
{
    base::Rng rng = base::Rng::stream(seed, "train/augment", static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(position));
    AugmentDraw draw;
    draw.mirror = rng.chance(0.5);
    draw.upsideDown = rng.chance(0.5);
    // Every number is drawn, used or not, so that a later option does not shift the ones after it.
    const bool changes = rng.chance(0.5);
    const double contrast = rng.uniform(0.8, 1.2);
    const double brightness = rng.uniform(-0.1, 0.1);
    if (changes) {
        draw.contrast = contrast;
        draw.brightness = brightness;
    }
    return draw;
}

namespace {

at::Tensor column(const std::vector<float>& values, const at::Device& device)
{
    return torch::tensor(values, torch::kFloat32).view({-1, 1, 1, 1}).to(device); // N,1,1,1
}

at::Tensor flags(const std::vector<AugmentDraw>& draws, bool AugmentDraw::*field, const at::Device& device)
{
    at::Tensor result = torch::zeros({static_cast<std::int64_t>(draws.size()), 1, 1, 1}, torch::kBool);
    bool* const out = result.data_ptr<bool>();
    for (std::size_t i = 0; i < draws.size(); ++i) {
        out[i] = draws[i].*field;
    }
    return result.to(device);
}

} // namespace

at::Tensor makeInput(const at::Tensor& images, const std::vector<AugmentDraw>& draws, const Normalisation& normalisation)
{
    const at::NoGradGuard noGrad;
    const at::Device device = images.device();
    if (draws.empty()) {
        return images.to(torch::kFloat32).div_(255.0).sub_(normalisation.mean).div_(normalisation.stdDev);
    }
    // Flips move bytes, a quarter of the memory that floats would take.
    at::Tensor bytes = torch::where(flags(draws, &AugmentDraw::mirror, device), images.flip({3}), images);
    bytes = torch::where(flags(draws, &AugmentDraw::upsideDown, device), bytes.flip({2}), bytes);
    std::vector<float> contrast, brightness;
    for (const AugmentDraw& draw : draws) {
        contrast.push_back(static_cast<float>(draw.contrast));
        brightness.push_back(static_cast<float>(draw.brightness));
    }
    at::Tensor input = bytes.to(torch::kFloat32).div_(255.0);
    input.mul_(column(contrast, device)).add_(column(brightness, device)).clamp_(0.0, 1.0);
    return input.sub_(normalisation.mean).div_(normalisation.stdDev);
}

} // namespace diascope::train
