// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "train/AugmentConfig.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace diascope::train {

/// What is done to one drawn picture.
struct AugmentDraw {
    bool mirror = false, upsideDown = false;
    /// Where an output pixel comes from (crop and affine in one), both measured from the centre: x' = m[0] x + m[1] y +
    /// m[2], y' = m[3] x + m[4] y + m[5].
    std::optional<std::array<double, 6>> affine;
    std::optional<base::Rng> elastic; ///< The stream of the displacement's noise.
    int blurSize = 0;                 ///< Odd; 0 = none.
    double contrast = 1.0;            ///< Range 0..1: x -> clamp(contrast * x + brightness, 0, 1).
    double brightness = 0.0;
    struct Corner {
        int top = 0, left = 0;
    };
    std::vector<Corner> holes; ///< Of the configured size.
};

/// Where a picture is drawn: place `position` of epoch `epoch`. Each operation has its own stream, so the numbers do
/// not depend on the number of threads, on batches or restarts, nor on which other operations are on.
struct AugmentPlace {
    std::uint64_t seed = 0;
    int epoch = 0;
    std::int64_t position = 0;
};
struct PictureSize {
    std::int64_t height = 0, width = 0;
};
[[nodiscard]] AugmentDraw drawAugment(const AugmentConfig& config, const AugmentPlace& place, const PictureSize& size);

/// How pixels become the network's input: (x - mean) / stdDev per channel, 1,C,1,1 float32 each, on the training
/// device.
struct Normalisation {
    at::Tensor mean, stdDev;
};

struct TrainConfig;
/// Of the configuration, on its device. Throws Error{Plan} when it has another number of channels.
[[nodiscard]] Normalisation normalisationOf(const TrainConfig& config, std::int64_t channels);

/// Pictures to take, and what to do to them.
struct PictureOrder {
    std::span<const std::int64_t> samples; ///< Rows of the image tensor.
    std::span<const AugmentDraw> draws;    ///< One per sample, or empty = none.
};

/// `images` uint8 or uint16 N,C,H,W, any strides -> float32 n,C,H,W on the normalisation's device, augmented,
/// normalised; channels-last memory on request. Images on the CPU go through one pass a picture, in threads, bit for
/// bit the same for any number of them; images on an accelerator through batched tensor operations, equal to rounding.
[[nodiscard]] at::Tensor makeInput(const at::Tensor& images, const PictureOrder& order, const AugmentConfig& config,
    const Normalisation& normalisation, bool channelsLast);

/// The two ways of makeInput(), for it and for their comparison.
[[nodiscard]] at::Tensor makeInputByPicture(const at::Tensor& images, const PictureOrder& order,
    const AugmentConfig& config, const Normalisation& normalisation, bool channelsLast);
[[nodiscard]] at::Tensor makeInputBatched(const at::Tensor& images, const PictureOrder& order,
    const AugmentConfig& config, const Normalisation& normalisation, bool channelsLast);

/// Displacements in pixels on a grid with a node every `spacing` pixels, to be interpolated linearly: x then y, each
/// rows x columns.
struct ElasticField {
    int spacing = 1;
    int rows = 0, columns = 0;
    std::vector<float> x, y;
};
[[nodiscard]] ElasticField elasticField(const AugmentConfig::Elastic& config, base::Rng noise, const PictureSize& size);

/// Weights of OpenCV's Gaussian kernel of an odd size (cv2.getGaussianKernel(size, 0)), summing to 1.
[[nodiscard]] std::vector<float> gaussianKernel(int size);

} // namespace diascope::train
