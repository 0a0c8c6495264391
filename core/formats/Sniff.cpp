// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/ByteReader.h"
#include "formats/Formats.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace diascope::formats {

namespace {

using namespace std::string_view_literals;

struct Signature {
    std::uint64_t at;
    std::string_view magic;
    const char* name;
};

constexpr std::array kForeign{
    Signature{0, "PK\3\4"sv, "a ZIP archive"},
    Signature{0, "PK\5\6"sv, "an empty ZIP archive"},
    Signature{0, "GIF8"sv, "a GIF picture"},
    Signature{8, "WEBP"sv, "a WebP picture"},
    Signature{8, "AVI "sv, "an AVI video"},
    Signature{0, "\xff\x0a"sv, "a JPEG XL picture"},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "a JPEG XL picture"},
    Signature{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, "a JPEG 2000 file"},
    Signature{0, "\xff\x4f\xff\x51"sv, "a bare JPEG 2000 code stream"},
    Signature{4, "ftypavif"sv, "an AVIF picture"},
    Signature{4, "ftyphei"sv, "a HEIF picture"},
    Signature{4, "ftypmif1"sv, "a HEIF picture"},
    Signature{4, "ftyp"sv, "an MP4 or QuickTime video"},
    Signature{0, "%PDF"sv, "a PDF document"},
    Signature{0, "%!PS"sv, "a PostScript document"},
    Signature{0, "\x1f\x8b"sv, "a gzip archive"},
    Signature{0, "BZh"sv, "a bzip2 archive"},
    Signature{0, "\xfd""7zXZ\0"sv, "an xz archive"},
    Signature{0, "\x28\xb5\x2f\xfd"sv, "a Zstandard archive"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive"},
    Signature{0, "Rar!"sv, "a RAR archive"},
    Signature{257, "ustar"sv, "a tar archive"},
    Signature{0, "\x7f""ELF"sv, "a program (ELF)"},
    Signature{0, "MZ"sv, "a Windows program"},
    Signature{0, "#!"sv, "a script"},
    Signature{0, "SQLite format 3"sv, "an SQLite database"},
    Signature{0, "\x89HDF"sv, "an HDF5 file"},
    Signature{0, "NRRD"sv, "an NRRD volume"},
    Signature{344, "n+1\0"sv, "a NIfTI volume"},
    Signature{0, "II+\0"sv, "a BigTIFF picture"},
    Signature{0, "MM\0+"sv, "a BigTIFF picture"},
    Signature{0, "8BPS"sv, "a Photoshop document"},
    Signature{0, "\0\0\1\0"sv, "a Windows icon"},
    Signature{0, "\x80\2"sv, "a Python pickle"},
};

/// HTML, SVG and XML are told by their first word, after white space and a byte order mark.
const char* markupKind(std::span<const std::byte> bytes)
{
    std::string head;
    for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 1024))) {
        head += static_cast<char>(std::tolower(std::to_integer<unsigned char>(b)));
    }
    if (head.starts_with("\xef\xbb\xbf")) {
        head.erase(0, 3);
    }
    head.erase(0, head.find_first_not_of(" \t\r\n"));
    if (head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<head")) {
        return "an HTML page";
    }
    const bool xml = head.starts_with("<?xml") || head.starts_with("<svg") || head.starts_with("<!--")
                     || head.starts_with("<!doctype");
    if (xml && head.find("<svg") != std::string::npos) {
        return "an SVG drawing";
    }
    return xml ? "an XML document" : nullptr;
}

} // namespace

std::optional<std::string> sniff(std::span<const std::byte> bytes)
{
    const ByteReader reader(bytes);
    // First, because a DICOM preamble may carry the first bytes of another format (PS3.10, 7.1).
    if (reader.has(128, "DICM")) {
        return "dicom";
    }
    if (reader.has(0, "\x89PNG\r\n\x1a\n")) {
        return "png";
    }
    if (reader.has(0, "\xff\xd8\xff")) {
        return "jpeg";
    }
    if (reader.has(0, "II*\0"sv) || reader.has(0, "MM\0*"sv)) {
        return "tiff";
    }
    // "BM" alone is too weak: the size of the second header must be one that exists.
    const auto dibSize = ByteReader(bytes, false).u32(14);
    constexpr std::array<std::uint32_t, 7> kDibSizes{12, 16, 40, 52, 56, 108, 124};
    if (reader.has(0, "BM") && dibSize
        && (std::find(kDibSizes.begin(), kDibSizes.end(), *dibSize) != kDibSizes.end() || *dibSize == 64)) {
        return "bmp";
    }
    return std::nullopt;
}

std::optional<std::string> foreignKind(std::span<const std::byte> bytes)
{
    const ByteReader reader(bytes);
    for (const Signature& signature : kForeign) {
        if (reader.has(signature.at, signature.magic)) {
            return signature.name;
        }
    }
    if (const char* markup = markupKind(bytes)) {
        return markup;
    }
    return std::nullopt;
}

} // namespace diascope::formats
