// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/PixelFigures.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

// What -O2 of GCC leaves as it is.
#if defined(__GNUC__) && !defined(__clang__)
#define DIASCOPE_VECTORISED [[gnu::optimize("O3")]]
#else
#define DIASCOPE_VECTORISED
#endif

namespace diascope::predict {

namespace {

constexpr int kScales = 4;
constexpr double kLeastDifference = 1e-3; ///< A quarter of a grey level.
constexpr double kLeastSpread = 0.01;     ///< Of grey 0..1, and of a logarithm: pictures that are all alike allow for that much.

/// Grey row by row in whole units, so that sums are exact and quick.
struct Grey {
    int height = 0, width = 0;
    double unit = 1.0; ///< Of grey 0..1.
    std::vector<std::int32_t> values;
    [[nodiscard]] const std::int32_t* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

Grey greyOf(std::span<const std::uint8_t> pixels, int height, int width, int channels)
{
    const auto count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    Grey grey{height, width, 1.0 / (255.0 * channels), {}};
    if (channels == 1) {
        grey.values.assign(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(count));
        return grey;
    }
    grey.values.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        for (int c = 0; c < channels; ++c) {
            grey.values[i] += pixels[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)];
        }
    }
    return grey;
}

/// Means of 2 x 2; a last odd row or column is left out.
Grey halved(const Grey& from)
{
    if (from.height < 2 || from.width < 2) {
        return from;
    }
    Grey half{from.height / 2, from.width / 2, from.unit / 4.0, {}};
    half.values.resize(static_cast<std::size_t>(half.height) * static_cast<std::size_t>(half.width));
    for (int y = 0; y < half.height; ++y) {
        const std::int32_t *const upper = from.row(2 * y), *const lower = from.row(2 * y + 1);
        std::int32_t* const to = half.values.data() + static_cast<std::ptrdiff_t>(y) * half.width;
        for (int x = 0; x < half.width; ++x) {
            to[x] = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
        }
    }
    return half;
}

/// Sum of the absolute differences of two rows. A network's picture is small enough for 32 bits.
DIASCOPE_VECTORISED std::uint32_t apart(const std::int32_t* one, const std::int32_t* other, int width)
{
    std::uint32_t sum = 0;
    for (int x = 0; x < width; ++x) {
        sum += static_cast<std::uint32_t>(std::abs(other[x] - one[x]));
    }
    return sum;
}

/// Mean absolute differences between neighbours: above each other, beside each other.
std::pair<double, double> differences(const Grey& grey)
{
    std::uint64_t above = 0, beside = 0;
    for (int y = 0; y < grey.height; ++y) {
        const std::int32_t* const row = grey.row(y);
        above += y + 1 < grey.height ? apart(row, grey.row(y + 1), grey.width) : 0U;
        beside += apart(row, row + 1, grey.width - 1);
    }
    const double h = grey.height, w = grey.width;
    return {grey.unit * static_cast<double>(above) / std::max(1.0, (h - 1) * w), grey.unit * static_cast<double>(beside) / std::max(1.0, h * (w - 1))};
}

/// Mean and standard deviation.
std::pair<double, double> momentsOf(const Grey& grey)
{
    std::int64_t sum = 0, squares = 0;
    for (const std::int32_t value : grey.values) {
        sum += value;
        squares += std::int64_t{value} * value;
    }
    const auto n = static_cast<double>(grey.values.size());
    const double mean = static_cast<double>(sum) / n;
    return {grey.unit * mean, grey.unit * std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean))};
}

/// How much of the covariance is replaced by its mean variance on the diagonal. `rows`: n,p of mean 0; `covariance`: p,p.
double shrinkage(const at::Tensor& rows, const at::Tensor& covariance)
{
    const auto n = static_cast<double>(rows.size(0)), p = static_cast<double>(rows.size(1));
    const at::Tensor target = torch::eye(rows.size(1), torch::kFloat64) * (covariance.trace() / p);
    const double apart = (covariance - target).square().sum().item<double>();
    const at::Tensor squares = rows.square();
    const double noise = (at::mm(squares.t(), squares) / n - covariance.square()).sum().item<double>() / n;
    return apart > 0.0 ? std::clamp(noise / apart, 0.0, 1.0) : 1.0;
}

