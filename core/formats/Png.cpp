// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Png.h"

#include "formats/ByteReader.h"
#include "formats/Orientation.h"
#include "formats/PngDecode.h"
#include "formats/Samples.h"

#include <optional>
#include <string_view>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::uint64_t kSignatureBytes = 8;
constexpr std::uint64_t kChunkOverhead = 12; // Length, name, CRC.
constexpr std::uint32_t kMaxDimension = 0x7fffffff;

enum ColourType { Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, RgbAlpha = 6 };

struct Chunk {
    std::uint64_t at = 0;
    std::uint32_t length = 0;
    std::string_view name;
    [[nodiscard]] bool critical() const { return (static_cast<unsigned char>(name[0]) & 0x20u) == 0; }
    [[nodiscard]] std::uint64_t end() const { return at + kChunkOverhead + length; }
};

/// The chunk at `at`, or nothing when the file ends within it.
std::optional<Chunk> chunkAt(std::span<const std::byte> bytes, std::uint64_t at)
{
    const ByteReader reader(bytes);
    const auto length = reader.u32(at);
    if (!length || reader.part(at, kChunkOverhead + *length).empty()) {
        return std::nullopt;
    }
    return Chunk{at, *length, {reinterpret_cast<const char*>(bytes.data()) + at + 4, 4}};
}

bool validDepth(std::uint32_t colourType, std::uint32_t depth)
{
    switch (colourType) {
    case Grey: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case Palette: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case Rgb:
    case GreyAlpha:
    case RgbAlpha: return depth == 8 || depth == 16;
    default: return false;
    }
}

PngHeader imageHeader(std::span<const std::byte> bytes, const std::string& subject)
{
    const ByteReader reader(bytes);
    const auto first = chunkAt(bytes, kSignatureBytes);
    if (!first || first->name != "IHDR" || first->length != 13) {
        throw Error(ErrorCode::Malformed, subject, "this PNG file has no complete image header");
    }
    const std::uint64_t at = kSignatureBytes + 8;
    const std::uint32_t colourType = *reader.u8(at + 9);
    const std::uint32_t depth = *reader.u8(at + 8);
    PngHeader header;
    header.width = *reader.u32(at);
    header.height = *reader.u32(at + 4);
    if (!validDepth(colourType, depth) || header.width > kMaxDimension || header.height > kMaxDimension) {
        throw Error(ErrorCode::Malformed, subject, "this PNG file has an image header that contradicts itself");
    }
    header.colourType = static_cast<int>(colourType);
    header.bits = depth == 16 ? 16 : 8;
    header.channels = colourType == Grey || colourType == GreyAlpha ? 1 : 3;
    // The decoder expands palettes and grey with alpha to four samples.
    header.storedChannels = colourType == Grey ? 1 : colourType == Rgb ? 3 : 4;
    if (colourType == GreyAlpha || colourType == RgbAlpha) {
        header.problems.push_back(
            {ErrorCode::Unsupported, subject, "the picture has an alpha channel: transparent parts are shown over black"});
    }
    return header;
}

void noteChunk(std::span<const std::byte> bytes, const Chunk& chunk, PngHeader& header, const std::string& subject)
{
    if (chunk.name == "eXIf") {
        const auto block = ByteReader(bytes).part(chunk.at + 8, chunk.length);
        header.orientation = exifOrientation(block).value_or(header.orientation);
    } else if (chunk.name == "acTL") {
        header.problems.push_back({ErrorCode::Unsupported, subject, "animated PNG: only its still picture is read"});
    } else if (chunk.name == "tRNS") {
        header.problems.push_back({ErrorCode::Unsupported, subject,
                                   header.colourType == Palette
                                       ? "the palette has transparent entries: they are shown over black"
                                       : "one colour is declared transparent: it is shown as it is"});
    }
}

} // namespace

PngHeader pngHeader(std::span<const std::byte> bytes, const std::string& subject)
{
    PngHeader header = imageHeader(bytes, subject);
    checkLimits(header, "PNG", subject);
    bool data = false;
    std::uint64_t at = kSignatureBytes;
    while (const auto chunk = chunkAt(bytes, at)) {
        data = data || chunk->name == "IDAT";
        if (!chunk->critical()) {
            header.ancillary = true;
            noteChunk(bytes, *chunk, header, subject);
        }
        if (chunk->name == "IEND") {
            if (!data) {
                throw Error(ErrorCode::Malformed, subject, "this PNG file holds no image data");
            }
            return header;
        }
        at = chunk->end();
    }
    throw Error(ErrorCode::Malformed, subject, "this PNG file ends early: it is truncated");
}

std::vector<std::byte> withoutAncillaryChunks(std::span<const std::byte> bytes)
{
    std::vector<std::byte> result(bytes.begin(), bytes.begin() + kSignatureBytes);
    bool palette = false;
    std::uint64_t at = kSignatureBytes;
    while (const auto chunk = chunkAt(bytes, at)) {
        palette = palette || chunk->name == "PLTE";
        const bool paletteAlpha
            = chunk->name == "tRNS" && palette
              && ByteReader(bytes).u8(kSignatureBytes + 8 + 9) == static_cast<std::uint32_t>(Palette);
        if (chunk->critical() || paletteAlpha) {
            const auto part = bytes.subspan(at, kChunkOverhead + chunk->length);
            result.insert(result.end(), part.begin(), part.end());
        }
        if (chunk->name == "IEND") {
            break;
        }
        at = chunk->end();
    }
    return result;
}

image::Image readPng(std::span<const std::byte> bytes, const std::string& subject)
{
    const PngHeader header = pngHeader(bytes, subject);
    PngSamples samples = header.ancillary ? decodePng(withoutAncillaryChunks(bytes), header, subject)
                                          : decodePng(bytes, header, subject);
    const image::Image picture = pictureOf(static_cast<int>(header.width), static_cast<int>(header.height), samples.stored,
                                           header.bits == 16 ? image::PixelType::UInt16 : image::PixelType::UInt8,
                                           LastSample::Alpha, std::move(samples.bytes));
    return oriented(picture, header.orientation);
}

} // namespace diascope::formats
