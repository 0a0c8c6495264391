// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Layers.h"

#include <cstdint>

namespace diascope::train {

/// What SimSiam (Chen & He 2021, "Exploring simple Siamese representation learning") puts behind a backbone while it
/// learns without labels: a projector of three layers with batch norm, and a predictor with a bottleneck. Both are
/// thrown away afterwards. Initialised as PyTorch does, a function of `seed` alone.
class SimSiamHeads final : public nn::Module {
public:
    struct Widths {
        std::int64_t features = 512;   ///< Channels of the backbone's last map.
        std::int64_t projection = 512; ///< Of the projector's layers and its output.
        std::int64_t bottleneck = 128; ///< Of the predictor.
    };
    SimSiamHeads(const Widths& widths, std::uint64_t seed);

    /// The last feature map n,features,h,w -> n,projection: its mean over the places, then the projector.
    [[nodiscard]] at::Tensor project(const at::Tensor& map) const;
    /// n,projection -> n,projection: a guess of the other view's projection.
    [[nodiscard]] at::Tensor predict(const at::Tensor& projection) const;

private:
    nn::Module &m_projector, &m_predictor;
    nn::Linear& m_first;
    nn::BatchNorm& m_firstNorm;
    nn::Linear& m_second;
    nn::BatchNorm& m_secondNorm;
    nn::Linear& m_last;
    nn::BatchNorm& m_lastNorm; ///< Without weights of its own.
    nn::Linear& m_narrow;
    nn::BatchNorm& m_narrowNorm;
    nn::Linear& m_wide;
};

/// Both views of n pictures.
struct SiameseOutputs {
    at::Tensor firstProjection, secondProjection; ///< n,projection.
    at::Tensor firstPrediction, secondPrediction; ///< Each a guess of the other view's projection.
};
/// Per picture, n, in -1..1: the mean of both negative cosines between prediction and projection. No gradient goes
/// through the projections: without that stop the network would learn to give the same output for everything.
[[nodiscard]] at::Tensor siameseLoss(const SiameseOutputs& outputs);

/// How far the projections n,d of n pictures are spread, a float64 scalar of 0 to about 1: the standard deviation of
/// each channel of the outputs scaled to length 1, mean over the channels, times sqrt(d) (Chen & He, section 4.1). 0 =
/// all alike. Outputs much shorter than batch norm makes them count as 0: they are rounding errors.
[[nodiscard]] at::Tensor outputSpread(const at::Tensor& projections);

} // namespace diascope::train
