// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/TiffDirectory.h"

#include "base/Error.h"

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

/// Value `index` of an entry of type BYTE, SHORT or LONG; lists longer than four bytes stand elsewhere in the file.
std::optional<std::uint32_t> valueOf(const ByteReader& reader, std::uint64_t entry, std::uint64_t index)
{
    const auto type = reader.u16(entry + 2);
    const auto count = reader.u32(entry + 4);
    if (!type || !count || index >= *count) {
        return std::nullopt;
    }
    const std::uint64_t width = *type == 4 ? 4 : *type == 3 ? 2 : *type == 1 ? 1 : 0;
    if (width == 0) {
        return std::nullopt;
    }
    std::optional<std::uint64_t> place = entry + 8;
    if (*count * width > 4) {
        place = reader.u32(entry + 8);
    }
    if (!place) {
        return std::nullopt;
    }
    const std::uint64_t at = *place + index * width;
    return width == 4 ? reader.u32(at) : width == 2 ? reader.u16(at) : reader.u8(at);
}

std::uint32_t* fieldOf(TiffDirectory& directory, std::uint32_t tag)
{
    switch (tag) {
    case 256: return &directory.width;
    case 257: return &directory.height;
    case 258: return &directory.bits;
    case 259: return &directory.compression;
    case 262: return &directory.photometric;
    case 274: return &directory.orientation;
    case 277: return &directory.samples;
    case 284: return &directory.planar;
    case 322: return &directory.tileWidth;
    case 323: return &directory.tileHeight;
    case 339: return &directory.sampleFormat;
    default: return nullptr;
    }
}

void take(const ByteReader& reader, std::uint64_t entry, std::uint32_t tag, TiffDirectory& directory)
{
    if (std::uint32_t* field = fieldOf(directory, tag)) {
        *field = valueOf(reader, entry, 0).value_or(*field);
    } else if (tag == 273 || tag == 324) {
        directory.offsetsEntry = entry;
    } else if (tag == 279 || tag == 325) {
        directory.countsEntry = entry;
    }
}

} // namespace

std::optional<TiffDirectory> tiffDirectoryAt(const ByteReader& reader, std::uint64_t at)
{
    const auto count = reader.u16(at);
    if (!count) {
        return std::nullopt;
    }
    TiffDirectory directory;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const std::uint64_t entry = at + 2 + 12 * i;
        const auto tag = reader.u16(entry);
        if (!tag || reader.part(entry, 12).empty()) {
            return std::nullopt;
        }
        take(reader, entry, *tag, directory);
    }
    const auto next = reader.u32(at + 2 + 12 * std::uint64_t{*count});
    if (!next) {
        return std::nullopt;
    }
    directory.next = *next;
    return directory;
}

void requireTiffData(const ByteReader& reader, const TiffDirectory& directory, const std::string& subject)
{
    const auto parts = directory.offsetsEntry == 0 ? std::nullopt : reader.u32(directory.offsetsEntry + 4);
    const auto counts = directory.countsEntry == 0 ? std::nullopt : reader.u32(directory.countsEntry + 4);
    // A single strip may come without its length; the codec then takes what is there.
    const bool oneOpenStrip = parts == 1u && !counts;
    if (!parts || (!oneOpenStrip && counts != parts)) {
        throw Error(ErrorCode::Malformed, subject, "this TIFF file does not say where its data are");
    }
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < *parts; ++i) {
        const auto offset = valueOf(reader, directory.offsetsEntry, i);
        const std::uint64_t rest = offset && *offset < reader.size() ? reader.size() - *offset : 0;
        const auto length = oneOpenStrip ? rest : valueOf(reader, directory.countsEntry, i).value_or(0);
        if (!offset || length == 0 || length > rest) {
            throw Error(ErrorCode::Malformed, subject, "this TIFF file is truncated: part of its data is missing");
        }
        total += length;
    }
    const std::uint64_t rowBytes = (std::uint64_t{directory.width} * directory.bits * directory.samples + 7) / 8;
    if (directory.compression == 1 && directory.photometric != 6 && total < rowBytes * directory.height) {
        throw Error(ErrorCode::Malformed, subject, "this TIFF file is truncated: it has too few data for its size");
    }
}

} // namespace diascope::formats
