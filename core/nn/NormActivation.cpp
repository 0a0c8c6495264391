// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/NormActivation.h"

#include "nn/cpu/NormRows.h"
#include "nn/cpu/Parallel.h"

#include <torch/torch.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace diascope::nn {

namespace {

using cpu::RowActivation;
using cpu::RowBlock;

constexpr double kMomentum = 0.1;
constexpr std::int64_t kPattern = 256;     ///< Floats of a pattern at least.
constexpr std::int64_t kBlock = 1 << 18;   ///< Floats of a block, about.

/// How N,C,H,W is divided into blocks of whole patterns.
struct Layout {
    explicit Layout(const at::Tensor& x)
        : channels(x.size(1)), rows(x.numel() / x.size(1)), width(channels * std::max<std::int64_t>(1, (kPattern + channels - 1) / channels)),
          blockSize(width * std::max<std::int64_t>(1, kBlock / width)), blocks((x.numel() + blockSize - 1) / blockSize), total(x.numel())
    {
    }
    std::int64_t channels, rows, width, blockSize, blocks, total;

    template <typename Work> void forEachBlock(Work work) const
    {
        cpu::parallelFor(blocks, at::get_num_threads(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t block = begin; block < end; ++block) {
                const std::int64_t first = block * blockSize;
                work(block, first, RowBlock{std::min(blockSize, total - first), width});
            }
        });
    }
    [[nodiscard]] std::vector<float> pattern(const float* perChannel) const
    {
        std::vector<float> values(static_cast<std::size_t>(width));
        for (std::int64_t i = 0; i < width; ++i) {
            values[static_cast<std::size_t>(i)] = perChannel[i % channels];
        }
        return values;
    }
};