std::vector<double> numbersOf(const at::Tensor& tensor)
{
    const at::Tensor plain = tensor.contiguous();
    return {plain.const_data_ptr<double>(), plain.const_data_ptr<double>() + plain.numel()};
}

} // namespace

PixelFigures pixelFiguresOf(std::span<const std::uint8_t> pixels, int height, int width, int channels)
{
    Grey grey = greyOf(pixels, height, width, channels);
    const auto [mean, deviation] = momentsOf(grey);
    PixelFigures figures{mean, deviation};
    for (std::size_t scale = 0; scale < kScales; ++scale) {
        const auto [above, beside] = differences(grey);
        figures[2 + 2 * scale] = std::log(kLeastDifference + above);
        figures[3 + 2 * scale] = std::log(kLeastDifference + beside);
        grey = scale + 1 < kScales ? halved(grey) : grey;
    }
    return figures;
}

PixelFigures pixelFiguresOf(const image::Image& networkSaw)
{
    return pixelFiguresOf(networkSaw.samples<std::uint8_t>(), networkSaw.height, networkSaw.width, networkSaw.channels);
}

nn::PackagePixels fitPixels(const at::Tensor& figures)
{
    if (figures.dim() != 2 || figures.size(0) < 2 || figures.size(1) != static_cast<std::int64_t>(kPixelFigures)) {
        throw base::Error(base::ErrorCode::Internal, "pixel figures", "there are too few, or of another kind");
    }
    const at::NoGradGuard noGrad;
    const at::Tensor rows = figures.to(torch::kFloat64), mean = rows.mean(0); // n,p
    const at::Tensor spread = (rows - mean).square().mean(0).sqrt().clamp_min(kLeastSpread);
    const at::Tensor scaled = (rows - mean) / spread;
    const at::Tensor covariance = at::mm(scaled.t(), scaled) / static_cast<double>(rows.size(0));
    const double share = shrinkage(scaled, covariance), p = static_cast<double>(kPixelFigures);
    constexpr double kLeastVariance = 1e-3; // pictures that are all alike
    const at::Tensor level = (covariance.trace() / p).clamp_min(kLeastVariance);
    const at::Tensor shrunk = (1.0 - share) * covariance
        + torch::eye(static_cast<std::int64_t>(kPixelFigures), torch::kFloat64) * (share * level + kLeastVariance);
    const at::Tensor precision = at::linalg_inv(shrunk) / at::outer(spread, spread); // of figures as they are
    return {.mean = numbersOf(mean), .spread = numbersOf(spread), .precision = numbersOf(0.5 * (precision + precision.t()))};
}

double pixelDistance(const nn::PackagePixels& known, const PixelFigures& figures)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < kPixelFigures; ++i) {
        for (std::size_t j = 0; j < kPixelFigures; ++j) {
            sum += (figures[i] - known.mean[i]) * known.precision[i * kPixelFigures + j] * (figures[j] - known.mean[j]);
        }
    }
    return std::sqrt(std::max(0.0, sum));
}

std::string mostUnusual(const nn::PackagePixels& known, const PixelFigures& figures)
{
    std::size_t most = 0;
    double furthest = 0.0;
    for (std::size_t i = 0; i < kPixelFigures; ++i) {
        const double away = (figures[i] - known.mean[i]) / known.spread[i];
        if (std::abs(away) > std::abs(furthest)) {
            most = i;
            furthest = away;
        }
    }
    static constexpr std::array<const char*, 2 + kScales> kNames{
        "mean brightness", "contrast", "finest detail", "fine detail", "coarse detail", "coarsest detail"};
    const std::size_t name = most < 2 ? most : 2 + (most - 2) / 2;
    return std::string("its ") + kNames[name] + (furthest > 0.0 ? " is above" : " is below") + " theirs";
}

} // namespace diascope::predict
