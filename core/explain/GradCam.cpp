// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/GradCam.h"

#include "base/Error.h"
#include "explain/Targets.h"
#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <array>

namespace diascope::explain {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array<std::pair<Method, const char*>, 8> kNames{{{Method::GradCam, "gradcam"},
                                                                {Method::GradCamPlusPlus, "gradcam++"},
                                                                {Method::XGradCam, "xgradcam"},
                                                                {Method::LayerCam, "layercam"},
                                                                {Method::HiResCam, "hirescam"},
                                                                {Method::EigenCam, "eigencam"},
                                                                {Method::Attention, "attention"},
                                                                {Method::Occlusion, "occlusion"}}};

std::string joinedNames()
{
    std::string text;
    for (const auto& known : methodNames()) {
        text += (text.empty() ? "" : ", ") + known;
    }
    return text;
}

/// The network's own map stands as it is: 0..1 is its meaning, not a scaling.
HeatMap attentionHeatMap(const at::Tensor& attention)
{
    HeatMap map;
    map.rows = static_cast<int>(attention.size(2));
    map.columns = static_cast<int>(attention.size(3));
    map.raw = plainValues(attention);
    map.values = map.raw;
    map.method = name(Method::Attention);
    return map;
}

/// Projection of the centred (positions x channels) matrix on its first right singular vector, which is its first left singular vector
/// times the singular value: found from the small positions x positions matrix. The sign is arbitrary: flipped when |min| > |max|.
at::Tensor eigenMap(const at::Tensor& activations)
{
    const at::Tensor rows = activations.flatten(1).t();   // h*w,C
    const at::Tensor centred = rows - rows.mean(0, true); // h*w,C
    const auto [squares, vectors] = at::linalg_eigh(at::mm(centred, centred.t())); // ascending
    const at::Tensor singular = squares[-1].clamp_min(0.0).sqrt();
    const at::Tensor projection = (vectors.select(1, -1) * singular).reshape({activations.size(1), activations.size(2)}); // h,w
    const bool flip = projection.min().abs().item<double>() > projection.max().abs().item<double>();
    return flip ? -projection : projection;
}

ForwardWithMap explained(nn::Classifier& model, const at::Tensor& input, Method method, std::optional<int> wanted)
{
    const nn::EvalGuard eval(model);
    const c10::InferenceMode ordinary(false); // A caller in inference mode would leave nothing to differentiate.
    at::Tensor f;
    {
        const at::NoGradGuard noGrad;
        f = model.features(input).detach(); // 1,F,h,w
    }
    const bool needsGradient = method != Method::EigenCam && method != Method::Attention && method != Method::Occlusion;
    const at::AutoGradMode gradMode(needsGradient);
    f.requires_grad_(needsGradient);
    const at::Tensor logits = model.head(f); // 1,K
    ForwardWithMap result;
    result.logits = logits.detach();
    result.features = f.detach();
    result.classIndex = wanted.value_or(topClass(result.logits));
    const at::Tensor target = targets(logits, result.classIndex)[0];
    if (method == Method::Attention) {
        result.map = attentionHeatMap(*model.attention(f));
        return result;
    }
    if (method == Method::Occlusion) {
        return result;
    }
    at::Tensor gradient = f;
    if (needsGradient) {
        gradient = torch::autograd::grad({target}, {f})[0];
    }
    result.map = heatMapOf(method, rawMap(method, f.detach()[0], gradient.detach()[0]));
    return result;
}

} // namespace

std::string name(Method method)
{
    for (const auto& [known, text] : kNames) {
        if (known == method) {
            return text;
        }
    }
    return {};
}

Method methodNamed(const std::string& wanted)
{
    for (const auto& [method, text] : kNames) {
        if (wanted == text) {
            return method;
        }
    }
    throw Error(ErrorCode::Usage, "method '" + wanted + "'", "is not one of: " + joinedNames());
}

