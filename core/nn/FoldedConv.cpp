// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/FoldedConv.h"

#include <torch/torch.h>

#include <ATen/core/dispatch/Dispatcher.h>

namespace diascope::nn {

namespace {

using Sizes = std::vector<std::int64_t>;

/// oneDNN's convolution with what follows it in one pass. LibTorch offers it to its own compiler only, by name.
const c10::OperatorHandle& fusedConvolution(const char* overload)
{
    static const auto single = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
    static const auto sum = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", "binary"});
    return *overload == '\0' ? single.value() : sum.value();
}

bool hasFusedConvolution()
{
    static const bool there = at::globalContext().hasMKLDNN() && at::globalContext().userEnabledMkldnn()
        && c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""}).has_value()
        && c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", "binary"}).has_value();
    return there;
}

const char* fusedName(Activation activation)
{
    return activation == Activation::Relu ? "relu" : activation == Activation::HardSwish ? "hardswish" : "none";
}

at::Tensor applied(at::Tensor y, Activation activation)
{
    return activation == Activation::HardSwish ? at::hardswish_(y) : activate(std::move(y), activation);
}

} // namespace

FoldedConv::FoldedConv(const Conv2d& conv, const BatchNorm* norm) : m_options(conv.options)
{
    const at::NoGradGuard noGrad;
    at::Tensor weight = conv.weight.detach().to(at::kDouble);
    at::Tensor bias = conv.bias.defined() ? conv.bias.detach().to(at::kDouble) : at::zeros({weight.size(0)}, weight.options());
    if (norm != nullptr) {
        const at::Tensor scale = norm->weight.detach().to(at::kDouble) / (norm->runningVar.to(at::kDouble) + norm->epsilon()).sqrt();
        bias = norm->bias.detach().to(at::kDouble) + (bias - norm->runningMean.to(at::kDouble)) * scale;
        weight = weight * scale.reshape({-1, 1, 1, 1});
    }
    m_weight = weight.to(conv.weight.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    m_bias = bias.to(conv.weight.scalar_type()).contiguous();
    m_packable = m_weight.is_cpu() && m_weight.scalar_type() == at::kFloat && hasFusedConvolution();
}

FoldedConv::Input FoldedConv::padded(const at::Tensor& x) const
{
    if (!m_options.same) {
        return {x, m_options.padding, m_options.padding};
    }
    const auto rows = samePadding(x.size(2), m_options.kernel, m_options.stride);
    const auto columns = samePadding(x.size(3), m_options.kernel, m_options.stride);
    if (rows.before == rows.after && columns.before == columns.after) {
        return {x, rows.before, columns.before};
    }
    return {at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}), 0, 0};
}

at::Tensor FoldedConv::plain(const Input& input) const
{
    const std::int64_t stride = m_options.stride;
    return at::conv2d(input.x, m_weight, m_bias, {stride, stride}, {input.rows, input.columns}, {1, 1}, m_options.groups);
}

bool FoldedConv::pack(const Input& input)
{
    if (m_packable && !m_packed.defined()) {
        const std::int64_t stride = m_options.stride;
        const Sizes padding{input.rows, input.columns}, strides{stride, stride}, dilation{1, 1};
        m_packed = at::mkldnn_reorder_conv2d_weight(m_weight.contiguous().to_mkldnn(), padding, strides, dilation, m_options.groups, input.x.sizes());
    }
    return m_packable;
}

at::Tensor FoldedConv::forward(const at::Tensor& x, Activation activation)
{
    const Input input = padded(x);
    if (!pack(input)) {
        return applied(plain(input), activation);
    }
    const std::int64_t stride = m_options.stride;
    torch::jit::Stack stack{input.x,          m_packed,         m_bias,
                            Sizes{input.rows, input.columns},   Sizes{stride, stride},
                            Sizes{1, 1},      m_options.groups, std::string(fusedName(activation)),
                            c10::List<std::optional<at::Scalar>>(), c10::IValue()};
    fusedConvolution("").callBoxed(&stack);
    return stack[0].toTensor();
}

at::Tensor FoldedConv::forwardSum(const at::Tensor& x, const at::Tensor& other, Activation activation)
{
    const Input input = padded(x);
    if (!pack(input)) {
        return applied(plain(input).add_(other), activation);
    }
    const std::int64_t stride = m_options.stride;
    const c10::IValue unary = activation == Activation::Relu ? c10::IValue(std::string("relu")) : c10::IValue();
    torch::jit::Stack stack{input.x,          other,            m_packed, m_bias,
                            Sizes{input.rows, input.columns},   Sizes{stride, stride},
                            Sizes{1, 1},      m_options.groups, std::string("add"), c10::IValue(), unary,
                            c10::List<std::optional<at::Scalar>>(), c10::IValue()};
    fusedConvolution("binary").callBoxed(&stack);
    const at::Tensor y = stack[0].toTensor();
    return activation == Activation::HardSwish ? applied(y, activation) : y;
}

} // namespace diascope::nn
