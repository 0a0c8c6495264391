// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Formats.h"

#include "formats/Bmp.h"
#include "formats/Jpeg.h"
#include "formats/Png.h"
#include "formats/Samples.h"
#include "formats/Tiff.h"
#include "image/Grey.h"

#include <new>
#include <utility>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

std::string requireKind(std::span<const std::byte> bytes, const std::string& subject)
{
    if (bytes.empty()) {
        throw Error(ErrorCode::Malformed, subject, "the file is empty (0 bytes)");
    }
    const auto kind = sniff(bytes);
    if (kind && *kind != "dicom") {
        return *kind;
    }
    const auto foreign = foreignKind(bytes);
    throw Error(ErrorCode::Unsupported, subject,
                kind      ? "this is a DICOM file, not a plain picture"
                : foreign ? "this is " + *foreign + ", not a PNG, JPEG, TIFF or BMP picture"
                          : "this is not a PNG, JPEG, TIFF or BMP picture");
}

PictureHeader headerOf(const std::string& kind, std::span<const std::byte> bytes, const std::string& subject)
{
    if (kind == "png") {
        return pngHeader(bytes, subject);
    }
    if (kind == "jpeg") {
        return jpegHeader(bytes, subject);
    }
    return kind == "tiff" ? PictureHeader(tiffHeader(bytes, subject)) : bmpHeader(bytes, subject);
}

image::Image decode(const std::string& kind, std::span<const std::byte> bytes, const std::string& subject,
                    const ReadOptions& options)
{
    if (kind == "tiff") {
        return readTiff(bytes, subject, options.frame);
    }
    if (options.frame != 0) {
        throw Error(ErrorCode::Usage, subject,
                    "frame " + std::to_string(options.frame) + " was asked for, the file has one picture");
    }
    if (kind == "png") {
        return readPng(bytes, subject);
    }
    return kind == "jpeg" ? readJpeg(bytes, subject, options) : readBmp(bytes, subject);
}

/// One channel of three that are equal everywhere; other pictures as they are.
image::Image joined(const image::Image& picture)
{
    if (picture.channels != 3 || picture.type != image::PixelType::UInt8 || hasColour(picture.bytes())) {
        return picture;
    }
    std::vector<std::byte> grey(picture.sampleCount() / 3);
    for (std::size_t i = 0; i < grey.size(); ++i) {
        grey[i] = picture.bytes()[3 * i];
    }
    image::Image result = image::makeImage(picture.width, picture.height, 1, image::PixelType::UInt8, std::move(grey));
    result.lossy = picture.lossy;
    return result;
}

} // namespace

void checkLimits(const PictureHeader& header, const std::string& kind, const std::string& subject)
{
    const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height);
    if (header.width == 0 || header.height == 0) {
        throw Error(ErrorCode::Malformed, subject, "this " + kind + " picture is empty (" + size + " pixels)");
    }
    // Both factors are below 2^32 and the third below 2^6, so the first product and the division are exact.
    const std::uint64_t pixels = std::uint64_t{header.width} * header.height;
    const auto pixelBytes = static_cast<std::uint64_t>(header.storedChannels) * static_cast<std::uint64_t>(header.bits) / 8;
    if (pixels > kMaxDecodedBytes / pixelBytes) {
        throw Error(ErrorCode::TooLarge, subject,
                    "this " + kind + " picture of " + size + " pixels would take more than the limit of "
                        + std::to_string(kMaxDecodedBytes >> 20) + " MiB");
    }
}

image::SourceInfo readInfo(std::span<const std::byte> bytes, const std::string& subject)
{
    image::SourceInfo info;
    info.kind = requireKind(bytes, subject);
    PictureHeader header = headerOf(info.kind, bytes, subject);
    const bool swapped = header.orientation >= 5;
    info.columns = static_cast<int>(swapped ? header.height : header.width);
    info.rows = static_cast<int>(swapped ? header.width : header.height);
    info.frames = header.frames;
    info.samplesPerPixel = header.channels;
    info.photometric = header.channels == 3 ? "RGB" : header.lowestIsWhite ? "MONOCHROME1" : "MONOCHROME2";
    info.bitsAllocated = header.bits;
    info.bitsStored = header.bits;
    info.isSigned = header.isSigned;
    info.lossy = header.lossy;
    info.lossyMethod = header.lossyMethod;
    info.problems = std::move(header.problems);
    return info;
}

image::Image read(std::span<const std::byte> bytes, const std::string& subject, const ReadOptions& options)
{
    const std::string kind = requireKind(bytes, subject);
    try {
        image::Image picture = decode(kind, bytes, subject, options);
        if (options.greyLevels && picture.type == image::PixelType::UInt8) {
            return image::toGrey(picture);
        }
        return options.joinEqualChannels ? joined(picture) : picture;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::OutOfMemory, subject, "there is not enough memory to decode this picture");
    }
}

} // namespace diascope::formats
