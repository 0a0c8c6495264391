// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace diascope::base {
class Rng;
}

namespace diascope::train {

enum class Mix { None, Mixup, Cutmix };

/// Pixels [left, right) x [top, bottom).
struct MixBox {
    int left = 0, top = 0, right = 0, bottom = 0;
    bool operator==(const MixBox&) const = default;
};

/// How one batch is mixed.
struct MixDraw {
    Mix kind = Mix::None;
    double lambda = 1.0;                ///< Share of the picture itself; with cutmix that of the pixels really kept.
    MixBox box;                         ///< Cutmix: what comes from the partner.
    std::vector<std::int64_t> partners; ///< A permutation of the batch.
};

struct BatchPlace {
    std::uint64_t seed = 0;
    int epoch = 0, batch = 0;
};

/// A function of its arguments alone. `size` is the number of pictures.
[[nodiscard]] MixDraw drawMix(
    const MixOptions& options, const BatchPlace& place, std::int64_t size, std::int64_t height, std::int64_t width);

/// The box around a centre (in pixels) that leaves about `lambda` of the picture, clipped to it and truncated to whole
/// pixels.
[[nodiscard]] MixBox cutBox(double lambda, double centreX, double centreY, std::int64_t height, std::int64_t width);
/// The share of the picture outside of the box.
[[nodiscard]] double shareOutside(const MixBox& box, std::int64_t height, std::int64_t width);

/// A number of the beta distribution with both parameters alpha > 0.
[[nodiscard]] double drawBeta(base::Rng& rng, double alpha);

/// N,C,H,W and N,K -> the same, mixed. Memory order is kept.
[[nodiscard]] at::Tensor mixedPictures(const at::Tensor& pictures, const MixDraw& draw);
[[nodiscard]] at::Tensor mixedTargets(const at::Tensor& targets, const MixDraw& draw);

} // namespace diascope::train
