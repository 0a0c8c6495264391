// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Tiff.h"

#include "formats/Orientation.h"
#include "formats/Samples.h"
#include "formats/TiffDirectory.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

/// The file in memory, as the library's callbacks see it.
struct Source {
    std::span<const std::byte> bytes;
    std::uint64_t at = 0;
};

tmsize_t readBytes(thandle_t handle, void* target, tmsize_t count)
{
    auto* source = static_cast<Source*>(handle);
    const std::uint64_t left = source->at < source->bytes.size() ? source->bytes.size() - source->at : 0;
    const std::uint64_t given = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(std::max<tmsize_t>(count, 0)));
    if (given > 0) {
        std::memcpy(target, source->bytes.data() + source->at, given);
    }
    source->at += given;
    return static_cast<tmsize_t>(given);
}

tmsize_t writeNothing(thandle_t /*handle*/, void* /*data*/, tmsize_t /*count*/)
{
    return 0;
}

toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    auto* source = static_cast<Source*>(handle);
    source->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? source->at + offset : source->bytes.size() + offset;
    return source->at;
}

int closeNothing(thandle_t /*handle*/)
{
    return 0;
}

toff_t sizeOf(thandle_t handle)
{
    return static_cast<Source*>(handle)->bytes.size();
}

struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Close>;

/// The library's last words; they go into our error instead of to the terminal.
thread_local std::array<char, 160> t_message{};

void keepMessage(const char* /*module*/, const char* format, va_list arguments)
{
    std::vsnprintf(t_message.data(), t_message.size(), format, arguments);
}

[[noreturn]] void throwDamaged(const std::string& subject)
{
    throw Error(ErrorCode::Malformed, subject,
                std::string("the TIFF data are truncated or damaged (") + t_message.data() + ")");
}

Handle open(Source& source, std::uint32_t directory, const std::string& subject)
{
    TIFFSetErrorHandler(keepMessage);
    TIFFSetWarningHandler(nullptr);
    t_message[0] = '\0';
    // "m": no mapping, all bytes come through the callbacks above.
    Handle tiff(TIFFClientOpen("picture", "rm", &source, readBytes, writeNothing, seek, closeNothing, sizeOf, nullptr, nullptr));
    if (!tiff || TIFFSetSubDirectory(tiff.get(), directory) == 0) {
        throwDamaged(subject);
    }
    // Turned by us, so that every variant turns the same way.
    TIFFSetField(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    return tiff;
}

/// Anything of up to 8 bits that is not simply grey: the library resolves palettes, YCbCr, CMYK and multiplies by alpha.
image::Image readConverted(TIFF* tiff, const TiffHeader& header, const std::string& subject)
{
    const std::size_t pixels = std::size_t{header.width} * header.height;
    std::vector<std::uint32_t> raster(pixels);
    if (TIFFReadRGBAImageOriented(tiff, header.width, header.height, raster.data(), ORIENTATION_TOPLEFT, 1) == 0) {
        throwDamaged(subject);
    }
    const auto channels = static_cast<std::size_t>(header.channels);
    std::vector<std::byte> samples(pixels * channels);
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t c = 0; c < channels; ++c) {
            samples[i * channels + c] = static_cast<std::byte>((raster[i] >> (8 * c)) & 0xffu);
        }
    }
    return pictureOf(static_cast<int>(header.width), static_cast<int>(header.height), header.channels,
                     image::PixelType::UInt8, LastSample::Ignored, std::move(samples));
}

void readTiles(TIFF* tiff, const TiffHeader& header, std::vector<std::byte>& samples, const std::string& subject)
{
    std::uint32_t tileWidth = 0, tileHeight = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tileWidth);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tileHeight);
    const std::size_t pixelBytes = samples.size() / header.height / header.width;
    const std::size_t tileRow = tileWidth * pixelBytes;
    std::vector<std::byte> tile(static_cast<std::size_t>(std::max<tmsize_t>(TIFFTileSize(tiff), 0)));
    if (tileWidth == 0 || tileHeight == 0 || tile.size() != tileRow * tileHeight) {
        throwDamaged(subject);
    }
    for (std::uint32_t y = 0; y < header.height; y += tileHeight) {
        for (std::uint32_t x = 0; x < header.width; x += tileWidth) {
            if (TIFFReadTile(tiff, tile.data(), x, y, 0, 0) < 0) {
                throwDamaged(subject);
            }
            const std::size_t bytes = std::min(tileWidth, header.width - x) * pixelBytes;
            for (std::uint32_t row = 0; row < std::min(tileHeight, header.height - y); ++row) {
                const std::size_t target = (std::size_t{y + row} * header.width + x) * pixelBytes;
                std::memcpy(samples.data() + target, tile.data() + row * tileRow, bytes);
            }
        }
    }
}

image::PixelType typeOf(const TiffHeader& header)
{
    switch (header.bits) {
    case 8: return image::PixelType::UInt8;
    case 16: return header.isSigned ? image::PixelType::Int16 : image::PixelType::UInt16;
    case 32: return header.isFloat ? image::PixelType::Float32 : image::PixelType::Int32;
    default: return image::PixelType::Float64;
    }
}

/// Grey of 8 bits and everything wider: the samples as they are.
image::Image readPlain(TIFF* tiff, const TiffHeader& header, const std::string& subject)
{
    const std::size_t rowBytes = std::size_t{header.width} * static_cast<std::size_t>(header.samples)
                                 * static_cast<std::size_t>(header.bits) / 8;
    std::vector<std::byte> samples(rowBytes * header.height);
    if (TIFFIsTiled(tiff) != 0) {
        readTiles(tiff, header, samples, subject);
    } else if (TIFFScanlineSize(tiff) != static_cast<tmsize_t>(rowBytes)) {
        throwDamaged(subject);
    } else {
        for (std::uint32_t y = 0; y < header.height; ++y) {
            if (TIFFReadScanline(tiff, samples.data() + y * rowBytes, y, 0) < 0) {
                throwDamaged(subject);
            }
        }
    }
    std::uint16_t extraCount = 0;
    std::uint16_t* extra = nullptr;
    TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extraCount, &extra);
    const bool alpha = extraCount > 0 && extra[0] == EXTRASAMPLE_UNASSALPHA;
    return pictureOf(static_cast<int>(header.width), static_cast<int>(header.height), header.samples, typeOf(header),
                     alpha ? LastSample::Alpha : LastSample::Ignored, std::move(samples));
}

} // namespace

image::Image readTiff(std::span<const std::byte> bytes, const std::string& subject, int page)
{
    const TiffHeader header = tiffHeader(bytes, subject);
    if (page < 0 || page >= header.frames) {
        throw Error(ErrorCode::Usage, subject,
                    "page " + std::to_string(page) + " was asked for, the file has " + std::to_string(header.frames));
    }
    const ByteReader reader(bytes, header.bigEndian);
    const std::uint32_t at = header.pages[static_cast<std::size_t>(page)];
    if (const auto directory = tiffDirectoryAt(reader, at)) {
        requireTiffData(reader, *directory, subject);
    }
    Source source{bytes, 0};
    const Handle tiff = open(source, at, subject);
    image::Image picture
        = header.converted ? readConverted(tiff.get(), header, subject) : readPlain(tiff.get(), header, subject);
    picture.lossy = header.lossy;
    if (header.lowestIsWhite) {
        picture.photometric = image::Photometric::Monochrome1;
    }
    return oriented(picture, header.orientation);
}

} // namespace diascope::formats