std::vector<std::string> methodNames()
{
    std::vector<std::string> names;
    for (const auto& [method, text] : kNames) {
        names.emplace_back(text);
    }
    return names;
}

bool isSupported(Method method, const nn::Classifier& model)
{
    return method != Method::Attention || nn::architectureInfo(model.spec().architecture).hasAttention;
}

ForwardWithMap forwardAndExplain(nn::Classifier& model, const at::Tensor& input, Method method, std::optional<int> classIndex,
                                 const OcclusionConfig& occluding, const Work& work)
{
    if (!input.defined() || input.dim() != 4 || input.size(0) != 1) {
        throw Error(ErrorCode::Usage, "explanation", "is made of one image at a time (1,C,H,W)");
    }
    if (!isSupported(method, model)) {
        throw Error(ErrorCode::Usage, "method '" + name(method) + "'", "the network " + model.spec().architecture + " has no attention of its own");
    }
    ForwardWithMap result = nn::translated("explaining the answer", [&] { return explained(model, input, method, classIndex); });
    if (method == Method::Occlusion) {
        result.map = occlusion(model, input, result.classIndex, occluding, work);
    }
    return result;
}

HeatMap gradCam(nn::Classifier& model, const at::Tensor& input, int classIndex)
{
    return forwardAndExplain(model, input, Method::GradCam, classIndex).map;
}

HeatMap attentionMap(nn::Classifier& model, const at::Tensor& input)
{
    return forwardAndExplain(model, input, Method::Attention).map;
}

at::Tensor rawMap(Method method, const at::Tensor& activations, const at::Tensor& gradients)
{
    const at::NoGradGuard noGrad;
    const at::Tensor a = activations.detach().to(at::kCPU, at::kDouble); // C,h,w
    const at::Tensor g = gradients.detach().to(at::kCPU, at::kDouble);
    const auto weighted = [&](const at::Tensor& weights) { return (weights.reshape({-1, 1, 1}) * a).sum(0); }; // C -> h,w
    switch (method) {
    case Method::GradCam:
        return weighted(g.mean({1, 2}));
    case Method::GradCamPlusPlus: {
        constexpr double kEpsilon = 1e-6;
        const at::Tensor total = a.sum({1, 2}, true);
        const at::Tensor squares = g * g;
        at::Tensor alpha = squares / (2.0 * squares + total * squares * g + kEpsilon);
        alpha = at::where(g != 0, alpha, at::zeros({}, alpha.options()));
        return weighted((at::relu(g) * alpha).sum({1, 2}));
    }
    case Method::XGradCam: {
        constexpr double kEpsilon = 1e-7;
        return weighted((g * a).sum({1, 2}) / (a.sum({1, 2}) + kEpsilon));
    }
    case Method::LayerCam:
        return (at::relu(g) * a).sum(0);
    case Method::HiResCam:
        return (g * a).sum(0);
    case Method::EigenCam:
        return eigenMap(a);
    case Method::Attention:
    case Method::Occlusion:
        break;
    }
    throw Error(ErrorCode::Usage, name(method), "is not computed from gradients");
}

at::Tensor normalisedMap(const at::Tensor& raw)
{
    constexpr double kEpsilon = 1e-7;
    at::Tensor map = at::relu(raw.to(at::kCPU, at::kDouble));
    for (int pass = 0; pass < 2; ++pass) {
        map = map - map.min();
        map = map / (kEpsilon + map.max());
    }
    return map;
}

HeatMap heatMapOf(Method method, const at::Tensor& raw)
{
    const at::Tensor values = normalisedMap(raw);
    HeatMap map;
    map.rows = static_cast<int>(raw.size(0));
    map.columns = static_cast<int>(raw.size(1));
    map.raw = plainValues(raw);
    map.values = plainValues(values);
    map.nothingToShow = values.max().item<double>() <= 0.0;
    map.method = name(method);
    return map;
}

} // namespace diascope::explain
