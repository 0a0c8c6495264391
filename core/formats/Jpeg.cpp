// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Jpeg.h"

#include "formats/Orientation.h"
#include "formats/Samples.h"

#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

struct Release {
    void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Release>;

/// One decompressor for the thread: its tables and buffers are used again from picture to picture.
tjhandle decompressor(const std::string& subject)
{
    thread_local Handle handle(tjInitDecompress());
    if (!handle) {
        throw Error(ErrorCode::OutOfMemory, subject, "no memory for the JPEG decoder");
    }
    return handle.get();
}

std::vector<std::byte> cmykToRgb(const std::vector<std::byte>& ink, bool inverted)
{
    std::vector<std::byte> rgb(ink.size() / 4 * 3);
    for (std::size_t pixel = 0; pixel < ink.size() / 4; ++pixel) {
        // `inverted` ink is light already: 255 means none.
        const auto light = [&](std::size_t i) {
            const unsigned value = std::to_integer<unsigned>(ink[pixel * 4 + i]);
            return inverted ? value : 255u - value;
        };
        for (std::size_t c = 0; c < 3; ++c) {
            rgb[pixel * 3 + c] = static_cast<std::byte>((light(c) * light(3) + 127u) / 255u);
        }
    }
    return rgb;
}

/// A missing end marker alone is no damage: with one appended, only files that lack data still give a warning.
std::vector<std::byte> withEndMarker(std::span<const std::byte> bytes)
{
    std::vector<std::byte> whole(bytes.begin(), bytes.end());
    whole.push_back(std::byte{0xFF});
    whole.push_back(std::byte{0xD9});
    return whole;
}

[[noreturn]] void throwFailure(tjhandle handle, const std::string& subject)
{
    const std::string text = tjGetErrorStr2(handle);
    const bool memory = text.find("nsufficient memory") != std::string::npos
                        || text.find("emory allocation") != std::string::npos;
    throw Error(memory ? ErrorCode::OutOfMemory : ErrorCode::Malformed, subject,
                "the JPEG data are truncated or damaged (" + text + ")");
}

struct Target {
    int width, height, format, components;
};

/// Returns false when the data ended without an end marker, so that the caller can try once more with one.
bool decompress(tjhandle handle, std::span<const std::byte> bytes, const Target& target,
                std::vector<std::byte>& pixels, const std::string& subject)
{
    const int result = tjDecompress2(handle, reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<unsigned long>(bytes.size()),
                                     reinterpret_cast<unsigned char*>(pixels.data()), target.width, 0, target.height,
                                     target.format, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS);
    if (result == 0) {
        return true;
    }
    const std::string_view text = tjGetErrorStr2(handle);
    if (tjGetErrorCode(handle) == TJERR_WARNING) {
        if (text.find("extraneous bytes") != std::string_view::npos) {
            return true; // Padding between segments: common, and no pixel is touched by it.
        }
        if (text.find("Premature end of JPEG file") != std::string_view::npos) {
            return false;
        }
    }
    throwFailure(handle, subject);
}

/// A plane of Cb or Cr without colour: at 128 every conversion gives R = G = B = Y exactly, whatever the upsampling.
bool isNeutral(const std::vector<unsigned char>& plane)
{
    return plane.empty() || (plane.front() == 128 && std::memcmp(plane.data(), plane.data() + 1, plane.size() - 1) == 0);
}

/// The luminance of a picture without colour, or nothing: when it has some, and when anything is unusual or wrong with it, which the usual way tells.
std::vector<std::byte> luminance(tjhandle handle, std::span<const std::byte> bytes, int width, int height, int subsampling)
{
    std::array<std::vector<unsigned char>, 2> chroma;
    const int rows = tjPlaneHeight(0, height, subsampling), columns = tjPlaneWidth(0, width, subsampling);
    std::vector<std::byte> luma(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    std::array<unsigned char*, 3> planes{reinterpret_cast<unsigned char*>(luma.data()), nullptr, nullptr};
    for (int i = 0; i < 2; ++i) {
        auto& plane = chroma[static_cast<std::size_t>(i)];
        plane.resize(static_cast<std::size_t>(tjPlaneWidth(i + 1, width, subsampling)) * static_cast<std::size_t>(tjPlaneHeight(i + 1, height, subsampling)));
        planes[static_cast<std::size_t>(i) + 1] = plane.data();
    }
    if (tjDecompressToYUVPlanes(handle, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()), planes.data(), 0,
                                nullptr, 0, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
            != 0
        || !isNeutral(chroma[0]) || !isNeutral(chroma[1])) {
        return {};
    }
    for (int y = 1; columns != width && y < height; ++y) { // planes are padded to whole blocks of chroma
        std::memmove(luma.data() + static_cast<std::ptrdiff_t>(y) * width, luma.data() + static_cast<std::ptrdiff_t>(y) * columns,
                     static_cast<std::size_t>(width));
    }
    luma.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    return luma;
}

image::Image jpegPicture(int width, int height, int channels, std::vector<std::byte> pixels, int orientation)
{
    image::Image picture = image::makeImage(width, height, channels, image::PixelType::UInt8, std::move(pixels));
    picture.photometric = channels == 1 ? image::Photometric::Monochrome2 : image::Photometric::Rgb;
    picture.lossy = true;
    return oriented(picture, orientation);
}

} // namespace

image::Image readJpeg(std::span<const std::byte> bytes, const std::string& subject, const ReadOptions& options)
{
    const JpegHeader header = jpegHeader(bytes, subject);
    const tjhandle handle = decompressor(subject);
    const tjscalingfactor scale{1, 1 << std::clamp(options.reduce, 0, 3)};
    const int format = header.components == 1 ? TJPF_GRAY : header.components == 3 ? TJPF_RGB : TJPF_CMYK;
    const Target target{TJSCALED(static_cast<int>(header.width), scale),
                        TJSCALED(static_cast<int>(header.height), scale), format, header.components};
    // The library scans for a frame header of its own: it must agree with ours, or the buffer would not fit.
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (tjDecompressHeader3(handle, reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<unsigned long>(bytes.size()), &width, &height, &subsampling, &colours)
        != 0) {
        throwFailure(handle, subject);
    }
    if (width != static_cast<int>(header.width) || height != static_cast<int>(header.height)) {
        throw Error(ErrorCode::Malformed, subject, "this JPEG file gives two different sizes");
    }
    // Where the last picture had colour this one probably has some as well: then it is not decoded in vain.
    thread_local bool expectsColour = false;
    const bool tries = (options.joinEqualChannels || options.greyLevels) && options.reduce == 0 && colours == TJCS_YCbCr && subsampling >= 0;
    if (tries && !expectsColour) {
        std::vector<std::byte> luma = luminance(handle, bytes, width, height, subsampling);
        if (!luma.empty()) {
            return jpegPicture(width, height, 1, std::move(luma), header.orientation);
        }
    }
    std::vector<std::byte> pixels(static_cast<std::size_t>(target.width) * static_cast<std::size_t>(target.height)
                                  * static_cast<std::size_t>(target.components));
    if (!decompress(handle, bytes, target, pixels, subject)
        && !decompress(handle, withEndMarker(bytes), target, pixels, subject)) {
        throwFailure(handle, subject);
    }
    if (header.components == 4) {
        pixels = cmykToRgb(pixels, header.adobe);
    }
    expectsColour = tries && hasColour(pixels);
    return jpegPicture(target.width, target.height, header.channels, std::move(pixels), header.orientation);
}

} // namespace diascope::formats
