// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Render.h"

#include "image/DisplayRows.h"
#include "image/PixelAccess.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace diascope::image {

namespace {

/// source = scale * (target + 0.5) + offset along one axis of the image.
struct Line {
    double scale = 1.0, offset = 0.0;
    [[nodiscard]] double at(int target) const { return scale * (target + 0.5) + offset; }
};

/// For every target position along one axis: which two samples, and how much of the second (Q15).
struct Taps {
    std::vector<int> index;
    std::vector<std::int16_t> weight;
    int begin = 0, end = 0; ///< Target positions inside the image; the rest is background.
};

/// Source rows or columns [first, last), reduced by averaging `block` neighbours.
struct Span {
    int first = 0, last = 0, block = 1;
    [[nodiscard]] int reduced() const { return (last - first + block - 1) / block; }
};

Span visibleSpan(const Line& line, int targets, int extent)
{
    Span span;
    span.block = std::max(1, static_cast<int>(std::min(std::abs(line.scale), static_cast<double>(extent))));
    const double a = line.at(0);
    const double b = line.at(targets - 1);
    const double reach = span.block + 1.0;
    span.first = static_cast<int>(std::clamp(std::floor(std::min(a, b) - reach), 0.0, static_cast<double>(extent)));
    span.first -= span.first % span.block;
    span.last = static_cast<int>(std::clamp(std::ceil(std::max(a, b) + reach), 0.0, static_cast<double>(extent)));
    return span;
}

Taps makeTaps(const Line& line, int targets, int extent, const Span& span, bool isNearest)
{
    Taps taps;
    const auto count = static_cast<std::size_t>(targets);
    taps.index.resize(count);
    taps.weight.resize(count);
    const int last = span.reduced() - 1;
    bool isInside = false;
    for (int t = 0; t < targets; ++t) {
        const double source = line.at(t);
        if (source < 0.0 || source >= extent) {
            continue;
        }
        taps.begin = isInside ? taps.begin : t;
        taps.end = t + 1;
        isInside = true;
        const double position = (source - span.first) / span.block - (isNearest ? 0.0 : 0.5);
        const double clamped = std::clamp(position, 0.0, static_cast<double>(last));
        const auto i = static_cast<std::size_t>(t);
        taps.index[i] = static_cast<int>(clamped);
        taps.weight[i] = isNearest ? std::int16_t{0} : static_cast<std::int16_t>((clamped - taps.index[i]) * 32767.0 + 0.5);
    }
    return taps;
}

/// 8-bit samples, interleaved, with the last column repeated once so that a tap may read one further.
struct Plane {
    int width = 0, height = 0, channels = 1;
    std::vector<std::uint8_t> samples;
    [[nodiscard]] const std::uint8_t* row(int y) const
    {
        return samples.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>((width + 1) * channels);
    }
};

/// Averages runs of `block` neighbouring sums of `rows` rows each; the last run may be shorter.
void averageRuns(const std::vector<std::uint32_t>& sums, int block, int rows, const Plane& shape, std::uint8_t* out)
{
    const int channels = shape.channels;
    const int count = static_cast<int>(sums.size()) / channels;
    for (int x = 0; x < shape.width; ++x) {
        const int length = std::min(block, count - x * block);
        // A product instead of a division: exact enough, since the sums of whole blocks are far below 2^24.
        const float scale = 1.0F / static_cast<float>(length * rows);
        const std::uint32_t* run = sums.data() + x * block * channels;
        for (int c = 0; c < channels; ++c) {
            std::uint32_t sum = 0;
            for (int i = 0; i < length; ++i) {
                sum += run[i * channels + c];
            }
            out[x * channels + c] = static_cast<std::uint8_t>(static_cast<float>(sum) * scale + 0.5F);
        }
    }
}

/// The visible part, averaged over blocks of columns.block x rows.block; blocks at the right and bottom edge may be smaller.
Plane visiblePlane(const DisplayRows& display, const Span& columns, const Span& rows, int channels)
{
    Plane plane{columns.reduced(), rows.reduced(), channels, {}};
    const auto stride = static_cast<std::size_t>((plane.width + 1) * channels);
    plane.samples.resize(stride * static_cast<std::size_t>(plane.height));
    const auto lineSamples = static_cast<std::size_t>((columns.last - columns.first) * channels);
    const bool isReduced = rows.block > 1 || columns.block > 1;
    std::vector<std::uint8_t> line(isReduced ? lineSamples : 0);
    std::vector<std::uint32_t> sums(line.size());
    for (int y = 0; y < plane.height; ++y) {
        const int top = rows.first + y * rows.block;
        const int bottom = std::min(top + rows.block, rows.last);
        std::uint8_t* out = plane.samples.data() + static_cast<std::size_t>(y) * stride;
        if (isReduced) {
            std::fill(sums.begin(), sums.end(), 0U);
            for (int r = top; r < bottom; ++r) {
                display.read(r, columns.first, columns.last, line.data());
                for (std::size_t i = 0; i < lineSamples; ++i) {
                    sums[i] += line[i];
                }
            }
            averageRuns(sums, columns.block, bottom - top, plane, out);
        } else {
            display.read(top, columns.first, columns.last, out);
        }
        std::copy_n(out + (plane.width - 1) * channels, channels, out + plane.width * channels);
    }
    return plane;
}

/// One source row after the horizontal pass: values * 64, one run for each channel.
class RowCache {
public:
    RowCache(const Plane& plane, const Taps& columns)
        : m_plane(plane)
        , m_columns(columns)
    {
        for (Slot& slot : m_slots) {
            slot.values.resize(columns.index.size() * static_cast<std::size_t>(plane.channels));
        }
    }
    /// Valid until two further rows were asked for.
    const std::int16_t* row(int y, int keep)
    {
        for (Slot& slot : m_slots) {
            if (slot.y == y) {
                return slot.values.data();
            }
        }
        Slot& slot = m_slots[0].y == keep ? m_slots[1] : m_slots[0];
        slot.y = y;
        stretch(m_plane.row(y), slot.values);
        return slot.values.data();
    }

private:
    struct Slot {
        int y = -1;
        std::vector<std::int16_t> values;
    };
    void stretch(const std::uint8_t* in, std::vector<std::int16_t>& values) const
    {
        const int channels = m_plane.channels;
        for (int c = 0; c < channels; ++c) {
            std::int16_t* out = values.data() + static_cast<std::size_t>(c) * m_columns.index.size();
            const std::uint8_t* from = in + c;
            for (int x = m_columns.begin; x < m_columns.end; ++x) {
                const auto i = static_cast<std::size_t>(x);
                const std::uint8_t* sample = from + m_columns.index[i] * channels;
                const int first = sample[0];
                const int step = sample[channels] - first;
                out[i] = static_cast<std::int16_t>(first * 64 + ((step * m_columns.weight[i] + 256) >> 9));
            }
        }
    }
    const Plane& m_plane;
    const Taps& m_columns;
    std::array<Slot, 2> m_slots;
};

/// Between two stretched rows, back to 8 bits. The product is taken by its high half: that is one SIMD instruction.
inline std::uint32_t blend(std::int16_t upper, std::int16_t lower, std::int16_t weight)
{
    const auto step = static_cast<std::int16_t>(lower - upper);
    const auto half = static_cast<std::int16_t>((static_cast<std::int32_t>(step) * weight) >> 16);
    return static_cast<std::uint32_t>(static_cast<std::uint16_t>(static_cast<std::int16_t>(upper + half + half + 32)) >> 6);
}

void paintGrey(const std::int16_t* upper, const std::int16_t* lower, std::int16_t weight, std::uint32_t* out, int count)
{
    for (int x = 0; x < count; ++x) {
        out[x] = 0xff000000U | (blend(upper[x], lower[x], weight) * 0x010101U);
    }
}

struct ColourRow {
    const std::int16_t* upper;
    const std::int16_t* lower;
    std::size_t channelStride;
};

void paintColour(const ColourRow& row, std::int16_t weight, std::uint32_t* out, int count)
{
    const std::size_t s = row.channelStride;
    for (int x = 0; x < count; ++x) {
        const std::uint32_t red = blend(row.upper[x], row.lower[x], weight);
        const std::uint32_t green = blend(row.upper[s + static_cast<std::size_t>(x)], row.lower[s + static_cast<std::size_t>(x)], weight);
        const std::uint32_t blue = blend(row.upper[2 * s + static_cast<std::size_t>(x)], row.lower[2 * s + static_cast<std::size_t>(x)], weight);
        out[x] = 0xff000000U | (red << 16) | (green << 8) | blue;
    }
}

std::uint32_t* rowOf(const RenderTarget& target, int y)
{
    return target.pixels + (target.strideBytes / 4) * y;
}

void paint(const Plane& plane, const Taps& columns, const Taps& rows, std::uint32_t background, const RenderTarget& out)
{
    RowCache cache(plane, columns);
    for (int y = 0; y < out.height; ++y) {
        std::uint32_t* line = rowOf(out, y);
        if (y < rows.begin || y >= rows.end || columns.begin >= columns.end) {
            std::fill_n(line, out.width, background);
            continue;
        }
        const auto i = static_cast<std::size_t>(y);
        const int first = rows.index[i];
        const int second = std::min(first + 1, plane.height - 1);
        const std::int16_t* upper = cache.row(first, second) + columns.begin;
        const std::int16_t* lower = rows.weight[i] == 0 ? upper : cache.row(second, first) + columns.begin;
        std::fill(line, line + columns.begin, background);
        if (plane.channels == 1) {
            paintGrey(upper, lower, rows.weight[i], line + columns.begin, columns.end - columns.begin);
        } else {
            paintColour({upper, lower, columns.index.size()}, rows.weight[i], line + columns.begin, columns.end - columns.begin);
        }
        std::fill(line + columns.end, line + out.width, background);
    }
}

/// Rows and columns exchanged. Done on the 8-bit samples before they are stretched: there are fewest of them here.
Plane transposed(const Plane& in)
{
    constexpr int kBlock = 32; // Keeps both sides in the cache.
    Plane out{in.height, in.width, in.channels, {}};
    const auto stride = static_cast<std::size_t>((out.width + 1) * out.channels);
    out.samples.resize(stride * static_cast<std::size_t>(out.height));
    for (int by = 0; by < out.height; by += kBlock) {
        for (int x = 0; x <= out.width; ++x) {
            const std::uint8_t* from = in.row(std::min(x, in.height - 1));
            for (int y = by; y < std::min(by + kBlock, out.height); ++y) {
                std::uint8_t* to = out.samples.data() + static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x * out.channels);
                std::copy_n(from + y * in.channels, in.channels, to);
            }
        }
    }
    return out;
}

