// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Windowing.h"

#include "image/DisplayRows.h"
#include "image/PixelAccess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

namespace diascope::image {

namespace {

constexpr double kLowPercentile = 0.005;
constexpr double kHighPercentile = 0.995;

/// The window that sends `low` to 0 and `high` to 255.
Window windowOfRange(double low, double high, std::string explanation)
{
    Window window;
    window.explanation = std::move(explanation);
    const double range = high - low;
    if (range >= 1.0 || !(range > 0.0)) {
        window.width = std::max(range, 0.0) + 1.0;
        window.centre = (low + high + 1.0) / 2.0;
    } else {
        window.function = Window::Function::LinearExact;
        window.width = range;
        window.centre = (low + high) / 2.0;
    }
    return window;
}

bool isUsable(const Window& window)
{
    return std::isfinite(window.centre) && std::isfinite(window.width) && window.width > 0.0;
}

/// Modality values and how often each occurs, in ascending order.
using Counts = std::vector<std::pair<double, std::size_t>>;

template <typename T> Counts countByHistogram(const Image& image, std::span<const T> samples)
{
    constexpr std::size_t kEntries = std::size_t{1} << (8 * sizeof(T));
    std::vector<std::size_t> histogram(kEntries, 0);
    for (const T sample : samples) {
        ++histogram[static_cast<std::make_unsigned_t<T>>(sample)];
    }
    Counts counts;
    for (std::size_t i = 0; i < kEntries; ++i) {
        const double stored = static_cast<T>(static_cast<std::make_unsigned_t<T>>(i));
        if (histogram[i] > 0 && image.paddingStored != stored) {
            counts.emplace_back(image.rescale.apply(stored), histogram[i]);
        }
    }
    return counts;
}

template <typename T> Counts countOneByOne(const Image& image, std::span<const T> samples)
{
    Counts counts;
    counts.reserve(samples.size());
    for (const T sample : samples) {
        const double stored = static_cast<double>(sample);
        const double value = image.rescale.apply(stored);
        if (std::isfinite(value) && image.paddingStored != stored) {
            counts.emplace_back(value, 1);
        }
    }
    return counts;
}

Counts sortedCounts(const Image& image)
{
    Counts counts = visitSamples(image, [&](auto samples) {
        using T = std::remove_const_t<typename decltype(samples)::element_type>;
        if constexpr (sizeof(T) <= 2) {
            return countByHistogram<T>(image, samples);
        } else {
            return countOneByOne<T>(image, samples);
        }
    });
    std::erase_if(counts, [](const auto& entry) { return !std::isfinite(entry.first); });
    std::sort(counts.begin(), counts.end());
    return counts;
}

double valueAtRank(const Counts& counts, double rank)
{
    double passed = 0.0;
    for (const auto& [value, count] : counts) {
        passed += static_cast<double>(count);
        if (passed > rank) {
            return value;
        }
    }
    return counts.back().first;
}

/// windowed() over every value that the type can hold; a constant slope keeps the loop free of look-ups.
template <typename T> void fillTable(const Image& image, const Window& window, std::vector<std::uint8_t>& table)
{
    const ModalityRescale& rescale = image.rescale;
    const bool isPlain = !rescale.table || rescale.table->empty();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const double stored = static_cast<T>(static_cast<std::make_unsigned_t<T>>(i));
        const double value = isPlain ? stored * rescale.slope + rescale.intercept : rescale.apply(stored);
        table[i] = toByte(windowed(value, window));
    }
}

} // namespace

Window fullRangeWindow(const Image& image)
{
    double low = 0.0;
    double high = 0.0;
    if (image.type == PixelType::Float32 || image.type == PixelType::Float64) {
        const Counts counts = sortedCounts(image);
        low = counts.empty() ? 0.0 : counts.front().first;
        high = counts.empty() ? 1.0 : counts.back().first;
    } else if (image.rescale.table && !image.rescale.table->empty()) {
        const auto [least, most] = std::minmax_element(image.rescale.table->begin(), image.rescale.table->end());
        low = *least;
        high = *most;
    } else {
        const int bits = std::clamp(image.bitsStored, 1, static_cast<int>(8 * bytesPerSample(image.type)));
        const double span = std::ldexp(1.0, bits);
        const double first = isSigned(image.type) ? -span / 2.0 : 0.0;
        const double a = image.rescale.apply(first);
        const double b = image.rescale.apply(first + span - 1.0);
        low = std::min(a, b);
        high = std::max(a, b);
    }
    return windowOfRange(low, high, "Full range");
}