/// Two sums a channel, taken block by block.
struct Sums {
    std::vector<double> first, second;
};
template <typename Add> Sums sumsOf(const Layout& layout, Add add)
{
    const auto width = static_cast<std::size_t>(layout.width);
    std::vector<float> partial(static_cast<std::size_t>(layout.blocks) * width * 2, 0.0F);
    layout.forEachBlock([&](std::int64_t block, std::int64_t first, RowBlock rows) {
        float* const mine = partial.data() + static_cast<std::size_t>(block) * width * 2;
        add(first, rows, mine, mine + width);
    });
    const auto channels = static_cast<std::size_t>(layout.channels);
    Sums sums{std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
    for (auto part = partial.begin(); part != partial.end();) {
        for (std::vector<double>* const sum : {&sums.first, &sums.second}) {
            for (std::size_t i = 0; i < width; i += channels) {
                for (std::size_t c = 0; c < channels; ++c) {
                    (*sum)[c] += static_cast<double>(*part++);
                }
            }
        }
    }
    return sums;
}

RowActivation rowActivation(Activation activation)
{
    return activation == Activation::Relu ? RowActivation::Relu
        : activation == Activation::HardSwish ? RowActivation::HardSwish
                                              : RowActivation::None;
}

const float* values(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }

/// The pixels of a picture in either type.
template <typename T> const T* pixels(const at::Tensor& tensor) { return static_cast<const T*>(tensor.const_data_ptr()); }
template <typename T> T* pixels(at::Tensor& tensor) { return static_cast<T*>(tensor.mutable_data_ptr()); }
template <typename Work> void byType(const at::Tensor& tensor, Work work)
{
    tensor.scalar_type() == at::kBFloat16 ? work(cpu::BFloat16{}) : work(0.0F);
}

Sums momentsOf(const Layout& layout, const at::Tensor& x, const std::vector<float>& pivot)
{
    Sums sums;
    byType(x, [&](auto type) {
        const auto* const input = pixels<decltype(type)>(x);
        sums = sumsOf(layout, [&](std::int64_t first, RowBlock rows, float* sum, float* squares) {
            cpu::addMoments(input + first, pivot.data(), rows, sum, squares);
        });
    });
    return sums;
}

class NormActivation : public torch::autograd::Function<NormActivation> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
        const at::Tensor& bias, at::Tensor runningMean, at::Tensor runningVar, double epsilon, std::int64_t activation)
    {
        const Layout layout(x);
        const auto channels = static_cast<std::size_t>(layout.channels);
        const at::Tensor firstPixel = x.select(0, 0).select(1, 0).select(1, 0).to(at::kFloat).contiguous(); // near the mean as a rule
        const std::vector<float> pivot = layout.pattern(values(firstPixel));
        const Sums sums = momentsOf(layout, x, pivot);
        at::Tensor saved = at::empty({4, layout.channels}, at::kFloat); // mean, 1/std, scale, shift
        float* const mean = saved.data_ptr<float>();
        float* const inverse = mean + channels;
        float* const scale = inverse + channels;
        float* const shift = scale + channels;
        const auto count = static_cast<double>(layout.rows);
        for (std::size_t c = 0; c < channels; ++c) {
            const double offset = sums.first[c] / count;
            const double exactMean = static_cast<double>(pivot[c]) + offset;
            const double variance = std::max(0.0, sums.second[c] / count - offset * offset);
            const double inverseStd = 1.0 / std::sqrt(variance + epsilon);
            const auto w = static_cast<double>(values(weight)[c]);
            mean[c] = static_cast<float>(exactMean);
            inverse[c] = static_cast<float>(inverseStd);
            scale[c] = static_cast<float>(w * inverseStd);
            shift[c] = static_cast<float>(static_cast<double>(values(bias)[c]) - exactMean * w * inverseStd);
            follow(runningMean.data_ptr<float>()[c], exactMean);
            follow(runningVar.data_ptr<float>()[c], variance * count / (count - 1.0));
        }
        at::Tensor y = at::empty_like(x);
        const std::vector<float> scales = layout.pattern(scale), shifts = layout.pattern(shift);
        const auto how = static_cast<RowActivation>(activation);
        byType(x, [&](auto type) {
            const auto* const input = pixels<decltype(type)>(x);
            auto* const output = pixels<decltype(type)>(y);
            layout.forEachBlock([&](std::int64_t, std::int64_t first, RowBlock rows) {
                cpu::applyNorm(input + first, scales.data(), shifts.data(), rows, how, output + first);
            });
        });
        context->save_for_backward({x, saved});
        context->saved_data["activation"] = activation;
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
    {
        const auto saved = context->get_saved_variables();
        const at::Tensor& x = saved[0];
        const at::Tensor dy = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
        const auto how = static_cast<RowActivation>(context->saved_data["activation"].toInt());
        const Layout layout(x);
        const auto channels = static_cast<std::size_t>(layout.channels);
        const float* const mean = values(saved[1]);
        const float* const inverse = mean + channels;
        const float* const scale = inverse + channels;
        const std::vector<float> means = layout.pattern(mean), scales = layout.pattern(scale), shifts = layout.pattern(scale + channels);
        Sums sums;
        byType(x, [&](auto type) {
            const auto *const input = pixels<decltype(type)>(x), *const gradient = pixels<decltype(type)>(dy);
            sums = sumsOf(layout, [&](std::int64_t first, RowBlock rows, float* sum, float* product) {
                cpu::addGradientMoments(input + first, gradient + first, scales.data(), shifts.data(), means.data(), rows, how, sum, product);
            });
        });
        at::Tensor dWeight = at::empty({layout.channels}, saved[1].options()), dBias = at::empty({layout.channels}, saved[1].options());
        std::vector<float> slope(channels), offset(channels);
        const auto count = static_cast<double>(layout.rows);
        for (std::size_t c = 0; c < channels; ++c) {
            const auto inv = static_cast<double>(inverse[c]);
            dBias.data_ptr<float>()[c] = static_cast<float>(sums.first[c]);
            dWeight.data_ptr<float>()[c] = static_cast<float>(sums.second[c] * inv);
            slope[c] = static_cast<float>(-static_cast<double>(scale[c]) * inv * inv * sums.second[c] / count);
            offset[c] = static_cast<float>(-static_cast<double>(scale[c]) * sums.first[c] / count);
        }
        at::Tensor dx;
        if (context->needs_input_grad(0)) {
            dx = at::empty_like(x);
            const std::vector<float> slopes = layout.pattern(slope.data()), offsets = layout.pattern(offset.data());
            const cpu::InputGradient pattern{scales.data(), shifts.data(), means.data(), slopes.data(), offsets.data()};
            byType(x, [&](auto type) {
                const auto *const input = pixels<decltype(type)>(x), *const gradient = pixels<decltype(type)>(dy);
                auto* const output = pixels<decltype(type)>(dx);
                layout.forEachBlock([&](std::int64_t, std::int64_t first, RowBlock rows) {
                    cpu::applyInputGradient(input + first, gradient + first, pattern, rows, how, output + first);
                });
            });
        }
        return {dx, dWeight, dBias, {}, {}, {}, {}};
    }

private:
    static void follow(float& running, double now)
    {
        running = static_cast<float>((1.0 - kMomentum) * static_cast<double>(running) + kMomentum * now);
    }
};

} // namespace

bool hasTrainNormActivation(const at::Tensor& x)
{
    return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && x.dim() == 4 && x.numel() > 0 && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor trainNormActivation(const BatchNorm& norm, const at::Tensor& x, Activation activation)
{
    return NormActivation::apply(x, norm.weight, norm.bias, norm.runningMean, norm.runningVar, norm.epsilon(),
        static_cast<std::int64_t>(rowActivation(activation)));
}

} // namespace diascope::nn
