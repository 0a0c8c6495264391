// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace diascope::dicom {

// Containers are handled as native integers; the formats here are little endian.
static_assert(std::endian::native == std::endian::little, "a big-endian machine needs a swap here");

namespace {

template <typename T> T load(const std::byte* at)
{
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <typename T> void store(std::byte* at, T value)
{
    std::memcpy(at, &value, sizeof value);
}

template <typename T> void normalise(std::span<std::byte> samples, int bitsStored, int highBit, bool isSigned)
{
    const int shift = highBit + 1 - bitsStored;
    const std::uint64_t mask = (std::uint64_t{1} << bitsStored) - 1;
    const std::uint64_t sign = std::uint64_t{1} << (bitsStored - 1);
    for (std::size_t i = 0; i + sizeof(T) <= samples.size(); i += sizeof(T)) {
        std::uint64_t value = (std::uint64_t{load<T>(samples.data() + i)} >> shift) & mask;
        if (isSigned && (value & sign) != 0) {
            value |= ~mask;
        }
        store(samples.data() + i, static_cast<T>(value));
    }
}

template <typename T> void convertYbr(std::span<std::byte> samples, int bitsStored, bool partialRange)
{
    const double top = std::ldexp(1.0, bitsStored) - 1.0;
    const double centre = std::ldexp(1.0, bitsStored - 1);
    const double unit = std::ldexp(1.0, bitsStored - 8);
    const auto clamped = [top](double value) { return static_cast<T>(std::clamp(std::floor(value + 0.5), 0.0, top)); };
    for (std::size_t i = 0; i + 3 * sizeof(T) <= samples.size(); i += 3 * sizeof(T)) {
        std::byte* at = samples.data() + i;
        double y = load<T>(at);
        double cb = load<T>(at + sizeof(T)) - centre;
        double cr = load<T>(at + 2 * sizeof(T)) - centre;
        if (partialRange) {
            y = (y - 16.0 * unit) * 255.0 / 219.0;
            cb *= 255.0 / 224.0;
            cr *= 255.0 / 224.0;
        }
        store(at, clamped(y + 1.402 * cr));
        store(at + sizeof(T), clamped(y - 0.344136286 * cb - 0.714136286 * cr));
        store(at + 2 * sizeof(T), clamped(y + 1.772 * cb));
    }
}

} // namespace

void normaliseSamples(std::span<std::byte> samples, int width, int bitsStored, int highBit, bool isSigned)
{
    if (bitsStored == 8 * width) {
        return;
    }
    if (width == 1) {
        normalise<std::uint8_t>(samples, bitsStored, highBit, isSigned);
    } else if (width == 2) {
        normalise<std::uint16_t>(samples, bitsStored, highBit, isSigned);
    } else if (width == 4) {
        normalise<std::uint32_t>(samples, bitsStored, highBit, isSigned);
    }
}

std::vector<std::byte> widenSamples(std::span<const std::byte> samples, int from, int to)
{
    const auto narrow = static_cast<std::size_t>(from);
    const auto wide = static_cast<std::size_t>(to);
    const std::size_t count = samples.size() / narrow;
    std::vector<std::byte> result(count * wide, std::byte{0});
    for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(result.data() + i * wide, samples.data() + i * narrow, narrow);
    }
    return result;
}

std::vector<std::byte> interleavePlanes(std::span<const std::byte> planes, int width)
{
    const auto bytes = static_cast<std::size_t>(width);
    const std::size_t pixels = planes.size() / (3 * bytes);
    std::vector<std::byte> result(pixels * 3 * bytes);
    for (std::size_t c = 0; c < 3; ++c) {
        const std::byte* plane = planes.data() + c * pixels * bytes;
        for (std::size_t i = 0; i < pixels; ++i) {
            std::memcpy(result.data() + (3 * i + c) * bytes, plane + i * bytes, bytes);
        }
    }
    return result;
}

std::vector<std::byte> expand422(std::span<const std::byte> stored, int rows, int columns, int width)
{
    const auto bytes = static_cast<std::size_t>(width);
    const auto across = static_cast<std::size_t>(columns);
    const std::size_t rowBytes = (across + 1) / 2 * 4 * bytes;
    std::vector<std::byte> result(static_cast<std::size_t>(rows) * across * 3 * bytes, std::byte{0});
    for (std::size_t y = 0; y < static_cast<std::size_t>(rows) && (y + 1) * rowBytes <= stored.size(); ++y) {
        const std::byte* row = stored.data() + y * rowBytes;
        for (std::size_t x = 0; x < across; ++x) {
            const std::byte* group = row + x / 2 * 4 * bytes;
            std::byte* to = result.data() + (y * across + x) * 3 * bytes;
            std::memcpy(to, group + (x % 2) * bytes, bytes);
            std::memcpy(to + bytes, group + 2 * bytes, 2 * bytes);
        }
    }
    return result;
}

void ybrToRgb(std::span<std::byte> samples, int width, int bitsStored, bool partialRange)
{
    if (width == 1) {
        convertYbr<std::uint8_t>(samples, bitsStored, partialRange);
    } else if (width == 2) {
        convertYbr<std::uint16_t>(samples, bitsStored, partialRange);
    } else {
        convertYbr<std::uint32_t>(samples, bitsStored, partialRange);
    }
}

std::vector<std::byte> unpackBits(std::span<const std::byte> packed, std::size_t first, std::size_t count)
{
    std::vector<std::byte> result(count, std::byte{0});
    for (std::size_t i = 0; i < count && (first + i) / 8 < packed.size(); ++i) {
        const std::size_t bit = first + i;
        result[i] = (packed[bit / 8] >> (bit % 8)) & std::byte{1};
    }
    return result;
}

void swapUnits(std::span<std::byte> bytes, std::size_t unit)
{
    for (std::size_t i = 0; unit > 1 && i + unit <= bytes.size(); i += unit) {
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.begin() + static_cast<std::ptrdiff_t>(i + unit));
    }
}

} // namespace diascope::dicom
