// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/HeatOverlay.h"

#include "base/Error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace diascope::image {

namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint32_t kHiddenColour = 0xff2b2b2bU;

/// Which two cells of one grid axis a target position lies between.
struct Tap {
    int first = -1, second = -1; ///< -1: outside the grid.
    float weight = 0.0F;         ///< Of the second.
};

/// `position` in cells from the grid's edge: cell i covers [i, i+1).
Tap tapAt(double position, int cells, bool smooth)
{
    if (!(position >= 0.0) || !(position < cells)) {
        return {};
    }
    if (!smooth) {
        const int cell = static_cast<int>(position);
        return {cell, cell, 0.0F};
    }
    const double fromCentre = std::clamp(position - 0.5, 0.0, static_cast<double>(cells - 1));
    const int first = static_cast<int>(fromCentre);
    return {first, std::min(first + 1, cells - 1), static_cast<float>(fromCentre - first)};
}

float between(float a, float b, float weight)
{
    return weight == 0.0F ? a : a + (b - a) * weight;
}

void check(const HeatGrid& grid)
{
    if (grid.rows <= 0 || grid.columns <= 0
        || grid.values.size() != static_cast<std::size_t>(grid.rows) * static_cast<std::size_t>(grid.columns)
        || !(grid.covers.width() > 0.0) || !(grid.covers.height() > 0.0)) {
        throw base::Error(base::ErrorCode::Internal, "heat map", "the grid is empty or its values do not fit its shape");
    }
}

/// The grid's values along the rows of the target. A turned view sees the grid transposed, so both axes stay separable.
class Sampler {
public:
    Sampler(const HeatGrid& grid, const View& view, bool smooth)
    {
        const Affine toSource = view.toSource();
        const bool isTransposed = view.transposed();
        m_columns = isTransposed ? grid.rows : grid.columns;
        m_rows = isTransposed ? grid.columns : grid.rows;
        m_values.resize(grid.values.size());
        for (int r = 0; r < m_rows; ++r) {
            for (int c = 0; c < m_columns; ++c) {
                m_values[index(r, c)] = isTransposed ? grid.values[static_cast<std::size_t>(c * m_rows + r)] : grid.values[index(r, c)];
            }
        }
        const SourceRect& covers = grid.covers;
        const auto column = [&](double s) { return (s - covers.x0) / covers.width() * grid.columns; };
        const auto row = [&](double s) { return (s - covers.y0) / covers.height() * grid.rows; };
        for (int x = 0; x < view.width; ++x) {
            const Point p = toSource.map({x + 0.5, 0.5});
            m_across.push_back(tapAt(isTransposed ? row(p.y) : column(p.x), m_columns, smooth));
        }
        for (int y = 0; y < view.height; ++y) {
            const Point p = toSource.map({0.5, y + 0.5});
            m_down.push_back(tapAt(isTransposed ? column(p.x) : row(p.y), m_rows, smooth));
        }
        m_line.resize(static_cast<std::size_t>(m_columns));
        while (m_begin < view.width && m_across[static_cast<std::size_t>(m_begin)].first < 0) {
            ++m_begin;
        }
        m_end = view.width;
        while (m_end > m_begin && m_across[static_cast<std::size_t>(m_end - 1)].first < 0) {
            --m_end;
        }
    }
    [[nodiscard]] int begin() const { return m_begin; }
    [[nodiscard]] int end() const { return m_end; }

    /// Fills `out[begin, end)`; false when the whole row lies outside the grid.
    bool row(int y, std::vector<float>& out)
    {
        const Tap& down = m_down[static_cast<std::size_t>(y)];
        if (down.first < 0) {
            return false;
        }
        for (int c = 0; c < m_columns; ++c) {
            m_line[static_cast<std::size_t>(c)] = between(m_values[index(down.first, c)], m_values[index(down.second, c)], down.weight);
        }
        for (auto x = static_cast<std::size_t>(m_begin); x < static_cast<std::size_t>(m_end); ++x) {
            const Tap& tap = m_across[x];
            out[x] = between(m_line[static_cast<std::size_t>(tap.first)], m_line[static_cast<std::size_t>(tap.second)], tap.weight);
        }
        return true;
    }

private:
    [[nodiscard]] std::size_t index(int row, int column) const { return static_cast<std::size_t>(row * m_columns + column); }
    std::vector<float> m_values, m_line;
    std::vector<Tap> m_across, m_down;
    int m_columns = 0, m_rows = 0, m_begin = 0, m_end = 0;
};

/// Colour times alpha, and what is left of the image, for 1025 steps of the value; alpha in 1/256.
struct Tint {
    std::uint32_t red = 0, green = 0, blue = 0, rest = 256;
};
constexpr int kSteps = 1024;

std::array<Tint, kSteps + 1> tints(const HeatStyle& style)
{
    std::array<Tint, kSteps + 1> table;
    const double opacity = std::clamp(style.opacity, 0.0, 1.0);
    for (int i = 0; i <= kSteps; ++i) {
        const double value = static_cast<double>(i) / kSteps;
        const auto alpha = static_cast<std::uint32_t>(std::lround(256.0 * opacity * (style.alphaFromValue ? value : 1.0)));
        const Rgb8 colour = colourAt(style.colourMap, value);
        table[static_cast<std::size_t>(i)] = {colour.red * alpha, colour.green * alpha, colour.blue * alpha, 256U - alpha};
    }
    return table;
}

