// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/cpu/DepthwiseRows.h"

#include "nn/cpu/Clones.h"

#include <algorithm>

namespace diascope::nn::cpu {

namespace {

/// Eight channels; two of them are handled at once where there are 16.
using Lanes = float __attribute__((vector_size(32)));
constexpr std::int64_t kLanes = 8;

DIASCOPE_INLINE Lanes load(const float* from)
{
    Lanes lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}
DIASCOPE_INLINE void store(float* to, Lanes lanes) { __builtin_memcpy(to, &lanes, sizeof lanes); }

/// Input rows under the K rows of the kernel; null beyond the picture.
template <int K> struct Rows {
    const float* row[K];
};

/// T neighbouring outputs of 8V channels whose K columns all lie inside. `first`: column of the first tap.
template <int K, int S, int V, int T>
DIASCOPE_INLINE void insideTile(const Rows<K>& rows, std::int64_t channels, std::int64_t first, const float* weight, float* y)
{
    Lanes sum[T][V] = {};
    for (int kh = 0; kh < K; ++kh) {
        if (rows.row[kh] == nullptr) {
            continue;
        }
        const float* const row = rows.row[kh] + first * channels;
        for (int kw = 0; kw < K; ++kw) {
            Lanes w[V];
            for (int v = 0; v < V; ++v) {
                w[v] = load(weight + (kh * K + kw) * channels + v * kLanes);
            }
            for (int t = 0; t < T; ++t) {
                for (int v = 0; v < V; ++v) {
                    sum[t][v] += load(row + (t * S + kw) * channels + v * kLanes) * w[v];
                }
            }
        }
    }
    for (int t = 0; t < T; ++t) {
        for (int v = 0; v < V; ++v) {
            store(y + t * channels + v * kLanes, sum[t][v]);
        }
    }
}

/// One output near the edge: taps [from, to) of each row lie inside.
template <int K, int V>
DIASCOPE_INLINE void edgePoint(
    const Rows<K>& rows, std::int64_t channels, std::int64_t first, int from, int to, const float* weight, float* y)
{
    Lanes sum[V] = {};
    for (int kh = 0; kh < K; ++kh) {
        if (rows.row[kh] == nullptr) {
            continue;
        }
        for (int kw = from; kw < to; ++kw) {
            for (int v = 0; v < V; ++v) {
                sum[v] += load(rows.row[kh] + (first + kw) * channels + v * kLanes)
                    * load(weight + (kh * K + kw) * channels + v * kLanes);
            }
        }
    }
    for (int v = 0; v < V; ++v) {
        store(y + v * kLanes, sum[v]);
    }
}

/// Outputs [inside.begin, inside.end) have all their columns inside the picture.
struct Span {
    std::int64_t begin, end;
};
template <int K, int S> DIASCOPE_INLINE Span insideColumns(const DepthwiseShape& s)
{
    const std::int64_t begin = std::min(s.outWidth, (s.left + S - 1) / S);
    const std::int64_t last = s.width - K + s.left; // first tap at o * S - left <= width - K
    const std::int64_t end = last < 0 ? 0 : std::min(s.outWidth, last / S + 1);
    return {begin, std::max(begin, end)};
}

/// One row of output, 8V channels.
template <int K, int S, int V>
DIASCOPE_INLINE void forwardRow(const DepthwiseShape& s, const Rows<K>& rows, const float* weight, float* y)
{
    const std::int64_t channels = s.channels;
    const Span inside = insideColumns<K, S>(s);
    const auto edge = [&](std::int64_t column) {
        const std::int64_t first = column * S - s.left;
        const int from = static_cast<int>(std::max<std::int64_t>(0, -first));
        const int to = static_cast<int>(std::min<std::int64_t>(K, s.width - first));
        edgePoint<K, V>(rows, channels, first, from, to, weight, y + column * channels);
    };
    std::int64_t column = 0;
    for (; column < inside.begin; ++column) {
        edge(column);
    }
    constexpr int kTile = 4;
    for (; column + kTile <= inside.end; column += kTile) {
        insideTile<K, S, V, kTile>(rows, channels, column * S - s.left, weight, y + column * channels);
    }
    for (; column < inside.end; ++column) {
        insideTile<K, S, V, 1>(rows, channels, column * S - s.left, weight, y + column * channels);
    }
    for (; column < s.outWidth; ++column) {
        edge(column);
    }
}

template <int K, int S>
DIASCOPE_INLINE void forwardAs(
    const DepthwiseShape& s, const float* x, const float* weight, std::int64_t begin, std::int64_t end, float* y)
{
    const std::int64_t rowFloats = s.width * s.channels;
    for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t image = row / s.outHeight, top = row % s.outHeight * S - s.top;
        float* const out = y + row * s.outWidth * s.channels;
        std::int64_t c = 0;
        const auto rowsAt = [&](std::int64_t channel) {
            Rows<K> rows;
            for (int kh = 0; kh < K; ++kh) {
                const std::int64_t from = top + kh;
                rows.row[kh] = from >= 0 && from < s.height ? x + (image * s.height + from) * rowFloats + channel : nullptr;
            }
            return rows;
        };
        for (; c + 2 * kLanes <= s.channels; c += 2 * kLanes) {
            forwardRow<K, S, 2>(s, rowsAt(c), weight + c, out + c);
        }
        for (; c < s.channels; c += kLanes) {
            forwardRow<K, S, 1>(s, rowsAt(c), weight + c, out + c);
        }
    }
}

/// Stride 2: each input row is met by every second row of the kernel, each column likewise.
template <int K, int V>
DIASCOPE_INLINE void inputGradientRow(const DepthwiseShape& s, const Rows<K>& rows, const float* weight, float* dx)
{
    for (std::int64_t column = 0; column < s.width; ++column) {
        Lanes sum[V] = {};
        const std::int64_t reach = column + s.left;
        for (int kh = 0; kh < K; ++kh) {
            if (rows.row[kh] == nullptr) {
                continue;
            }
            for (int kw = static_cast<int>(reach % 2); kw < K; kw += 2) {
                const std::int64_t from = (reach - kw) / 2;
                if (reach < kw || from >= s.outWidth) {
                    continue;
                }
                for (int v = 0; v < V; ++v) {
                    sum[v] += load(rows.row[kh] + from * s.channels + v * kLanes)
                        * load(weight + (kh * K + kw) * s.channels + v * kLanes);
                }
            }
        }
        for (int v = 0; v < V; ++v) {
            store(dx + column * s.channels + v * kLanes, sum[v]);
        }
    }
}

template <int K>
DIASCOPE_INLINE void inputGradientAs(
    const DepthwiseShape& s, const float* dy, const float* weight, std::int64_t begin, std::int64_t end, float* dx)
{
    const std::int64_t rowFloats = s.outWidth * s.channels;
    for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t image = row / s.height, reach = row % s.height + s.top;
        float* const out = dx + row * s.width * s.channels;
        const auto rowsAt = [&](std::int64_t channel) {
            Rows<K> rows;
            for (int kh = 0; kh < K; ++kh) {
                const std::int64_t from = (reach - kh) / 2;
                const bool met = reach >= kh && (reach - kh) % 2 == 0 && from < s.outHeight;
                rows.row[kh] = met ? dy + (image * s.outHeight + from) * rowFloats + channel : nullptr;
            }
            return rows;
        };
        std::int64_t c = 0;
        for (; c + 2 * kLanes <= s.channels; c += 2 * kLanes) {
            inputGradientRow<K, 2>(s, rowsAt(c), weight + c, out + c);
        }
        for (; c < s.channels; c += kLanes) {
            inputGradientRow<K, 1>(s, rowsAt(c), weight + c, out + c);
        }
    }
}

