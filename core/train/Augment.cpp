// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Augment.h"

#include "train/AugmentPicture.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace diascope::train {

namespace {

/// uint8 or uint16 -> float32 0..1.
at::Tensor unitFloats(const at::Tensor& images)
{
    if (images.scalar_type() == at::kUInt16) { // few operations know the type; its bits as int16 serve as well
        return images.view(at::kShort).to(torch::kInt32).bitwise_and(0xFFFF).to(torch::kFloat32).mul_(1.0F / 65535.0F);
    }
    return images.to(torch::kFloat32).mul_(1.0F / 255.0F);
}

at::Tensor column(const std::vector<float>& values, const at::Device& device)
{
    return torch::tensor(values, torch::kFloat32).view({-1, 1, 1, 1}).to(device); // N,1,1,1
}

template <typename Predicate>
at::Tensor flags(std::span<const AugmentDraw> draws, const at::Device& device, const Predicate& is)
{
    at::Tensor result = torch::zeros({static_cast<std::int64_t>(draws.size()), 1, 1, 1}, torch::kBool);
    for (std::size_t i = 0; i < draws.size(); ++i) {
        result.data_ptr<bool>()[i] = is(draws[i]);
    }
    return result.to(device);
}

/// Displacements in pixels of the pictures that have some, N,2,H,W (x, y).
at::Tensor displacements(
    std::span<const AugmentDraw> draws, const AugmentConfig& config, const PictureSize& size, const at::Device& device)
{
    std::vector<at::Tensor> parts;
    for (const AugmentDraw& draw : draws) {
        if (!draw.elastic) {
            parts.push_back(torch::zeros({1, 2, size.height, size.width}));
            continue;
        }
        ElasticField field = elasticField(config.elastic, *draw.elastic, size);
        field.x.insert(field.x.end(), field.y.begin(), field.y.end());
        const at::Tensor nodes = torch::tensor(field.x, torch::kFloat32).view({1, 2, field.rows, field.columns});
        const std::int64_t rows = static_cast<std::int64_t>(field.rows - 1) * field.spacing + 1,
                           columns = static_cast<std::int64_t>(field.columns - 1) * field.spacing + 1;
        parts.push_back(
            at::upsample_bilinear2d(nodes, {rows, columns}, true).slice(2, 0, size.height).slice(3, 0, size.width));
    }
    return torch::cat(parts).to(device);
}

/// x: N,C,H,W. Samples it where the draws say.
at::Tensor warped(const at::Tensor& x, std::span<const AugmentDraw> draws, const AugmentConfig& config)
{
    const std::int64_t height = x.size(2), width = x.size(3);
    std::vector<float> entries;
    for (const AugmentDraw& draw : draws) {
        for (const double value : draw.affine.value_or(std::array<double, 6>{1, 0, 0, 0, 1, 0})) {
            entries.push_back(static_cast<float>(value));
        }
    }
    const at::Tensor m = torch::tensor(entries, torch::kFloat32).view({-1, 6, 1, 1}).to(x.device());
    const auto axis
        = [&x](std::int64_t side) { return torch::arange(side, x.options()) - 0.5 * static_cast<double>(side - 1); };
    const at::Tensor dx = axis(width).view({1, 1, -1}), dy = axis(height).view({1, -1, 1});
    at::Tensor fromX = m.select(1, 0) * dx + m.select(1, 1) * dy + m.select(1, 2); // N,H,W
    at::Tensor fromY = m.select(1, 3) * dx + m.select(1, 4) * dy + m.select(1, 5);
    if (std::any_of(draws.begin(), draws.end(), [](const AugmentDraw& draw) { return draw.elastic.has_value(); })) {
        const at::Tensor moved = displacements(draws, config, {height, width}, x.device());
        fromX = fromX + moved.select(1, 0);
        fromY = fromY + moved.select(1, 1);
    }
    const at::Tensor grid
        = torch::stack({fromX * (2.0 / static_cast<double>(width)), fromY * (2.0 / static_cast<double>(height))}, -1);
    constexpr std::int64_t kBilinear = 0;
    return at::grid_sampler(x, grid, kBilinear, static_cast<std::int64_t>(config.border), false);
}

/// Each picture with its own kernel: one grouped convolution down, one across. No blur = a kernel of a single 1.
at::Tensor blurred(const at::Tensor& x, std::span<const AugmentDraw> draws)
{
    const std::int64_t n = x.size(0), channels = x.size(1);
    int largest = 1;
    for (const AugmentDraw& draw : draws) {
        largest = std::max(largest, draw.blurSize);
    }
    at::Tensor kernels = torch::zeros({n, largest});
    for (std::int64_t i = 0; i < n; ++i) {
        const int size = std::max(1, draws[static_cast<std::size_t>(i)].blurSize);
        const std::vector<float> weights = size > 1 ? gaussianKernel(size) : std::vector<float>{1.0F};
        std::copy(weights.begin(), weights.end(), kernels.data_ptr<float>() + i * largest + (largest - size) / 2);
    }
    const at::Tensor weights = kernels.to(x.device()).repeat_interleave(channels, 0); // N*C,largest
    const std::int64_t radius = largest / 2;
    const at::Tensor padded = at::reflection_pad2d(x, {radius, radius, radius, radius})
                                  .view({1, n * channels, x.size(2) + 2 * radius, x.size(3) + 2 * radius});
    const auto convolved = [&](const at::Tensor& input, const at::Tensor& kernel) {
        const std::vector<std::int64_t> ones{1, 1}, zeros{0, 0};
        return at::conv2d(input, kernel, std::nullopt, ones, zeros, ones, n * channels);
    };
    return convolved(convolved(padded, weights.view({-1, 1, largest, 1})), weights.view({-1, 1, 1, largest}))
        .view(x.sizes());
}

at::Tensor toned(const at::Tensor& x, std::span<const AugmentDraw> draws)
{
    std::vector<float> contrast, brightness;
    for (const AugmentDraw& draw : draws) {
        contrast.push_back(static_cast<float>(draw.contrast));
        brightness.push_back(static_cast<float>(draw.brightness));
    }
    return (x * column(contrast, x.device()) + column(brightness, x.device())).clamp_(0.0, 1.0);
}

at::Tensor holed(const at::Tensor& x, std::span<const AugmentDraw> draws, const AugmentConfig::Holes& config)
{
    constexpr float kNowhere = -1e9F;
    const at::Tensor rows = torch::arange(x.size(2), x.options()).view({1, 1, -1, 1}),
                     columns = torch::arange(x.size(3), x.options()).view({1, 1, 1, -1});
    at::Tensor mask = torch::zeros({x.size(0), 1, x.size(2), x.size(3)}, x.options().dtype(torch::kBool));
    for (int hole = 0; hole < config.count; ++hole) {
        std::vector<float> tops, lefts;
        for (const AugmentDraw& draw : draws) {
            const bool here = static_cast<std::size_t>(hole) < draw.holes.size();
            tops.push_back(here ? static_cast<float>(draw.holes[static_cast<std::size_t>(hole)].top) : kNowhere);
            lefts.push_back(here ? static_cast<float>(draw.holes[static_cast<std::size_t>(hole)].left) : kNowhere);
        }
        const at::Tensor down = rows - column(tops, x.device()), across = columns - column(lefts, x.device());
        mask.logical_or_(
            (down >= 0).logical_and(down < config.height).logical_and(across >= 0).logical_and(across < config.width));
    }
    return x.masked_fill(mask, config.fill);
}

at::Tensor emptyInput(const at::Tensor& images, std::int64_t count, bool channelsLast)
{
    const auto format = channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    return torch::empty({count, images.size(1), images.size(2), images.size(3)},
        torch::TensorOptions().dtype(torch::kFloat32).memory_format(format));
}

} // namespace

