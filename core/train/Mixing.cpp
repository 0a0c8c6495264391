// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Mixing.h"

#include "base/Rng.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace diascope::train {

namespace {

/// log of a gamma variate with shape alpha (Marsaglia and Tsang 2000; small shapes by the power of a uniform number).
/// The logarithm, since the variate itself may be too small for a double.
double logGamma(base::Rng& rng, double alpha)
{
    if (alpha < 1.0) {
        const double boost = std::log(1.0 - rng.uniform()) / alpha;
        return logGamma(rng, alpha + 1.0) + boost;
    }
    const double d = alpha - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        const double x = rng.normal(), v = std::pow(1.0 + c * x, 3.0);
        const double u = 1.0 - rng.uniform();
        if (v > 0.0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) {
            return std::log(d) + std::log(v);
        }
    }
}

at::Tensor partnersOf(const at::Tensor& all, const MixDraw& draw)
{
    return all.index_select(0, torch::tensor(draw.partners, torch::kInt64).to(all.device()));
}

} // namespace

double drawBeta(base::Rng& rng, double alpha)
{
    const double first = logGamma(rng, alpha), second = logGamma(rng, alpha);
    return 1.0 / (1.0 + std::exp(second - first));
}

MixBox cutBox(double lambda, double centreX, double centreY, std::int64_t height, std::int64_t width)
{
    const double cut = std::sqrt(1.0 - lambda);
    const auto edge = [cut](double centre, std::int64_t side, double sign) {
        const auto full = static_cast<double>(side);
        return static_cast<int>(std::clamp(centre + sign * full * cut / 2.0, 0.0, full));
    };
    return {
        edge(centreX, width, -1.0), edge(centreY, height, -1.0), edge(centreX, width, 1.0), edge(centreY, height, 1.0)};
}

double shareOutside(const MixBox& box, std::int64_t height, std::int64_t width)
{
    const auto inside = static_cast<double>(box.right - box.left) * static_cast<double>(box.bottom - box.top);
    return 1.0 - inside / static_cast<double>(height * width);
}

MixDraw drawMix(
    const MixOptions& options, const BatchPlace& place, std::int64_t size, std::int64_t height, std::int64_t width)
{
    const auto stream = [&place](const char* name) {
        return base::Rng::stream(
            place.seed, name, static_cast<std::uint64_t>(place.epoch), static_cast<std::uint64_t>(place.batch));
    };
    MixDraw draw;
    if (options.mixupProbability > 0.0 && stream("mix/mixup?").chance(options.mixupProbability)) {
        base::Rng rng = stream("mix/mixup");
        draw.kind = Mix::Mixup;
        draw.lambda = drawBeta(rng, options.mixupAlpha);
    } else if (options.cutmixProbability > 0.0 && stream("mix/cutmix?").chance(options.cutmixProbability)) {
        base::Rng rng = stream("mix/cutmix");
        draw.kind = Mix::Cutmix;
        const double lambda = drawBeta(rng, options.cutmixAlpha);
        const double x = rng.uniform(0.0, static_cast<double>(width)),
                     y = rng.uniform(0.0, static_cast<double>(height));
        draw.box = cutBox(lambda, x, y, height, width);
        draw.lambda = shareOutside(draw.box, height, width);
    } else {
        return draw;
    }
    draw.partners.resize(static_cast<std::size_t>(size));
    std::iota(draw.partners.begin(), draw.partners.end(), std::int64_t{0});
    base::Rng rng = stream("mix/partners");
    rng.shuffle(draw.partners);
    return draw;
}

at::Tensor mixedPictures(const at::Tensor& pictures, const MixDraw& draw)
{
    if (draw.kind == Mix::None) {
        return pictures;
    }
    if (draw.kind == Mix::Mixup) {
        return pictures.mul(draw.lambda).add_(partnersOf(pictures, draw), 1.0 - draw.lambda);
    }
    const auto box = [&draw](const at::Tensor& t) {
        return t.slice(2, draw.box.top, draw.box.bottom).slice(3, draw.box.left, draw.box.right);
    };
    const at::Tensor from = partnersOf(box(pictures), draw), result = pictures.clone();
    box(result).copy_(from);
    return result;
}

at::Tensor mixedTargets(const at::Tensor& targets, const MixDraw& draw)
{
    return draw.kind == Mix::None ? targets : draw.lambda * targets + (1.0 - draw.lambda) * partnersOf(targets, draw);
}

} // namespace diascope::train
