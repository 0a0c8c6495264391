// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/DepthwiseConv.h"

#include "nn/cpu/DepthwiseRows.h"
#include "nn/cpu/Parallel.h"

#include <torch/torch.h>

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <vector>

namespace diascope::nn {

namespace {

using cpu::DepthwiseShape;

DepthwiseShape shapeOf(const Conv2d& conv, const at::Tensor& x)
{
    const ConvOptions& options = conv.options;
    const auto kernel = options.kernel, stride = options.stride;
    DepthwiseShape shape{.images = x.size(0), .channels = x.size(1), .height = x.size(2), .width = x.size(3),
        .kernel = static_cast<int>(kernel), .stride = static_cast<int>(stride)};
    if (options.same) {
        shape.top = samePadding(shape.height, kernel, stride).before;
        shape.left = samePadding(shape.width, kernel, stride).before;
        shape.outHeight = (shape.height + stride - 1) / stride;
        shape.outWidth = (shape.width + stride - 1) / stride;
    } else {
        shape.top = shape.left = options.padding;
        shape.outHeight = (shape.height + 2 * options.padding - kernel) / stride + 1;
        shape.outWidth = (shape.width + 2 * options.padding - kernel) / stride + 1;
    }
    return shape;
}

/// C,1,K,K -> taps x C; for stride 1 also from behind, which makes the input's gradient a forward pass.
std::vector<float> byTap(const at::Tensor& weight, bool fromBehind)
{
    const at::Tensor rows = weight.detach().reshape({weight.size(0), -1}).contiguous(); // C,taps
    const std::int64_t channels = rows.size(0), taps = rows.size(1);
    const float* const from = rows.const_data_ptr<float>();
    std::vector<float> to(static_cast<std::size_t>(channels * taps));
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        for (std::int64_t c = 0; c < channels; ++c) {
            to[static_cast<std::size_t>(tap * channels + c)] = from[c * taps + (fromBehind ? taps - 1 - tap : tap)];
        }
    }
    return to;
}

at::Tensor emptyPicture(const at::Tensor& like, std::int64_t height, std::int64_t width)
{
    return at::empty({like.size(0), like.size(1), height, width}, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

at::Tensor inputGradient(const DepthwiseShape& shape, const at::Tensor& dy, const at::Tensor& weight)
{
    at::Tensor dx = emptyPicture(dy, shape.height, shape.width);
    const std::vector<float> taps = byTap(weight, shape.stride == 1);
    const float* const from = dy.const_data_ptr<float>();
    float* const to = dx.data_ptr<float>();
    DepthwiseShape back = shape; // stride 1: a forward pass from dy to dx with the kernel turned round
    if (shape.stride == 1) {
        back.height = shape.outHeight;
        back.width = shape.outWidth;
        back.outHeight = shape.height;
        back.outWidth = shape.width;
        back.top = shape.kernel - 1 - shape.top;
        back.left = shape.kernel - 1 - shape.left;
    }
    cpu::parallelFor(shape.images * shape.height, at::get_num_threads(), [&](std::int64_t begin, std::int64_t end) {
        shape.stride == 1 ? cpu::depthwiseForward(back, from, taps.data(), begin, end, to)
                          : cpu::depthwiseInputGradient(shape, from, taps.data(), begin, end, to);
    });
    return dx;
}

at::Tensor weightGradient(const DepthwiseShape& shape, const at::Tensor& x, const at::Tensor& dy, const at::Tensor& weight)
{
    const auto size = static_cast<std::size_t>(shape.channels * shape.taps());
    std::vector<float> parts(size * static_cast<std::size_t>(shape.images), 0.0F);
    cpu::parallelFor(shape.images, at::get_num_threads(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t image = begin; image < end; ++image) {
            cpu::depthwiseWeightGradient(shape, x.const_data_ptr<float>(), dy.const_data_ptr<float>(), image, image + 1,
                parts.data() + static_cast<std::size_t>(image) * size);
        }
    });
    std::vector<double> sums(size, 0.0);
    for (auto part = parts.begin(); part != parts.end();) {
        for (double& sum : sums) {
            sum += static_cast<double>(*part++);
        }
    }
    at::Tensor gradient = at::empty({shape.channels, shape.taps()}, weight.options());
    float* const to = gradient.data_ptr<float>();
    for (std::int64_t c = 0; c < shape.channels; ++c) {
        for (std::int64_t tap = 0; tap < shape.taps(); ++tap) {
            to[c * shape.taps() + tap] = static_cast<float>(sums[static_cast<std::size_t>(tap * shape.channels + c)]);
        }
    }
    return gradient.reshape(weight.sizes());
}

class Depthwise : public torch::autograd::Function<Depthwise> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const DepthwiseShape& shape)
    {
        at::Tensor y = emptyPicture(x, shape.outHeight, shape.outWidth);
        const std::vector<float> taps = byTap(weight, false);
        float* const to = y.data_ptr<float>();
        const float* const from = x.const_data_ptr<float>();
        cpu::parallelFor(shape.images * shape.outHeight, at::get_num_threads(), [&](std::int64_t begin, std::int64_t end) {
            cpu::depthwiseForward(shape, from, taps.data(), begin, end, to);
        });
        context->save_for_backward({x, weight});
        context->saved_data["shape"] = std::vector<std::int64_t>{shape.outHeight, shape.outWidth, shape.kernel, shape.stride, shape.top, shape.left};
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
    {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1];
        const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
        const auto kept = context->saved_data["shape"].toIntVector();
        const DepthwiseShape shape{.images = x.size(0), .channels = x.size(1), .height = x.size(2), .width = x.size(3),
            .outHeight = kept[0], .outWidth = kept[1], .kernel = static_cast<int>(kept[2]), .stride = static_cast<int>(kept[3]),
            .top = kept[4], .left = kept[5]};
        return {context->needs_input_grad(0) ? inputGradient(shape, dy, weight) : at::Tensor(),
            context->needs_input_grad(1) ? weightGradient(shape, x, dy, weight) : at::Tensor(), at::Tensor()};
    }
};

} // namespace

bool hasDepthwiseConv(const Conv2d& conv, const at::Tensor& x)
{
    const ConvOptions& options = conv.options;
    const std::int64_t channels = conv.weight.size(0);
    return options.groups == channels && conv.weight.size(1) == 1 && channels % 8 == 0 && !conv.bias.defined()
        && (options.kernel == 3 || options.kernel == 5) && (options.stride == 1 || options.stride == 2) && x.is_cpu()
        && x.scalar_type() == at::kFloat && conv.weight.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0
        && x.is_contiguous(at::MemoryFormat::ChannelsLast) && !at::autocast::is_autocast_enabled(at::kCPU);
}

at::Tensor depthwiseConv(const Conv2d& conv, const at::Tensor& x)
{
    return Depthwise::apply(x, conv.weight, shapeOf(conv, x));
}

} // namespace diascope::nn
