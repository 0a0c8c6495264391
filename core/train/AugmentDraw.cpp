// SPDX-License-Identifier: GPL-3.0-or-later
// What is random about augmentation. No tensors here.
#include "train/Augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace diascope::train {

namespace {

base::Rng operationStream(const AugmentPlace& place, const char* operation)
{
    return base::Rng::stream(
        place.seed, operation, static_cast<std::uint64_t>(place.epoch), static_cast<std::uint64_t>(place.position));
}

bool happens(const AugmentPlace& place, const char* operation, double probability)
{
    return probability > 0.0 && operationStream(place, operation).chance(probability);
}

std::array<double, 6> drawAffine(const AugmentConfig::Affine& config, base::Rng rng, const PictureSize& size)
{
    const auto radians = [&rng](double degrees) { return rng.uniform(-degrees, degrees) * std::numbers::pi / 180.0; };
    const double angle = radians(config.rotateDegrees), shear = std::tan(radians(config.shearDegrees));
    const double scaleX = rng.uniform(config.scaleLow, config.scaleHigh);
    const double other
        = rng.uniform(config.scaleLow, config.scaleHigh); // drawn anyway, so that the shifts do not depend on it
    const double scaleY = config.scaleAxesApart ? other : scaleX;
    const double shiftX = rng.uniform(-config.shift, config.shift) * static_cast<double>(size.width);
    const double shiftY = rng.uniform(-config.shift, config.shift) * static_cast<double>(size.height);
    // Source to output: scale * shear * rotation, then shift.
    const double c = std::cos(angle), s = std::sin(angle);
    const double a = scaleX * (c + shear * s), b = scaleX * (-s + shear * c), d = scaleY * s, e = scaleY * c;
    const double determinant = a * e - b * d;
    const std::array<double, 4> inverse{e / determinant, -b / determinant, -d / determinant, a / determinant};
    return {inverse[0], inverse[1], -(inverse[0] * shiftX + inverse[1] * shiftY), inverse[2], inverse[3],
        -(inverse[2] * shiftX + inverse[3] * shiftY)};
}

/// Where a pixel of the whole size comes from in the part, both measured from the picture's centre.
std::array<double, 6> drawCrop(const AugmentConfig::Crop& config, base::Rng rng, const PictureSize& size)
{
    const double area = rng.uniform(config.areaLow, config.areaHigh);
    const double aspect = std::exp(rng.uniform(std::log(config.aspectLow), std::log(config.aspectHigh)));
    const double shareX = std::min(1.0, std::sqrt(area * aspect)), shareY = std::min(1.0, std::sqrt(area / aspect));
    // The centre of the part may lie anywhere from which the part does not reach beyond the edge.
    const double x = rng.uniform(-0.5, 0.5) * (1.0 - shareX) * static_cast<double>(size.width);
    const double y = rng.uniform(-0.5, 0.5) * (1.0 - shareY) * static_cast<double>(size.height);
    return {shareX, 0.0, x, 0.0, shareY, y};
}

/// The place that `second` gives, looked up in what `first` makes: first of second.
std::array<double, 6> chained(const std::array<double, 6>& first, const std::array<double, 6>& second)
{
    const auto& a = first;
    const auto& b = second;
    return {a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4], a[0] * b[2] + a[1] * b[5] + a[2],
        a[3] * b[0] + a[4] * b[3], a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]};
}

std::vector<float> blurredNoise(base::Rng& noise, int rows, int columns, const std::vector<float>& kernel)
{
    const int reach = static_cast<int>(kernel.size()) - 1;
    const int wideColumns = columns + reach, wideRows = rows + reach;
    std::vector<float> wide(static_cast<std::size_t>(wideRows) * static_cast<std::size_t>(wideColumns));
    for (float& value : wide) {
        value = static_cast<float>(noise.uniform(-1.0, 1.0));
    }
    std::vector<float> narrow(static_cast<std::size_t>(wideRows) * static_cast<std::size_t>(columns), 0.0F);
    for (int y = 0; y < wideRows; ++y) {
        for (std::size_t k = 0; k < kernel.size(); ++k) {
            const float* from
                = wide.data() + static_cast<std::ptrdiff_t>(y) * wideColumns + static_cast<std::ptrdiff_t>(k);
            float* to = narrow.data() + static_cast<std::ptrdiff_t>(y) * columns;
            for (int x = 0; x < columns; ++x) {
                to[x] += kernel[k] * from[x];
            }
        }
    }
    std::vector<float> result(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 0.0F);
    for (int y = 0; y < rows; ++y) {
        for (std::size_t k = 0; k < kernel.size(); ++k) {
            const float* from
                = narrow.data() + (static_cast<std::ptrdiff_t>(y) + static_cast<std::ptrdiff_t>(k)) * columns;
            float* to = result.data() + static_cast<std::ptrdiff_t>(y) * columns;
            for (int x = 0; x < columns; ++x) {
                to[x] += kernel[k] * from[x];
            }
        }
    }
    return result;
}