void checkTarget(const View& view, const RenderTarget& target)
{
    if (target.pixels == nullptr || target.width != view.width || target.height != view.height
        || target.strideBytes < static_cast<std::ptrdiff_t>(target.width) * 4 || target.strideBytes % 4 != 0) {
        throw base::Error(base::ErrorCode::Internal, "render", "the target does not have the size of the view");
    }
}

} // namespace

void renderToRgb32(const Image& image, const RenderRequest& request, DisplayLut& lut, const RenderTarget& target)
{
    requirePixels(image, "render");
    checkTarget(request.view, target);
    const bool isTransposed = request.view.transposed();
    const Affine toSource = request.view.toSource();
    const Line alongX = isTransposed ? Line{toSource.xy, toSource.dx} : Line{toSource.xx, toSource.dx};
    const Line alongY = isTransposed ? Line{toSource.yx, toSource.dy} : Line{toSource.yy, toSource.dy};
    const int columns = isTransposed ? target.height : target.width;
    const int rows = isTransposed ? target.width : target.height;
    const Span spanX = visibleSpan(alongX, columns, image.width);
    const Span spanY = visibleSpan(alongY, rows, image.height);
    if (spanX.first >= spanX.last || spanY.first >= spanY.last) {
        for (int y = 0; y < target.height; ++y) {
            std::fill_n(rowOf(target, y), target.width, request.background);
        }
        return;
    }
    const bool isNearest = !request.smooth && std::abs(alongX.scale) <= 0.25 && std::abs(alongY.scale) <= 0.25;
    const Taps tapsX = makeTaps(alongX, columns, image.width, spanX, isNearest);
    const Taps tapsY = makeTaps(alongY, rows, image.height, spanY, isNearest);
    const auto& table = lut.update(image, request.window, request.invert);
    const DisplayRows display(image, request.window, request.invert, table);
    const Plane plane = visiblePlane(display, spanX, spanY, image.channels);
    if (isTransposed) {
        paint(transposed(plane), tapsY, tapsX, request.background, target);
    } else {
        paint(plane, tapsX, tapsY, request.background, target);
    }
}

Rgb32 renderToRgb32(const Image& image, const RenderRequest& request)
{
    Rgb32 pixels = makeRgb32(request.view.width, request.view.height);
    DisplayLut lut;
    renderToRgb32(image, request, lut, targetOf(pixels));
    return pixels;
}

Rgb32 thumbnail(const Image& image, int maxWidth, int maxHeight)
{
    requirePixels(image, "thumbnail");
    const double aspect = image.spacing && image.spacing->columnMm > 0.0 ? image.spacing->rowMm / image.spacing->columnMm : 1.0;
    const double pixelAspect = aspect > 0.0 && std::isfinite(aspect) ? aspect : 1.0;
    const double height = image.height * pixelAspect;
    const double scale = std::min(std::max(maxWidth, 1) / static_cast<double>(image.width), std::max(maxHeight, 1) / height);
    RenderRequest request;
    request.window = defaultWindow(image);
    request.view.source = {0.0, 0.0, static_cast<double>(image.width), static_cast<double>(image.height)};
    request.view.width = std::max(1, static_cast<int>(std::lround(image.width * scale)));
    request.view.height = std::max(1, static_cast<int>(std::lround(height * scale)));
    return renderToRgb32(image, request);
}

} // namespace diascope::image
