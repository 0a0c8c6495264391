// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "nn/PackageEvidence.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace diascope::predict {

/// Of what the network saw, as grey in 0..1 (the mean of the channels): mean, standard deviation, and at the picture's own size and after one,
/// two and three halvings the mean differences between neighbours above each other and beside each other, as ln(0.001 + difference). Noise, blur,
/// another modality or another machine move them; networks are often blind to that (Schirrmeister et al., NeurIPS 2020).
inline constexpr std::size_t kPixelFigures = nn::PackagePixels::kFigures;
using PixelFigures = std::array<double, kPixelFigures>;

/// `pixels`: height x width x channels without padding, each at least 1 (a side too short for a halving stays as it is; without neighbours the
/// difference is 0).
[[nodiscard]] PixelFigures pixelFiguresOf(std::span<const std::uint8_t> pixels, int height, int width, int channels);
/// Of a UInt8 image of any number of channels.
[[nodiscard]] PixelFigures pixelFiguresOf(const image::Image& networkSaw);

/// Where pictures lie and how they scatter: means, spreads and the inverse of their covariance, shrunk towards independent figures by as much as
/// Ledoit and Wolf (J. Multivariate Analysis 2004) give. `figures`: float64 n,kPixelFigures with n >= 2. A spread below 0.01 counts as 0.01.
/// Threshold and what it was made of stay empty.
[[nodiscard]] nn::PackagePixels fitPixels(const at::Tensor& figures);

/// Mahalanobis distance of a picture from those that were fitted.
[[nodiscard]] double pixelDistance(const nn::PackagePixels& known, const PixelFigures& figures);

/// What is most unusual about a picture, in words: "its finest detail is stronger".
[[nodiscard]] std::string mostUnusual(const nn::PackagePixels& known, const PixelFigures& figures);

} // namespace diascope::predict
