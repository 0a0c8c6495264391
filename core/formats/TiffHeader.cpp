// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/ByteReader.h"
#include "formats/Formats.h"
#include "formats/Tiff.h"
#include "formats/TiffDirectory.h"

#include <set>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kMaxPages = 10'000;

/// Unsigned up to 16 bits, signed greys of 16 and 32 bits, floating point of 32 and 64.
bool readableSamples(const TiffDirectory& page)
{
    switch (page.sampleFormat) {
    case 1: return page.bits == 1 || page.bits == 2 || page.bits == 4 || page.bits == 8 || page.bits == 16;
    case 2: return page.samples == 1 && (page.bits == 16 || page.bits == 32);
    case 3: return page.bits == 32 || page.bits == 64;
    default: return false;
    }
}

void refuseUnread(const TiffDirectory& page, const std::string& subject)
{
    const auto refuse = [&](const std::string& what) {
        throw Error(ErrorCode::Unsupported, subject, "this TIFF file has " + what);
    };
    if (!readableSamples(page)) {
        refuse("samples of a type that is not read (format " + std::to_string(page.sampleFormat) + ", "
               + std::to_string(page.bits) + " bits)");
    }
    if (page.samples < 1 || page.samples > 4 || page.samples == 2) {
        refuse(std::to_string(page.samples) + " samples a pixel");
    }
    if (page.planar == 2 && page.samples > 1 && page.bits > 8) {
        refuse("its colours in separate planes of " + std::to_string(page.bits) + " bits");
    }
    // 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr; all but the first three are converted from 8 bits.
    const bool shape = page.photometric <= 1 ? page.samples == 1 : page.photometric == 2 ? page.samples >= 3 : page.bits <= 8;
    if (page.photometric > 6 || page.photometric == 4 || !shape) {
        refuse("a colour space that is not read (photometric " + std::to_string(page.photometric) + ", "
               + std::to_string(page.samples) + " samples)");
    }
    const std::uint64_t tile = std::uint64_t{page.tileWidth} * page.tileHeight;
    if (page.tileWidth > 65536 || page.tileHeight > 65536 || tile * page.samples * 8 > kMaxDecodedBytes) {
        throw Error(ErrorCode::TooLarge, subject, "this TIFF file declares tiles that are too large");
    }
}

void describe(const TiffDirectory& page, TiffHeader& header, const std::string& subject)
{
    header.width = page.width;
    header.height = page.height;
    header.bits = page.bits > 8 ? static_cast<int>(page.bits) : 8;
    header.isSigned = page.sampleFormat != 1;
    header.isFloat = page.sampleFormat == 3;
    header.samples = static_cast<int>(page.samples);
    header.channels = page.photometric <= 1 ? 1 : 3;
    header.converted = page.bits < 8 || (page.bits == 8 && (page.photometric > 1 || page.samples > 1));
    header.storedChannels = header.converted ? 4 : header.samples;
    header.orientation = page.orientation >= 1 && page.orientation <= 8 ? static_cast<int>(page.orientation) : 1;
    header.lowestIsWhite = page.photometric == 0 && !header.converted;
    header.lossy = page.compression == 6 || page.compression == 7;
    header.lossyMethod = header.lossy ? "JPEG" : "";
    if (page.samples == 4 && page.photometric == 2) {
        header.problems.push_back(
            {ErrorCode::Unsupported, subject, "the picture has an alpha channel: transparent parts are shown over black"});
    }
}

} // namespace

TiffHeader tiffHeader(std::span<const std::byte> bytes, const std::string& subject)
{
    TiffHeader header;
    header.bigEndian = ByteReader(bytes).has(0, "MM");
    const ByteReader reader(bytes, header.bigEndian);
    std::uint32_t at = reader.u32(4).value_or(0);
    const auto first = at == 0 ? std::nullopt : tiffDirectoryAt(reader, at);
    if (!first) {
        throw Error(ErrorCode::Malformed, subject, "this TIFF file ends within its first directory");
    }
    refuseUnread(*first, subject);
    describe(*first, header, subject);
    checkLimits(header, "TIFF", subject);
    requireTiffData(reader, *first, subject);
    std::set<std::uint32_t> seen;
    while (at != 0) {
        const auto page = tiffDirectoryAt(reader, at);
        if (!page || !seen.insert(at).second || header.pages.size() == kMaxPages) {
            header.problems.push_back({ErrorCode::Malformed, subject, "the list of pages is damaged after page "
                                                                          + std::to_string(header.pages.size())});
            break;
        }
        if (!page->sameShape(*first)) {
            header.problems.push_back({ErrorCode::Unsupported, subject, "pages of another shape than the first, from page "
                                                                            + std::to_string(header.pages.size() + 1)
                                                                            + " on, are left out"});
            break;
        }
        header.pages.push_back(at);
        at = page->next;
    }
    header.frames = static_cast<int>(header.pages.size());
    return header;
}

} // namespace diascope::formats
