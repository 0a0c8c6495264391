// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Precision.h"

#include "base/Clock.h"
#include "nn/Classifier.h"

#include <torch/torch.h>

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <limits>

namespace diascope::train {

AutocastScope::AutocastScope(const at::Device& device, Precision precision)
    : m_device(device.type())
    , m_active(precision == Precision::BFloat16 || precision == Precision::Float16)
{
    if (!m_active) {
        return;
    }
    m_before = at::autocast::is_autocast_enabled(m_device);
    m_typeBefore = at::autocast::get_autocast_dtype(m_device);
    at::autocast::set_autocast_enabled(m_device, true);
    at::autocast::set_autocast_dtype(m_device, precision == Precision::BFloat16 ? at::kBFloat16 : at::kHalf);
    at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope()
{
    if (!m_active) {
        return;
    }
    if (at::autocast::decrement_nesting() == 0) {
        at::autocast::clear_cache();
    }
    at::autocast::set_autocast_enabled(m_device, m_before);
    at::autocast::set_autocast_dtype(m_device, m_typeBefore);
}

namespace {

constexpr double kWorthwhile = 0.9, kClear = 1.4;

double secondsOfStep(nn::Classifier& model, const at::Tensor& input, Precision precision)
{
    const base::Stopwatch watch;
    at::Tensor features;
    {
        const AutocastScope autocast(input.device(), precision);
        features = model.features(input);
    }
    const at::Tensor sum = model.head(features.to(torch::kFloat32)).sum();
    sum.backward();
    (void)sum.item<float>(); // an accelerator has to be waited for
    return watch.seconds();
}

} // namespace

bool isClear(const PrecisionChoice& choice)
{
    const double times = choice.bfloat16Seconds / (kWorthwhile * choice.float32Seconds);
    return times > kClear || times < 1.0 / kClear;
}

PrecisionChoice choosePrecision(nn::Classifier& model, std::int64_t height, std::int64_t width, bool channelsLast)
{
    constexpr std::int64_t kPictures = 4;
    const auto copy = model.clone();
    for (auto& [name, parameter] : copy->parameters()) {
        at::Tensor(parameter).set_requires_grad(true);
    }
    copy->train(true);
    const at::Generator noise = at::make_generator<at::CPUGeneratorImpl>(1);
    at::Tensor input = torch::randn({kPictures, model.spec().inputChannels, height, width}, noise).to(model.device());
    if (channelsLast) {
        copy->toChannelsLast();
        input = input.contiguous(at::MemoryFormat::ChannelsLast);
    }
    (void)secondsOfStep(*copy, input, Precision::Float32); // the first of each prepares its kernels
    (void)secondsOfStep(*copy, input, Precision::BFloat16);
    PrecisionChoice choice;
    choice.float32Seconds = choice.bfloat16Seconds = std::numeric_limits<double>::infinity();
    constexpr int kMost = 3; // a training waits for this: once is enough where there is no doubt
    for (int run = 0; run < kMost; ++run) {
        choice.float32Seconds = std::min(choice.float32Seconds, secondsOfStep(*copy, input, Precision::Float32));
        choice.bfloat16Seconds = std::min(choice.bfloat16Seconds, secondsOfStep(*copy, input, Precision::BFloat16));
        if (isClear(choice)) {
            break;
        }
    }
    choice.precision
        = choice.bfloat16Seconds < kWorthwhile * choice.float32Seconds ? Precision::BFloat16 : Precision::Float32;
    return choice;
}

PrecisionChoice choosePrecision(nn::Classifier& model, std::int64_t height, std::int64_t width, bool channelsLast,
    PrecisionMemory* memory, bool& remembered)
{
    const std::string key = nn::toJson(model.spec()).dump() + " " + std::to_string(height) + "x" + std::to_string(width)
        + (channelsLast ? " channels last " : " ") + model.device().str() + " " + std::to_string(at::get_num_threads());
    if (memory != nullptr) {
        if (const auto known = memory->find(key)) {
            remembered = true;
            return *known;
        }
    }
    remembered = false;
    const PrecisionChoice choice = choosePrecision(model, height, width, channelsLast);
    if (memory != nullptr && isClear(choice)) {
        memory->keep(key, choice);
    }
    return choice;
}

LossScaler::LossScaler(const at::Device& device)
    : m_scale(torch::full({}, 65536.0, torch::TensorOptions().dtype(torch::kFloat32).device(device)))
    , m_goodSteps(torch::zeros({}, torch::TensorOptions().dtype(torch::kInt32).device(device)))
{
}

at::Tensor LossScaler::scaled(const at::Tensor& loss) const
{
    return loss * m_scale;
}

bool LossScaler::unscale(std::vector<at::Tensor> gradients)
{
    const at::NoGradGuard noGrad;
    at::Tensor infinite = torch::zeros({}, m_scale.options());
    at::_amp_foreach_non_finite_check_and_unscale_(gradients, infinite, m_scale.reciprocal());
    constexpr double kGrowth = 2.0, kBackoff = 0.5;
    constexpr std::int64_t kInterval = 2000;
    at::_amp_update_scale_(m_scale, m_goodSteps, infinite, kGrowth, kBackoff, kInterval);
    return infinite.item<float>() == 0.0F;
}

} // namespace diascope::train
