// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Codecs.h"

#include <algorithm>
#include <cstring>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

/// PackBits into `plane`; returns how many bytes were written. Never reads or writes outside.
std::size_t unpack(std::span<const std::byte> segment, std::span<std::byte> plane)
{
    std::size_t in = 0;
    std::size_t out = 0;
    while (in < segment.size() && out < plane.size()) {
        const auto control = std::to_integer<int>(segment[in++]);
        if (control < 128) {
            const std::size_t count = std::min({static_cast<std::size_t>(control) + 1, segment.size() - in, plane.size() - out});
            std::memcpy(plane.data() + out, segment.data() + in, count);
            in += count;
            out += count;
        } else if (control > 128 && in < segment.size()) {
            const std::size_t count = std::min(static_cast<std::size_t>(257 - control), plane.size() - out);
            std::fill_n(plane.begin() + static_cast<std::ptrdiff_t>(out), count, segment[in++]);
            out += count;
        }
    }
    return out;
}

/// Puts one byte plane at its place in the interleaved samples.
void scatter(std::span<const std::byte> plane, std::byte* first, std::size_t stride)
{
    for (const std::byte value : plane) {
        *first = value;
        first += stride;
    }
}

} // namespace

CodecOutput decodeRle(const CodecInput& input)
{
    const PixelHeader& header = input.header;
    const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::Malformed, input.subject, "RLE: " + why); };
    constexpr std::size_t kHeaderBytes = 64;
    if (input.data.size() < kHeaderBytes) {
        refuse("the frame is shorter than its header");
    }
    const bool packed = header.bitsAllocated == 1;
    const auto bytesPerSample = static_cast<std::size_t>(packed ? 1 : header.bitsAllocated / 8);
    const std::size_t planeBytes =
        static_cast<std::size_t>(packed ? (header.pixels() + 7) / 8 : header.pixels());
    const std::size_t segments = static_cast<std::size_t>(header.samples) * bytesPerSample;
    const std::uint32_t declared = read32(input.data.data(), false);
    if (declared != segments) {
        refuse(std::to_string(declared) + " segments where the image needs " + std::to_string(segments));
    }
    CodecOutput out;
    out.width = header.columns;
    out.height = header.rows;
    out.channels = header.samples;
    out.bytesPerSample = static_cast<int>(bytesPerSample);
    out.precision = header.bitsStored;
    out.samples.resize(planeBytes * segments);
    std::vector<std::byte> plane(planeBytes);
    for (std::size_t s = 0; s < segments; ++s) {
        const std::size_t begin = read32(input.data.data() + 4 + 4 * s, false);
        const std::size_t next = s + 1 < segments ? read32(input.data.data() + 8 + 4 * s, false) : input.data.size();
        if (begin < kHeaderBytes || begin >= input.data.size() || next <= begin) {
            refuse("segment " + std::to_string(s + 1) + " lies outside the frame");
        }
        const std::size_t length = std::min(next, input.data.size()) - begin;
        std::fill(plane.begin(), plane.end(), std::byte{0});
        const std::size_t got = unpack(input.data.subspan(begin, length), plane);
        if (got * 2 < planeBytes) {
            refuse("segment " + std::to_string(s + 1) + " holds " + std::to_string(got) + " of " + std::to_string(planeBytes) + " bytes");
        }
        // Segments go sample by sample, most significant byte first.
        const std::size_t sample = s / bytesPerSample;
        const std::size_t byteInSample = bytesPerSample - 1 - s % bytesPerSample;
        scatter(plane, out.samples.data() + sample * bytesPerSample + byteInSample, segments);
    }
    return out;
}

void requireSameSize(const CodecInput& input, int width, int height, int channels, const char* codec)
{
    const PixelHeader& header = input.header;
    if (width == header.columns && height == header.rows && channels == header.samples) {
        return;
    }
    const auto shape = [](int w, int h, int c) {
        return std::to_string(w) + " x " + std::to_string(h) + " x " + std::to_string(c);
    };
    throw Error(ErrorCode::Malformed, input.subject,
                std::string(codec) + " frame is " + shape(width, height, channels) + " where the data set says "
                    + shape(header.columns, header.rows, header.samples));
}

} // namespace diascope::dicom
