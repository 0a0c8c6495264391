// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/AugmentPicture.h"

#include <algorithm>
#include <cmath>

namespace diascope::train {

namespace {

template <typename Pixel>
void loadRow(const Pixel* from, std::int64_t stride, bool mirror, float scale, float* to, std::int64_t width)
{
    if (mirror) {
        for (std::int64_t x = 0; x < width; ++x) {
            to[x] = static_cast<float>(from[(width - 1 - x) * stride]) * scale;
        }
    } else if (stride == 1) { // said apart, so that the compiler can use vector loads
        for (std::int64_t x = 0; x < width; ++x) {
            to[x] = static_cast<float>(from[x]) * scale;
        }
    } else {
        for (std::int64_t x = 0; x < width; ++x) {
            to[x] = static_cast<float>(from[x * stride]) * scale;
        }
    }
}

/// Index mirrored about the edge itself: -1 -> 0, n -> n - 1.
std::int64_t mirrored(std::int64_t i, std::int64_t n)
{
    const std::int64_t period = 2 * n;
    i = ((i % period) + period) % period;
    return i < n ? i : period - 1 - i;
}

/// Index mirrored about the outermost pixel: -1 -> 1, n -> n - 2 (OpenCV's default for blurring).
std::int64_t mirroredInside(std::int64_t i, std::int64_t n)
{
    if (n == 1) {
        return 0;
    }
    const std::int64_t period = 2 * n - 2;
    i = ((i % period) + period) % period;
    return i < n ? i : period - i;
}

/// The four neighbours of a place between pixels, with their weights; -1 = outside, which is zero.
struct Neighbours {
    std::int64_t index[4];
    float weight[4];
};

std::int64_t bordered(std::int64_t i, std::int64_t n, Border border)
{
    if (i >= 0 && i < n) {
        return i;
    }
    switch (border) {
    case Border::Zero:
        return -1;
    case Border::Nearest:
        return std::clamp<std::int64_t>(i, 0, n - 1);
    case Border::Mirror:
        return mirrored(i, n);
    }
    return -1;
}

Neighbours neighboursOf(double x, double y, const PictureSize& size, Border border)
{
    // Far outside everything is border; clamping keeps the conversion to integers defined.
    x = std::clamp(x, -1e6, 1e6);
    y = std::clamp(y, -1e6, 1e6);
    const double left = std::floor(x), top = std::floor(y);
    const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
    const auto column = static_cast<std::int64_t>(left), row = static_cast<std::int64_t>(top);
    const std::int64_t columns[2]{bordered(column, size.width, border), bordered(column + 1, size.width, border)};
    const std::int64_t rows[2]{bordered(row, size.height, border), bordered(row + 1, size.height, border)};
    const float across[2]{1.0F - fx, fx}, down[2]{1.0F - fy, fy};
    Neighbours result{};
    for (int k = 0; k < 4; ++k) {
        const std::int64_t r = rows[k / 2], c = columns[k % 2];
        const bool inside = r >= 0 && c >= 0;
        result.index[k] = inside ? r * size.width + c : 0;
        result.weight[k] = inside ? down[k / 2] * across[k % 2] : 0.0F;
    }
    return result;
}

/// Linear interpolation between the nodes of a field.
double fieldAt(const std::vector<float>& values, const ElasticField& field, std::int64_t y, std::int64_t x)
{
    const auto row = y / field.spacing, column = x / field.spacing;
    const double fy = static_cast<double>(y % field.spacing) / field.spacing,
                 fx = static_cast<double>(x % field.spacing) / field.spacing;
    const float* upper = values.data() + row * field.columns + column;
    const float* lower = upper + field.columns;
    return (1.0 - fy) * ((1.0 - fx) * upper[0] + fx * upper[1]) + fy * ((1.0 - fx) * lower[0] + fx * lower[1]);
}

} // namespace

void PictureAugmenter::run(const StoredPicture& from, const AugmentDraw& draw, const InputPicture& to)
{
    load(from, draw);
    if (draw.affine || draw.elastic) {
        warp(draw);
    }
    if (draw.blurSize > 1) {
        blur(draw.blurSize);
    }
    if (draw.contrast != 1.0 || draw.brightness != 0.0) {
        const auto contrast = static_cast<float>(draw.contrast), brightness = static_cast<float>(draw.brightness);
        for (float& value : m_values) {
            value = std::min(std::max(contrast * value + brightness, 0.0F), 1.0F);
        }
    }
    holes(draw);
    store(to);
}

void PictureAugmenter::load(const StoredPicture& from, const AugmentDraw& draw)
{
    m_channels = from.channels;
    m_height = from.height;
    m_width = from.width;
    m_values.resize(static_cast<std::size_t>(m_channels * m_height * m_width));
    const float scale = 1.0F / (from.sixteenBits ? 65535.0F : 255.0F);
    for (std::int64_t c = 0; c < m_channels; ++c) {
        for (std::int64_t y = 0; y < m_height; ++y) {
            const std::int64_t offset
                = c * from.channelStride + (draw.upsideDown ? m_height - 1 - y : y) * from.rowStride;
            float* const to = plane(m_values, c) + y * m_width;
            if (from.sixteenBits) {
                loadRow(static_cast<const std::uint16_t*>(from.pixels) + offset, from.columnStride, draw.mirror, scale,
                    to, m_width);
            } else {
                loadRow(static_cast<const std::uint8_t*>(from.pixels) + offset, from.columnStride, draw.mirror, scale,
                    to, m_width);
            }
        }
    }
}

void PictureAugmenter::warp(const AugmentDraw& draw)
{
    const PictureSize size{m_height, m_width};
    const auto field = draw.elastic ? elasticField(m_config.elastic, *draw.elastic, size) : ElasticField{};
    const std::array<double, 6> m = draw.affine.value_or(std::array<double, 6>{1, 0, 0, 0, 1, 0});
    const double centreX = 0.5 * static_cast<double>(m_width - 1), centreY = 0.5 * static_cast<double>(m_height - 1);
    m_scratch.resize(m_values.size());
    for (std::int64_t y = 0; y < m_height; ++y) {
        for (std::int64_t x = 0; x < m_width; ++x) {
            const double dx = static_cast<double>(x) - centreX, dy = static_cast<double>(y) - centreY;
            double fromX = m[0] * dx + m[1] * dy + m[2] + centreX, fromY = m[3] * dx + m[4] * dy + m[5] + centreY;
            if (draw.elastic) {
                fromX += fieldAt(field.x, field, y, x);
                fromY += fieldAt(field.y, field, y, x);
            }
            const Neighbours near = neighboursOf(fromX, fromY, size, m_config.border);
            for (std::int64_t c = 0; c < m_channels; ++c) {
                const float* const source = plane(m_values, c);
                float sum = 0.0F;
                for (int k = 0; k < 4; ++k) {
                    sum += near.weight[k] * source[near.index[k]];
                }
                plane(m_scratch, c)[y * m_width + x] = sum;
            }
        }
    }
    m_values.swap(m_scratch);
}

void PictureAugmenter::blur(int size)
{
    const std::vector<float> kernel = gaussianKernel(size);
    const std::int64_t radius = size / 2;
    m_scratch.resize(m_values.size());
    std::vector<float> line(static_cast<std::size_t>(m_width + 2 * radius));
    for (std::int64_t c = 0; c < m_channels; ++c) {
        for (std::int64_t y = 0; y < m_height; ++y) { // down: whole rows are added up
            float* const to = plane(m_scratch, c) + y * m_width;
            std::fill(to, to + m_width, 0.0F);
            for (std::int64_t k = -radius; k <= radius; ++k) {
                const float weight = kernel[static_cast<std::size_t>(k + radius)];
                const float* const from = plane(m_values, c) + mirroredInside(y + k, m_height) * m_width;
                for (std::int64_t x = 0; x < m_width; ++x) {
                    to[x] += weight * from[x];
                }
            }
        }
        for (std::int64_t y = 0; y < m_height; ++y) { // across, from a copy with its borders
            const float* const from = plane(m_scratch, c) + y * m_width;
            for (std::int64_t x = -radius; x < m_width + radius; ++x) {
                line[static_cast<std::size_t>(x + radius)]
                    = from[x >= 0 && x < m_width ? x : mirroredInside(x, m_width)];
            }
            float* const to = plane(m_values, c) + y * m_width;
            std::fill(to, to + m_width, 0.0F);
            for (std::int64_t k = 0; k < size; ++k) {
                const float weight = kernel[static_cast<std::size_t>(k)];
                const float* const shifted = line.data() + k;
                for (std::int64_t x = 0; x < m_width; ++x) {
                    to[x] += weight * shifted[x];
                }
            }
        }
    }
}

void PictureAugmenter::holes(const AugmentDraw& draw)
{
    const auto fill = static_cast<float>(m_config.holes.fill);
    for (const AugmentDraw::Corner& corner : draw.holes) {
        const std::int64_t bottom = std::min<std::int64_t>(corner.top + m_config.holes.height, m_height);
        const std::int64_t right = std::min<std::int64_t>(corner.left + m_config.holes.width, m_width);
        for (std::int64_t c = 0; c < m_channels; ++c) {
            for (std::int64_t y = corner.top; y < bottom; ++y) {
                float* const row = plane(m_values, c) + y * m_width;
                std::fill(row + corner.left, row + right, fill);
            }
        }
    }
}

void PictureAugmenter::store(const InputPicture& to) const
{
    for (std::int64_t c = 0; c < m_channels; ++c) {
        const float mean = to.mean[c], deviation = to.stdDev[c];
        for (std::int64_t y = 0; y < m_height; ++y) {
            const float* const from = m_values.data() + (c * m_height + y) * m_width;
            float* const row = to.values + c * to.channelStride + y * to.rowStride;
            if (to.columnStride == 1) {
                for (std::int64_t x = 0; x < m_width; ++x) {
                    row[x] = (from[x] - mean) / deviation;
                }
            } else {
                for (std::int64_t x = 0; x < m_width; ++x) {
                    row[x * to.columnStride] = (from[x] - mean) / deviation;
                }
            }
        }
    }
}

} // namespace diascope::train
