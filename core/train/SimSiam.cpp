// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/SimSiam.h"

#include "nn/Initialise.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

namespace {

/// A bias that the batch norm behind it takes away again.
void switchOff(const at::Tensor& bias)
{
    at::Tensor(bias).set_requires_grad(false).zero_();
}

} // namespace

SimSiamHeads::SimSiamHeads(const Widths& widths, std::uint64_t seed)
    : m_projector(add("projector"))
    , m_predictor(add("predictor"))
    , m_first(m_projector.add<nn::Linear>("0", widths.features, widths.projection))
    , m_firstNorm(m_projector.add<nn::BatchNorm>("1", widths.projection))
    , m_second(m_projector.add<nn::Linear>("3", widths.projection, widths.projection))
    , m_secondNorm(m_projector.add<nn::BatchNorm>("4", widths.projection))
    , m_last(m_projector.add<nn::Linear>("6", widths.projection, widths.projection))
    , m_lastNorm(m_projector.add<nn::BatchNorm>("7", widths.projection))
    , m_narrow(m_predictor.add<nn::Linear>("0", widths.projection, widths.bottleneck))
    , m_narrowNorm(m_predictor.add<nn::BatchNorm>("1", widths.bottleneck))
    , m_wide(m_predictor.add<nn::Linear>("3", widths.bottleneck, widths.projection))
{
    const at::NoGradGuard noGrad;
    at::Generator generator = at::detail::createCPUGenerator(seed);
    nn::initial::everythingByDefault(*this, generator);
    for (const nn::Linear* linear : {&m_first, &m_second, &m_last, &m_narrow}) {
        switchOff(linear->bias);
    }
    switchOff(m_lastNorm.bias);
    at::Tensor(m_lastNorm.weight).set_requires_grad(false);
}

at::Tensor SimSiamHeads::project(const at::Tensor& map) const
{
    const at::Tensor pooled = map.mean({2, 3});                               // n,features
    const at::Tensor x = m_firstNorm.forward(m_first.forward(pooled)).relu(); // n,projection
    const at::Tensor y = m_secondNorm.forward(m_second.forward(x)).relu();    // n,projection
    return m_lastNorm.forward(m_last.forward(y));
}

at::Tensor SimSiamHeads::predict(const at::Tensor& projection) const
{
    return m_wide.forward(m_narrowNorm.forward(m_narrow.forward(projection)).relu());
}

at::Tensor siameseLoss(const SiameseOutputs& outputs)
{
    constexpr std::int64_t kChannels = 1;
    constexpr double kLeastLength = 1e-8;
    const auto negativeCosine = [](const at::Tensor& prediction, const at::Tensor& projection) {
        return -at::cosine_similarity(prediction, projection.detach(), kChannels, kLeastLength);
    };
    return 0.5
        * (negativeCosine(outputs.firstPrediction, outputs.secondProjection)
            + negativeCosine(outputs.secondPrediction, outputs.firstProjection));
}

at::Tensor outputSpread(const at::Tensor& projections)
{
    constexpr double kShortest = 0.1; // of the length that batch norm gives, sqrt(d)
    const at::NoGradGuard noGrad;
    const at::Tensor x = projections.detach().to(torch::kFloat64);
    const double usual = std::sqrt(static_cast<double>(x.size(1)));
    const at::Tensor unit = x / x.square().sum(1, true).sqrt().clamp_min(kShortest * usual); // n,d
    const at::Tensor deviation = (unit - unit.mean(0, true)).square().mean(0).sqrt();        // d
    return deviation.mean() * usual;
}

} // namespace diascope::train