std::vector<float> gaussian(double sigma, int radius)
{
    std::vector<double> weights;
    double sum = 0.0;
    for (int i = -radius; i <= radius; ++i) {
        weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
        sum += weights.back();
    }
    std::vector<float> result;
    for (const double weight : weights) {
        result.push_back(static_cast<float>(weight / sum));
    }
    return result;
}

} // namespace

AugmentDraw drawAugment(const AugmentConfig& config, const AugmentPlace& place, const PictureSize& size)
{
    AugmentDraw draw;
    draw.mirror = happens(place, "augment/mirror", config.mirror);
    draw.upsideDown = happens(place, "augment/upsideDown", config.upsideDown);
    if (happens(place, "augment/affine?", config.affine.probability)) {
        draw.affine = drawAffine(config.affine, operationStream(place, "augment/affine"), size);
    }
    if (happens(place, "augment/crop?", config.crop.probability)) { // the part is taken first, then turned
        const std::array<double, 6> crop = drawCrop(config.crop, operationStream(place, "augment/crop"), size);
        draw.affine = draw.affine ? chained(crop, *draw.affine) : crop;
    }
    if (!config.elasticIsIdle() && happens(place, "augment/elastic?", config.elastic.probability)) {
        draw.elastic = operationStream(place, "augment/elastic");
    }
    if (happens(place, "augment/blur?", config.blur.probability)) {
        const auto sizes = static_cast<std::uint64_t>((config.blur.largest - config.blur.smallest) / 2 + 1);
        draw.blurSize
            = config.blur.smallest + 2 * static_cast<int>(operationStream(place, "augment/blur").below(sizes));
    }
    if (happens(place, "augment/tone?", config.tone.probability)) {
        base::Rng rng = operationStream(place, "augment/tone");
        draw.contrast = rng.uniform(1.0 - config.tone.contrast, 1.0 + config.tone.contrast);
        draw.brightness = rng.uniform(-config.tone.brightness, config.tone.brightness);
    }
    if (happens(place, "augment/holes?", config.holes.probability)) {
        base::Rng rng = operationStream(place, "augment/holes");
        const auto corner = [&rng](std::int64_t side, int hole) {
            return static_cast<int>(rng.below(static_cast<std::uint64_t>(std::max<std::int64_t>(side - hole, 0) + 1)));
        };
        for (int i = 0; i < config.holes.count; ++i) {
            const int top = corner(size.height, config.holes.height);
            draw.holes.push_back({top, corner(size.width, config.holes.width)});
        }
    }
    return draw;
}

ElasticField elasticField(const AugmentConfig::Elastic& config, base::Rng noise, const PictureSize& size)
{
    ElasticField field;
    // A field blurred by sigma is smooth: half a sigma between nodes loses nothing that could be seen, and saves a
    // square of that.
    field.spacing = std::max(1, static_cast<int>(config.sigma / 2.0));
    const auto nodes = [&field](std::int64_t side) { return static_cast<int>((side - 1) / field.spacing) + 2; };
    field.rows = nodes(size.height);
    field.columns = nodes(size.width);
    const double sigma = config.sigma / field.spacing;
    const std::vector<float> kernel = gaussian(sigma, std::max(1, static_cast<int>(std::ceil(4.0 * sigma))));
    double factor = config.alpha;
    if (field.spacing > 1) { // noise on fewer nodes is averaged less
        double squares = 0.0;
        for (const float weight : kernel) {
            squares += static_cast<double>(weight) * static_cast<double>(weight);
        }
        factor *= 1.0 / (2.0 * std::sqrt(std::numbers::pi) * config.sigma) / squares;
    }
    for (std::vector<float>* part : {&field.x, &field.y}) {
        *part = blurredNoise(noise, field.rows, field.columns, kernel);
        for (float& value : *part) {
            value *= static_cast<float>(factor);
        }
    }
    return field;
}

std::vector<float> gaussianKernel(int size)
{
    switch (size) { // OpenCV's fixed kernels, which the published recipes get with sigma 0
    case 3:
        return {0.25F, 0.5F, 0.25F};
    case 5:
        return {0.0625F, 0.25F, 0.375F, 0.25F, 0.0625F};
    case 7:
        return {0.03125F, 0.109375F, 0.21875F, 0.28125F, 0.21875F, 0.109375F, 0.03125F};
    default:
        return gaussian(0.3 * ((size - 1) * 0.5 - 1.0) + 0.8, size / 2);
    }
}

} // namespace diascope::train
