// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/PixelFigures.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace diascope::predict {

namespace {

constexpr int kScales = 4;
constexpr double kLeastDifference = 1e-3; ///< A quarter of a grey level.
constexpr double kLeastSpread = 0.01;     ///< Of grey 0..1, and of a logarithm: pictures that are all alike allow for that much.

/// Grey in 0..1, row by row.
struct Grey {
    int height = 0, width = 0;
    std::vector<float> values;
    [[nodiscard]] const float* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

Grey greyOf(std::span<const std::uint8_t> pixels, int height, int width, int channels)
{
    Grey grey{height, width, std::vector<float>(static_cast<std::size_t>(height) * static_cast<std::size_t>(width))};
    const float scale = 1.0F / (255.0F * static_cast<float>(channels));
    for (std::size_t i = 0; i < grey.values.size(); ++i) {
        int sum = 0;
        for (int c = 0; c < channels; ++c) {
            sum += pixels[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)];
        }
        grey.values[i] = scale * static_cast<float>(sum);
    }
    return grey;
}

/// Means of 2 x 2; a last odd row or column is left out.
Grey halved(const Grey& from)
{
    if (from.height < 2 || from.width < 2) {
        return from;
    }
    Grey half{from.height / 2, from.width / 2, {}};
    half.values.reserve(static_cast<std::size_t>(half.height) * static_cast<std::size_t>(half.width));
    for (int y = 0; y < half.height; ++y) {
        const float *const upper = from.row(2 * y), *const lower = from.row(2 * y + 1);
        for (int x = 0; x < half.width; ++x) {
            half.values.push_back(0.25F * (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]));
        }
    }
    return half;
}

/// Mean absolute differences between neighbours: above each other, beside each other. Sums of rows are float, their sum is double.
std::pair<double, double> differences(const Grey& grey)
{
    double above = 0.0, beside = 0.0;
    for (int y = 0; y < grey.height; ++y) {
        const float *const row = grey.row(y), *const next = grey.row(std::min(y + 1, grey.height - 1));
        float down = 0.0F, right = 0.0F;
        for (int x = 0; x < grey.width; ++x) {
            down += std::abs(next[x] - row[x]);
        }
        for (int x = 0; x + 1 < grey.width; ++x) {
            right += std::abs(row[x + 1] - row[x]);
        }
        above += down;
        beside += right;
    }
    const double h = grey.height, w = grey.width;
    return {above / std::max(1.0, (h - 1) * w), beside / std::max(1.0, h * (w - 1))};
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
    const auto n = static_cast<double>(grey.values.size());
    double sum = 0.0, squares = 0.0;
    for (const float value : grey.values) {
        sum += value;
        squares += static_cast<double>(value) * value;
    }
    PixelFigures figures{sum / n, std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)))};
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