/// One kernel row of one image, 8V channels: K sums stay in registers.
template <int K, int S, int V>
DIASCOPE_INLINE void weightGradientRow(const DepthwiseShape& s, const float* x, const float* dy, int kh, float* dWeight)
{
    Lanes sum[K][V] = {};
    const std::int64_t channels = s.channels;
    const Span inside = insideColumns<K, S>(s);
    for (std::int64_t out = 0; out < s.outHeight; ++out) {
        const std::int64_t in = out * S + kh - s.top;
        if (in < 0 || in >= s.height) {
            continue;
        }
        const float* const xRow = x + (in * s.width - s.left) * channels;
        const float* const dyRow = dy + out * s.outWidth * channels;
        const auto edge = [&](std::int64_t column) {
            for (int kw = 0; kw < K; ++kw) {
                const std::int64_t from = column * S + kw - s.left;
                if (from < 0 || from >= s.width) {
                    continue;
                }
                for (int v = 0; v < V; ++v) {
                    sum[kw][v] += load(xRow + (column * S + kw) * channels + v * kLanes) * load(dyRow + column * channels + v * kLanes);
                }
            }
        };
        for (std::int64_t column = 0; column < inside.begin; ++column) {
            edge(column);
        }
        for (std::int64_t column = inside.begin; column < inside.end; ++column) {
            Lanes g[V];
            for (int v = 0; v < V; ++v) {
                g[v] = load(dyRow + column * channels + v * kLanes);
            }
            for (int kw = 0; kw < K; ++kw) {
                for (int v = 0; v < V; ++v) {
                    sum[kw][v] += load(xRow + (column * S + kw) * channels + v * kLanes) * g[v];
                }
            }
        }
        for (std::int64_t column = inside.end; column < s.outWidth; ++column) {
            edge(column);
        }
    }
    for (int kw = 0; kw < K; ++kw) {
        for (int v = 0; v < V; ++v) {
            float* const to = dWeight + (kh * K + kw) * channels + v * kLanes;
            store(to, load(to) + sum[kw][v]);
        }
    }
}

