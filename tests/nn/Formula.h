// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Hash.h"
#include "nn/Classifier.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstdint>
#include <string>

/// Weights and images that every language can rebuild exactly from a 64-bit integer hash: the formula of the reference numbers.
namespace diascope::tests {

/// u[i] in [-1, 1), i = 0..n-1, for one state-dict key.
inline at::Tensor unitValues(const std::string& key, std::int64_t n)
{
    const at::Tensor values = at::empty({n}, at::kDouble);
    double* out = values.data_ptr<double>();
    const std::uint64_t seed = static_cast<std::uint64_t>(base::crc32(key)) << 32;
    for (std::int64_t i = 0; i < n; ++i) {
        const std::uint64_t hash = base::splitmix64(seed + static_cast<std::uint64_t>(i));
        out[i] = static_cast<double>(hash >> 11) * 0x1p-52 - 1.0;
    }
    return values;
}

/// The double tensor of one state-dict key.
inline at::Tensor formulaTensor(const std::string& key, at::IntArrayRef shape, double gain)
{
    std::int64_t n = 1;
    for (const auto size : shape) {
        n *= size;
    }
    const std::string leaf = key.substr(key.rfind('.') == std::string::npos ? 0 : key.rfind('.') + 1);
    const at::Tensor u = unitValues(key, n);
    if (leaf == "running_var") {
        return (1.0 + 0.1 * u.abs()).reshape(shape);
    }
    if (leaf == "running_mean" || leaf == "bias") {
        return (0.1 * u).reshape(shape);
    }
    if (leaf == "weight_u" || leaf == "weight_v") {
        return (u / u.norm().clamp_min(1e-12)).reshape(shape);
    }
    if (shape.size() == 1) {
        return (1.0 + 0.1 * u).reshape(shape);
    }
    const double fanIn = static_cast<double>(n) / static_cast<double>(shape[0]);
    return (u * (gain * std::sqrt(3.0 / fanIn))).reshape(shape);
}

/// Sets every tensor of a network by formula, in its own type.
inline void fillByFormula(nn::Classifier& model, double gain)
{
    const at::NoGradGuard noGrad;
    for (const auto& [name, tensor] : model.state()) {
        if (name.ends_with("num_batches_tracked")) {
            tensor.zero_();
        } else {
            tensor.copy_(formulaTensor(name, tensor.sizes(), gain));
        }
    }
}

/// x[n,c,y,x] = (p + u)/2 with p = ((x*(n+1) + y*(c+2)) mod 64)/32 - 1 and u = unitValues("input").
inline at::Tensor formulaImage(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w)
{
    const at::Tensor image = unitValues("input", n * c * h * w).reshape({n, c, h, w});
    double* out = image.data_ptr<double>();
    for (std::int64_t i = 0, flat = 0; i < n; ++i) {
        for (std::int64_t channel = 0; channel < c; ++channel) {
            for (std::int64_t y = 0; y < h; ++y) {
                for (std::int64_t x = 0; x < w; ++x, ++flat) {
                    const double p = static_cast<double>((x * (i + 1) + y * (channel + 2)) % 64) / 32.0 - 1.0;
                    out[flat] = (p + out[flat]) / 2.0;
                }
            }
        }
    }
    return image;
}

} // namespace diascope::tests