at::Tensor makeInputBatched(const at::Tensor& images, const PictureOrder& order, const AugmentConfig& config,
    const Normalisation& normalisation, bool channelsLast)
{
    const at::NoGradGuard noGrad;
    const std::vector<std::int64_t> samples(order.samples.begin(), order.samples.end());
    const at::Tensor rows = torch::tensor(samples, torch::kInt64).to(images.device());
    const bool sixteen = images.scalar_type() == at::kUInt16;
    const at::Tensor taken = (sixteen ? images.view(at::kShort) : images).index_select(0, rows);
    at::Tensor x = unitFloats(sixteen ? taken.view(at::kUInt16) : taken).contiguous(); // n,C,H,W
    const auto draws = order.draws;
    const auto any = [&draws](const auto& is) { return std::any_of(draws.begin(), draws.end(), is); };
    const auto mirrors = [](const AugmentDraw& draw) { return draw.mirror; };
    const auto turns = [](const AugmentDraw& draw) { return draw.upsideDown; };
    if (any(mirrors)) {
        x = torch::where(flags(draws, x.device(), mirrors), x.flip({3}), x);
    }
    if (any(turns)) {
        x = torch::where(flags(draws, x.device(), turns), x.flip({2}), x);
    }
    if (any([](const AugmentDraw& draw) { return draw.affine || draw.elastic; })) {
        x = warped(x, draws, config);
    }
    if (any([](const AugmentDraw& draw) { return draw.blurSize > 1; })) {
        x = blurred(x, draws);
    }
    if (any([](const AugmentDraw& draw) { return draw.contrast != 1.0 || draw.brightness != 0.0; })) {
        x = toned(x, draws);
    }
    if (any([](const AugmentDraw& draw) { return !draw.holes.empty(); })) {
        x = holed(x, draws, config.holes);
    }
    x = x.sub(normalisation.mean).div_(normalisation.stdDev);
    return channelsLast ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

at::Tensor makeInputByPicture(const at::Tensor& images, const PictureOrder& order, const AugmentConfig& config,
    const Normalisation& normalisation, bool channelsLast)
{
    const auto count = static_cast<std::int64_t>(order.samples.size());
    const at::Tensor input = emptyInput(images, count, channelsLast);
    const at::Tensor mean = normalisation.mean.to(torch::kCPU).contiguous(),
                     stdDev = normalisation.stdDev.to(torch::kCPU).contiguous();
    const auto* const pixels = static_cast<const std::byte*>(images.const_data_ptr());
    const std::int64_t pictureBytes = images.stride(0) * static_cast<std::int64_t>(images.element_size());
    float* const values = input.data_ptr<float>();
    const AugmentDraw unchanged;
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        PictureAugmenter augmenter(config);
        for (std::int64_t i = begin; i < end; ++i) {
            const auto place = static_cast<std::size_t>(i);
            const StoredPicture from{pixels + order.samples[place] * pictureBytes, images.scalar_type() == at::kUInt16,
                images.size(1), images.size(2), images.size(3), images.stride(1), images.stride(2), images.stride(3)};
            const InputPicture to{values + i * input.stride(0), input.stride(1), input.stride(2), input.stride(3),
                mean.const_data_ptr<float>(), stdDev.const_data_ptr<float>()};
            augmenter.run(from, order.draws.empty() ? unchanged : order.draws[place], to);
        }
    });
    return input.to(normalisation.mean.device());
}

at::Tensor makeInput(const at::Tensor& images, const PictureOrder& order, const AugmentConfig& config,
    const Normalisation& normalisation, bool channelsLast)
{
    return (images.is_cpu() ? makeInputByPicture : makeInputBatched)(
        images, order, config, normalisation, channelsLast);
}

} // namespace diascope::train