std::uint32_t tinted(std::uint32_t pixel, const Tint& tint)
{
    const std::uint32_t red = (((pixel >> 16) & 255U) * tint.rest + tint.red + 128U) >> 8;
    const std::uint32_t green = (((pixel >> 8) & 255U) * tint.rest + tint.green + 128U) >> 8;
    const std::uint32_t blue = ((pixel & 255U) * tint.rest + tint.blue + 128U) >> 8;
    return 0xff000000U | (red << 16) | (green << 8) | blue;
}

std::uint32_t packed(Rgb8 c)
{
    return 0xff000000U | (static_cast<std::uint32_t>(c.red) << 16) | (static_cast<std::uint32_t>(c.green) << 8) | c.blue;
}

std::uint32_t* rowOf(const RenderTarget& target, int y)
{
    return target.pixels + (target.strideBytes / 4) * y;
}

void fillMap(Sampler& sampler, const HeatStyle& style, const RenderTarget& target)
{
    const auto table = tints(style);
    const auto threshold = static_cast<float>(style.threshold);
    std::vector<float> values(static_cast<std::size_t>(target.width), kNothing);
    for (int y = 0; y < target.height; ++y) {
        if (!sampler.row(y, values)) {
            continue;
        }
        std::uint32_t* line = rowOf(target, y);
        for (int x = sampler.begin(); x < sampler.end(); ++x) {
            const float value = values[static_cast<std::size_t>(x)];
            if (value >= threshold) { // False for NaN.
                const float step = std::clamp(value, 0.0F, 1.0F) * kSteps + 0.5F;
                line[x] = tinted(line[x], table[static_cast<std::size_t>(step)]);
            }
        }
    }
}

std::vector<float> drawnLevels(const HeatStyle& style)
{
    std::vector<float> levels;
    for (const double level : style.contourLevels) {
        if (level >= style.threshold && level > 0.0 && level < 1.0) {
            levels.push_back(static_cast<float>(level));
        }
    }
    std::sort(levels.begin(), levels.end());
    return levels;
}

/// Lines two pixels wide where neighbouring pixels lie on different sides of a level.
void drawContours(Sampler& sampler, const HeatStyle& style, const RenderTarget& target)
{
    const std::vector<float> levels = drawnLevels(style);
    const auto width = static_cast<std::size_t>(target.width);
    std::vector<float> values(width, kNothing);
    std::vector<int> above(width), here(width);
    bool hasAbove = false;
    for (int y = 0; y < target.height; ++y) {
        const bool isInside = sampler.row(y, values);
        if (!isInside) {
            hasAbove = false;
            continue;
        }
        std::uint32_t* line = rowOf(target, y);
        for (int x = sampler.begin(); x < sampler.end(); ++x) {
            const auto i = static_cast<std::size_t>(x);
            const auto notAbove = [v = values[i]](float level) { return v >= level; };
            here[i] = static_cast<int>(std::partition_point(levels.begin(), levels.end(), notAbove) - levels.begin());
            const auto colourOf = [&](int other) {
                return packed(colourAt(style.colourMap, levels[static_cast<std::size_t>(std::max(here[i], other) - 1)]));
            };
            if (x > sampler.begin() && here[i - 1] != here[i]) {
                line[x] = line[x - 1] = colourOf(here[i - 1]);
            }
            if (hasAbove && above[i] != here[i]) {
                line[x] = rowOf(target, y - 1)[x] = colourOf(above[i]);
            }
        }
        std::swap(above, here);
        hasAbove = true;
    }
}

} // namespace

void blendHeat(const HeatGrid& grid, const HeatStyle& style, const View& view, const RenderTarget& target)
{
    check(grid);
    if (target.pixels == nullptr || target.width != view.width || target.height != view.height || target.strideBytes % 4 != 0) {
        throw base::Error(base::ErrorCode::Internal, "heat map", "the target does not have the size of the view");
    }
    Sampler sampler(grid, view, style.smooth);
    if (sampler.begin() >= sampler.end()) {
        return;
    }
    if (style.fill) {
        fillMap(sampler, style, target);
    }
    if (style.contour) {
        drawContours(sampler, style, target);
    }
}

double heatAt(const HeatGrid& grid, Point source, bool smooth)
{
    check(grid);
    const Tap across = tapAt((source.x - grid.covers.x0) / grid.covers.width() * grid.columns, grid.columns, smooth);
    const Tap down = tapAt((source.y - grid.covers.y0) / grid.covers.height() * grid.rows, grid.rows, smooth);
    if (across.first < 0 || down.first < 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const auto at = [&](int row, int column) { return grid.values[static_cast<std::size_t>(row * grid.columns + column)]; };
    return between(between(at(down.first, across.first), at(down.second, across.first), down.weight),
                   between(at(down.first, across.second), at(down.second, across.second), down.weight), across.weight);
}

Rgb32 legendStrip(const HeatStyle& style, int width, int height)
{
    Rgb32 strip = makeRgb32(width, height);
    const bool isHorizontal = width > height;
    const int length = std::max(isHorizontal ? width : height, 1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double value = (isHorizontal ? x + 0.5 : height - y - 0.5) / length;
            strip.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]
                = value < style.threshold ? kHiddenColour : packed(colourAt(style.colourMap, value));
        }
    }
    return strip;
}

} // namespace diascope::image
