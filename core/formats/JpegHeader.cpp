// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/ByteReader.h"
#include "formats/Jpeg.h"
#include "formats/Orientation.h"

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

bool isFrameHeader(std::uint32_t marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Markers without a length: TEM and the restart markers.
bool standsAlone(std::uint32_t marker)
{
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

std::string processName(std::uint32_t marker)
{
    switch (marker) {
    case 0xC3:
    case 0xCB: return "lossless JPEG";
    case 0xC5:
    case 0xC6:
    case 0xC7:
    case 0xCD:
    case 0xCE:
    case 0xCF: return "hierarchical JPEG";
    default: return {};
    }
}

void readFrame(const ByteReader& reader, std::uint64_t at, std::uint32_t marker, JpegHeader& header,
               const std::string& subject)
{
    if (header.components != 0) {
        throw Error(ErrorCode::Malformed, subject, "this JPEG file has two frame headers");
    }
    if (const std::string process = processName(marker); !process.empty()) {
        throw Error(ErrorCode::Unsupported, subject, "this is " + process + ", which is not read outside DICOM");
    }
    const auto precision = reader.u8(at + 2);
    const auto height = reader.u16(at + 3);
    const auto width = reader.u16(at + 5);
    const auto components = reader.u8(at + 7);
    if (!precision || !height || !width || !components) {
        throw Error(ErrorCode::Malformed, subject, "this JPEG file ends within its frame header");
    }
    if (*precision != 8) {
        throw Error(ErrorCode::Unsupported, subject,
                    "this is a JPEG file of " + std::to_string(*precision)
                        + " bits a sample, which is not read outside DICOM");
    }
    if (*height == 0) {
        throw Error(ErrorCode::Unsupported, subject, "this JPEG file gives its height after the data (DNL)");
    }
    if (*components != 1 && *components != 3 && *components != 4) {
        throw Error(ErrorCode::Unsupported, subject,
                    "this JPEG file has " + std::to_string(*components) + " colour components");
    }
    header.width = *width;
    header.height = *height;
    header.components = static_cast<int>(*components);
    header.storedChannels = header.components;
    header.channels = header.components == 1 ? 1 : 3;
}

void readSegment(const ByteReader& reader, std::uint64_t at, std::uint32_t length, std::uint32_t marker,
                 JpegHeader& header, const std::string& subject)
{
    if (isFrameHeader(marker)) {
        readFrame(reader, at, marker, header, subject);
    } else if (marker == 0xE1 && reader.has(at + 2, std::string_view("Exif\0\0", 6)) && length >= 8) {
        header.orientation = exifOrientation(reader.part(at + 8, length - 8)).value_or(header.orientation);
    } else if (marker == 0xEE && reader.has(at + 2, "Adobe")) {
        header.adobe = true;
    }
}

} // namespace

JpegHeader jpegHeader(std::span<const std::byte> bytes, const std::string& subject)
{
    const ByteReader reader(bytes);
    JpegHeader header;
    header.lossy = true;
    header.lossyMethod = "JPEG";
    std::uint64_t at = 2;
    while (true) {
        // Bytes that are not a marker are skipped, as decoders do; each turn moves forward.
        while (reader.u8(at) && reader.u8(at) != 0xFFu) {
            ++at;
        }
        while (reader.u8(at) == 0xFFu) {
            ++at;
        }
        const auto marker = reader.u8(at);
        if (!marker || *marker == 0xD9) {
            throw Error(ErrorCode::Malformed, subject, "this JPEG file ends before its image data");
        }
        ++at;
        if (*marker == 0 || standsAlone(*marker)) {
            continue;
        }
        const auto length = reader.u16(at);
        if (!length || *length < 2 || reader.part(at, *length).empty()) {
            throw Error(ErrorCode::Malformed, subject, "this JPEG file ends within its header");
        }
        if (*marker == 0xDA) {
            break;
        }
        readSegment(reader, at, *length, *marker, header, subject);
        at += *length;
    }
    if (header.components == 0) {
        throw Error(ErrorCode::Malformed, subject, "this JPEG file has no frame header");
    }
    if (header.components == 4) {
        header.problems.push_back({ErrorCode::Unsupported, subject,
                                   "CMYK colours are converted without the colour profile of the file"});
    }
    checkLimits(header, "JPEG", subject);
    return header;
}

} // namespace diascope::formats