Window autoWindow(const Image& image)
{
    requirePixels(image, "window");
    if (image.channels != 1) {
        return fullRangeWindow(image);
    }
    const Counts counts = sortedCounts(image);
    std::size_t total = 0;
    for (const auto& entry : counts) {
        total += entry.second;
    }
    if (total == 0) {
        return fullRangeWindow(image);
    }
    const double last = static_cast<double>(total - 1);
    return windowOfRange(valueAtRank(counts, std::floor(kLowPercentile * last)),
                         valueAtRank(counts, std::ceil(kHighPercentile * last)), "Auto");
}

Window defaultWindow(const Image& image)
{
    requirePixels(image, "window");
    if (image.channels != 1) {
        return fullRangeWindow(image);
    }
    for (const Window& window : image.windows) {
        if (isUsable(window)) {
            return window;
        }
    }
    const bool isFloat = image.type == PixelType::Float32 || image.type == PixelType::Float64;
    return !isFloat && image.bitsStored <= 8 ? fullRangeWindow(image) : autoWindow(image);
}

std::span<const Window> ctPresets()
{
    static const std::array<Window, 7> presets{{{35.0, 110.0, "Brain"},
                                                {50.0, 320.0, "Abdomen"},
                                                {80.0, 400.0, "Mediastinum"},
                                                {-500.0, 1500.0, "Lung"},
                                                {350.0, 2000.0, "Bone"},
                                                {90.0, 150.0, "Liver"},
                                                {40.0, 300.0, "Kidney"}}};
    return presets;
}

double windowed(double x, const Window& window)
{
    const double c = window.centre;
    if (window.function == Window::Function::Sigmoid) {
        const double w = std::max(window.width, 1e-9);
        return 255.0 / (1.0 + std::exp(-4.0 * (x - c) / w));
    }
    const bool isExact = window.function == Window::Function::LinearExact;
    const double middle = isExact ? c : c - 0.5;
    const double w = isExact ? std::max(window.width, 0.0) : std::max(window.width, 1.0) - 1.0;
    if (x <= middle - w / 2.0) {
        return 0.0;
    }
    if (x > middle + w / 2.0) {
        return 255.0;
    }
    const double level = ((x - middle) / w + 0.5) * 255.0;
    return std::isnan(level) ? 0.0 : level;
}

std::vector<std::uint8_t> displayLut(const Image& image, const Window& window, bool invert)
{
    const std::size_t bytes = bytesPerSample(image.type);
    if (bytes > 2) {
        return {};
    }
    std::vector<std::uint8_t> table(std::size_t{1} << (8 * bytes));
    switch (image.type) {
    case PixelType::UInt8: fillTable<std::uint8_t>(image, window, table); break;
    case PixelType::Int8: fillTable<std::int8_t>(image, window, table); break;
    case PixelType::Int16: fillTable<std::int16_t>(image, window, table); break;
    default: fillTable<std::uint16_t>(image, window, table); break;
    }
    if (inversionMask(image, invert) != 0) {
        for (std::uint8_t& level : table) {
            level = static_cast<std::uint8_t>(255 - level);
        }
    }
    return table;
}

const std::vector<std::uint8_t>& DisplayLut::update(const Image& image, const Window& window, bool invert)
{
    Key key{image.type, image.photometric, image.rescale.slope, image.rescale.intercept,
            image.rescale.table, image.rescale.tableFirst, window, invert};
    if (m_builds == 0 || !(key == m_key)) {
        m_table = displayLut(image, window, invert);
        m_key = std::move(key);
        ++m_builds;
    }
    return m_table;
}

Image toDisplay8(const Image& image, const Window& window, bool invert)
{
    requirePixels(image, "display");
    const auto lut = displayLut(image, window, invert);
    const DisplayRows rows(image, window, invert, lut);
    std::vector<std::uint8_t> samples(image.sampleCount());
    for (int y = 0; y < image.height; ++y) {
        rows.read(y, 0, image.width, samples.data() + static_cast<std::size_t>(y) * (image.sampleCount() / static_cast<std::size_t>(image.height)));
    }
    Image result = withSamples(image, image.width, image.height, image.channels, samples);
    result.type = PixelType::UInt8;
    result.bitsStored = 8;
    result.photometric = image.channels == 3 ? Photometric::Rgb : Photometric::Monochrome2;
    result.rescale = {};
    result.windows.clear();
    result.paddingStored.reset();
    return result;
}

} // namespace diascope::image