template <int K, int S>
DIASCOPE_INLINE void weightGradientAs(
    const DepthwiseShape& s, const float* x, const float* dy, std::int64_t begin, std::int64_t end, float* dWeight)
{
    for (std::int64_t image = begin; image < end; ++image) {
        const float* const input = x + image * s.height * s.width * s.channels;
        const float* const gradient = dy + image * s.outHeight * s.outWidth * s.channels;
        std::int64_t c = 0;
        for (; c + 2 * kLanes <= s.channels; c += 2 * kLanes) {
            for (int kh = 0; kh < K; ++kh) {
                weightGradientRow<K, S, 2>(s, input + c, gradient + c, kh, dWeight + c);
            }
        }
        for (; c < s.channels; c += kLanes) {
            for (int kh = 0; kh < K; ++kh) {
                weightGradientRow<K, S, 1>(s, input + c, gradient + c, kh, dWeight + c);
            }
        }
    }
}

} // namespace

DIASCOPE_CLONES
void depthwiseForward(const DepthwiseShape& shape, const float* x, const float* weight, std::int64_t begin, std::int64_t end, float* y)
{
    if (shape.kernel == 3) {
        shape.stride == 1 ? forwardAs<3, 1>(shape, x, weight, begin, end, y) : forwardAs<3, 2>(shape, x, weight, begin, end, y);
    } else {
        shape.stride == 1 ? forwardAs<5, 1>(shape, x, weight, begin, end, y) : forwardAs<5, 2>(shape, x, weight, begin, end, y);
    }
}

DIASCOPE_CLONES
void depthwiseInputGradient(
    const DepthwiseShape& shape, const float* dy, const float* weight, std::int64_t begin, std::int64_t end, float* dx)
{
    shape.kernel == 3 ? inputGradientAs<3>(shape, dy, weight, begin, end, dx) : inputGradientAs<5>(shape, dy, weight, begin, end, dx);
}

DIASCOPE_CLONES
void depthwiseWeightGradient(
    const DepthwiseShape& shape, const float* x, const float* dy, std::int64_t begin, std::int64_t end, float* dWeight)
{
    if (shape.kernel == 3) {
        shape.stride == 1 ? weightGradientAs<3, 1>(shape, x, dy, begin, end, dWeight)
                          : weightGradientAs<3, 2>(shape, x, dy, begin, end, dWeight);
    } else {
        shape.stride == 1 ? weightGradientAs<5, 1>(shape, x, dy, begin, end, dWeight)
                          : weightGradientAs<5, 2>(shape, x, dy, begin, end, dWeight);
    }
}

} // namespace diascope::nn::cpu
