// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/PictureBuilder.h"

#include <turbojpeg.h>
#include <zlib.h>

#include <stdexcept>

namespace diascope::tests {

Bytes bytesOf(std::string_view text)
{
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

void append(Bytes& target, const Bytes& more)
{
    target.insert(target.end(), more.begin(), more.end());
}

Bytes number(std::uint64_t value, int count, bool little)
{
    Bytes bytes;
    for (int i = 0; i < count; ++i) {
        const int shift = 8 * (little ? i : count - 1 - i);
        bytes.push_back(static_cast<std::byte>((value >> shift) & 0xffu));
    }
    return bytes;
}

Bytes pngChunk(std::string_view name, const Bytes& data)
{
    Bytes body = bytesOf(name);
    append(body, data);
    Bytes chunk = number(data.size(), 4);
    append(chunk, body);
    append(chunk, number(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())), 4));
    return chunk;
}

Bytes deflated(const Bytes& data)
{
    uLongf size = compressBound(data.size());
    Bytes result(size);
    compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(data.data()), data.size(), 9);
    result.resize(size);
    return result;
}

Bytes makePng(const PngSpec& spec)
{
    Bytes header = number(spec.width, 4);
    append(header, number(spec.height, 4));
    append(header, {static_cast<std::byte>(spec.depth), static_cast<std::byte>(spec.colourType), std::byte{0},
                    std::byte{0}, std::byte{0}});
    Bytes png = bytesOf("\x89PNG\r\n\x1a\n");
    append(png, pngChunk("IHDR", header));
    append(png, spec.beforeData);
    Bytes filtered;
    if (spec.claimOnly) {
        filtered = spec.rows;
    } else {
        const std::size_t rowBytes = spec.rows.size() / spec.height;
        for (std::size_t y = 0; y < spec.height; ++y) {
            filtered.push_back(std::byte{0});
            const auto row = spec.rows.begin() + static_cast<std::ptrdiff_t>(y * rowBytes);
            filtered.insert(filtered.end(), row, row + static_cast<std::ptrdiff_t>(rowBytes));
        }
    }
    append(png, pngChunk("IDAT", deflated(filtered)));
    append(png, pngChunk("IEND", {}));
    return png;
}

Bytes makeJpeg(int width, int height, int channels, const Bytes& pixels, bool halved)
{
    const tjhandle handle = tjInitCompress();
    unsigned char* data = nullptr;
    unsigned long size = 0;
    const int format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
    const int failed = tjCompress2(handle, reinterpret_cast<const unsigned char*>(pixels.data()), width, 0, height, format,
                                   &data, &size, channels == 1 ? TJSAMP_GRAY : halved ? TJSAMP_420 : TJSAMP_444, 100, TJFLAG_ACCURATEDCT);
    if (failed != 0) {
        throw std::runtime_error(tjGetErrorStr2(handle));
    }
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    Bytes jpeg(begin, begin + size);
    tjFree(data);
    tjDestroy(handle);
    return jpeg;
}

Bytes withExif(const Bytes& jpeg, int orientation, bool bigEndian)
{
    const bool little = !bigEndian;
    Bytes exif = bytesOf(std::string_view("Exif\0\0", 6));
    append(exif, bytesOf(bigEndian ? "MM" : "II"));
    append(exif, number(42, 2, little));
    append(exif, number(8, 4, little));
    append(exif, number(1, 2, little));
    append(exif, number(0x0112, 2, little));
    append(exif, number(3, 2, little));
    append(exif, number(1, 4, little));
    append(exif, number(static_cast<std::uint64_t>(orientation), 2, little));
    append(exif, number(0, 2));
    append(exif, number(0, 4));
    Bytes result(jpeg.begin(), jpeg.begin() + 2);
    append(result, {std::byte{0xff}, std::byte{0xe1}});
    append(result, number(exif.size() + 2, 2));
    append(result, exif);
    result.insert(result.end(), jpeg.begin() + 2, jpeg.end());
    return result;
}

Bytes withJpegSize(Bytes jpeg, std::uint16_t width, std::uint16_t height)
{
    for (std::size_t i = 2; i + 9 < jpeg.size(); ++i) {
        if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xc0}) {
            jpeg[i + 5] = static_cast<std::byte>(height >> 8);
            jpeg[i + 6] = static_cast<std::byte>(height & 0xff);
            jpeg[i + 7] = static_cast<std::byte>(width >> 8);
            jpeg[i + 8] = static_cast<std::byte>(width & 0xff);
            return jpeg;
        }
    }
    throw std::runtime_error("no baseline frame header");
}

Bytes makeTiff(const std::vector<TiffPage>& pages, bool bigEndian)
{
    const bool little = !bigEndian;
    Bytes tiff = bytesOf(bigEndian ? "MM" : "II");
    append(tiff, number(42, 2, little));
    std::size_t link = tiff.size(); // Where the offset of the next directory goes.
    append(tiff, number(0, 4));
    for (const TiffPage& page : pages) {
        const std::size_t strip = tiff.size();
        append(tiff, page.samples);
        tiff.resize((tiff.size() + 1) / 2 * 2);
        const Bytes here = number(tiff.size(), 4, little);
        std::copy(here.begin(), here.end(), tiff.begin() + static_cast<std::ptrdiff_t>(link));
        const std::vector<std::pair<int, std::uint64_t>> tags{
            {256, page.width}, {257, page.height},      {258, page.bits}, {259, 1}, {262, page.photometric}, {273, strip},
            {274, page.orientation}, {277, page.samplesPerPixel}, {278, page.height}, {279, page.samples.size()},
            {339, page.sampleFormat}};
        append(tiff, number(tags.size(), 2, little));
        for (const auto& [tag, value] : tags) {
            append(tiff, number(static_cast<std::uint64_t>(tag), 2, little));
            append(tiff, number(4, 2, little)); // LONG
            append(tiff, number(1, 4, little));
            append(tiff, number(value, 4, little));
        }
        link = tiff.size();
        append(tiff, number(0, 4));
    }
    return tiff;
}

Bytes makeBmp(std::int32_t width, std::int32_t height, int bits, const Bytes& palette, const Bytes& rows)
{
    const std::size_t dataAt = 14 + 40 + palette.size();
    Bytes bmp = bytesOf("BM");
    append(bmp, number(dataAt + rows.size(), 4, true));
    append(bmp, number(0, 4));
    append(bmp, number(dataAt, 4, true));
    append(bmp, number(40, 4, true));
    append(bmp, number(static_cast<std::uint32_t>(width), 4, true));
    append(bmp, number(static_cast<std::uint32_t>(height), 4, true));
    append(bmp, number(1, 2, true));
    append(bmp, number(static_cast<std::uint64_t>(bits), 2, true));
    append(bmp, number(0, 4));
    append(bmp, number(rows.size(), 4, true));
    append(bmp, number(0, 8));
    append(bmp, number(palette.size() / 4, 4, true));
    append(bmp, number(0, 4));
    append(bmp, palette);
    append(bmp, rows);
    return bmp;
}

} // namespace diascope::tests
