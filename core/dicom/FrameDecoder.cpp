// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/FrameDecoder.h"

#include "dicom/Inflate.h"
#include "dicom/JpegMarkers.h"
#include "dicom/Limits.h"
#include "dicom/Samples.h"

#include <algorithm>
#include <optional>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

/// The codec that the first bytes of a frame belong to; nothing when they have no signature.
std::optional<Codec> sniffCodec(std::span<const std::byte> data)
{
    if (data.size() < 12) {
        return std::nullopt;
    }
    const std::uint32_t head = read32(data.data(), true);
    if (head == 0xFF4FFF51 || (head == 12 && read32(data.data() + 4, true) == 0x6A502020)) {
        return Codec::Jpeg2000;
    }
    if ((head >> 8) == 0xFFD8FF) {
        return readJpegMarkers(data).process == JpegMarkers::Process::JpegLs ? Codec::JpegLs : Codec::Jpeg;
    }
    return std::nullopt;
}

bool hasSignature(Codec codec)
{
    return codec == Codec::Jpeg || codec == Codec::JpegLs || codec == Codec::Jpeg2000;
}

/// Size of the units whose bytes a big-endian writer reversed.
std::size_t swapUnit(const Element& pixels, const PixelHeader& header)
{
    if (!pixels.bigEndian) {
        return 1;
    }
    switch (pixels.vr) {
    case vr("OW"): return 2; // Also for 32-bit samples: PS3.5 annex A.3 swaps words.
    case vr("OF"): case vr("OL"): return 4;
    case vr("OD"): case vr("OV"): return 8;
    default: return header.bitsAllocated >= 16 ? static_cast<std::size_t>(header.bitsAllocated / 8) : 1;
    }
}

} // namespace

FrameDecoder::FrameDecoder(Scan& scan, PixelHeader& header, std::string subject)
    : m_scan(scan), m_header(header), m_subject(std::move(subject))
{
    if (!header.present) {
        return;
    }
    m_frames = 1;
    const DataSet data = scan.dataSet();
    for (const Tag tag : {0x7FE00010u, 0x7FE00008u, 0x7FE00009u}) {
        if (m_pixels == nullptr) {
            m_pixels = data.find(tag);
        }
    }
    chooseCodec(m_pixels);
    if (m_codec == Codec::Native) {
        prepareNative(*m_pixels);
    } else if (m_codec != Codec::Unsupported) {
        prepareFragments();
    }
}

void FrameDecoder::refuse(ErrorCode code, std::string why)
{
    if (m_header.refusal.empty()) {
        m_header.refusal = std::move(why);
        m_header.refusalCode = code;
    }
}

void FrameDecoder::throwIfRefused() const
{
    if (!m_header.refusal.empty()) {
        throw Error(m_header.refusalCode, m_subject, m_header.refusal);
    }
}

void FrameDecoder::chooseCodec(const Element* pixels)
{
    const TransferSyntax syntax = transferSyntax(m_scan.transferSyntax);
    m_codec = syntax.codec;
    const bool unknown = syntax.name.empty();
    if (!m_scan.encapsulated) {
        const std::uint64_t needed = (m_header.storedBits() + 7) / 8;
        if (m_codec == Codec::Native || pixels->length >= needed) {
            if (m_codec != Codec::Native && !unknown) {
                addProblem(m_scan.problems, m_subject, "the pixel data is not compressed although the transfer syntax is " + std::string(syntax.name));
            }
            m_codec = unknown || syntax.codec == Codec::Unsupported ? Codec::Unsupported : Codec::Native;
        } else if (m_codec != Codec::Unsupported) {
            addProblem(m_scan.problems, m_subject, "the compressed pixel data is not in fragments");
            m_scan.fragments = {{pixels->offset, pixels->length, 0}};
        }
    }
    if (m_codec == Codec::Unsupported) {
        m_frames = std::clamp<std::int64_t>(static_cast<std::int64_t>(m_scan.fragments.size()), 1, m_header.frames);
        refuse(ErrorCode::Unsupported, "compressed as " + describeTransferSyntax(m_scan.transferSyntax) + ", which is not read");
        return;
    }
    if (m_codec != Codec::Native || m_scan.encapsulated) {
        adoptContents();
    }
}

void FrameDecoder::adoptContents()
{
    if (m_scan.fragments.empty()) {
        return;
    }
    const Fragment& first = m_scan.fragments.front();
    const auto found = sniffCodec(m_scan.index.bytes.subspan(first.offset, first.length));
    const bool checkable = hasSignature(m_codec) || m_codec == Codec::Native;
    if (found && checkable && *found != m_codec) {
        addProblem(m_scan.problems, m_subject, "the pixel data is compressed in another way than the transfer syntax says; it is read as it is");
        m_codec = *found;
    } else if (m_codec == Codec::Native) {
        refuse(ErrorCode::Malformed, "pixel data in fragments of an unknown kind under an uncompressed transfer syntax");
    }
}

void FrameDecoder::prepareNative(const Element& pixels)
{
    const std::uint64_t frameBits = m_header.storedBits();
    const std::uint64_t fullBits = m_header.pixels() * static_cast<std::uint64_t>(m_header.samples * m_header.bitsAllocated);
    const std::uint64_t bits = std::uint64_t{pixels.length} * 8;
    const auto declared = static_cast<std::uint64_t>(m_header.frames);
    if (!m_header.refusal.empty() || frameBits == 0) {
        return;
    }
    // Some writers declare 4:2:2 and store every sample.
    m_subsampled = frameBits < fullBits && bits / fullBits < declared;
    const std::uint64_t unit = m_subsampled ? frameBits : fullBits;
    const std::uint64_t whole = bits / unit;
    const std::uint64_t rest = bits % unit;
    if (whole >= declared) {
        m_frames = m_header.frames;
        return;
    }
    // A last frame of which at least half is there is shown, the missing part black and marked.
    const std::uint64_t shown = whole + (rest * 2 >= unit ? 1 : 0);
    if (shown == 0) {
        refuse(ErrorCode::Malformed, "the pixel data has " + std::to_string(pixels.length) + " bytes; one frame needs "
                                         + std::to_string((unit + 7) / 8));
        return;
    }
    addProblem(m_scan.problems, m_subject,
               "image incomplete: " + std::to_string(pixels.length) + " bytes of pixel data hold " + std::to_string(whole)
                   + " whole frames of " + std::to_string(declared));
    m_frames = static_cast<std::int64_t>(shown);
}

void FrameDecoder::prepareFragments()
{
    m_index = FrameIndex(m_scan, m_header.frames);
    if (m_index.size() == 0) {
        refuse(ErrorCode::Malformed, "the compressed pixel data has no fragments");
        return;
    }
    if (m_index.size() < m_header.frames) {
        addProblem(m_scan.problems, m_subject, "image incomplete: " + std::to_string(m_index.size()) + " of "
                                                   + std::to_string(m_header.frames) + " frames are there");
    }
    m_frames = m_index.size();
    if (m_header.bitsAllocated == 1 && hasSignature(m_codec)) {
        refuse(ErrorCode::Unsupported, "1-bit data in a compression for grey values");
    }
    if (m_codec == Codec::Jpeg || m_codec == Codec::JpegLs) {
        std::vector<std::byte> joined;
        if (!readJpegMarkers(frameBytes(m_frames - 1, joined)).complete) {
            addProblem(m_scan.problems, m_subject, "image incomplete: the JPEG stream of the last frame has no end");
        }
    }
}

std::vector<std::byte> FrameDecoder::nativeBytes(std::uint64_t offset, std::uint64_t length) const
{
    const std::size_t unit = swapUnit(*m_pixels, m_header);
    const std::uint64_t begin = offset / unit * unit;
    const std::uint64_t available = m_pixels->length;
    const std::uint64_t end = std::min(available, (offset + length + unit - 1) / unit * unit);
    std::vector<std::byte> bytes;
    if (begin < end) {
        const auto part = m_scan.index.bytes.subspan(m_pixels->offset + begin, end - begin);
        bytes.assign(part.begin(), part.end());
    }
    swapUnits(bytes, unit);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset - begin, bytes.size())));
    bytes.resize(length, std::byte{0});
    return bytes;
}

StoredFrame FrameDecoder::decodeNative(std::int64_t frame) const
{
    const auto number = static_cast<std::uint64_t>(frame);
    const std::uint64_t bits =
        m_subsampled ? m_header.storedBits()
                     : m_header.pixels() * static_cast<std::uint64_t>(m_header.samples * m_header.bitsAllocated);
    if (m_header.bitsAllocated == 1) {
        // Frames of 1-bit data follow each other without padding.
        const std::uint64_t firstBit = number * bits;
        const auto bytes = nativeBytes(firstBit / 8, (firstBit % 8 + bits + 7) / 8);
        StoredFrame out{m_header.columns, m_header.rows, 1, 1, 0, std::vector<std::byte>((bits + 7) / 8, std::byte{0})};
        for (std::uint64_t i = 0; i < bits; ++i) {
            const std::uint64_t from = firstBit % 8 + i;
            out.samples[i / 8] |= ((bytes[from / 8] >> (from % 8)) & std::byte{1}) << (i % 8);
        }
        return out;
    }
    std::vector<std::byte> bytes = nativeBytes(number * bits / 8, bits / 8);
    if (m_subsampled) {
        bytes = expand422(bytes, m_header.rows, m_header.columns, m_header.bitsAllocated / 8);
    } else if (m_header.planar) {
        bytes = interleavePlanes(bytes, m_header.bitsAllocated / 8);
    }
    return fromPlain(std::move(bytes));
}

/// Interleaved containers as declared to the stored frame.
StoredFrame FrameDecoder::fromPlain(std::vector<std::byte> bytes) const
{
    const int width = m_header.bitsAllocated / 8;
    if (m_header.samples == 3) {
        const ColourModel colour = m_header.colour;
        if (colour == ColourModel::YbrFull || colour == ColourModel::YbrFull422 || colour == ColourModel::YbrPartial) {
            ybrToRgb(bytes, width, m_header.bitsStored, colour == ColourModel::YbrPartial);
        }
    }
    return {m_header.columns, m_header.rows, m_header.samples, m_header.bitsStored, m_header.highBit, std::move(bytes)};
}

void FrameDecoder::completeValues(StoredFrame& frame) const
{
    const int width = m_header.bitsAllocated / 8;
    if (!m_header.isFloat && width > 0) {
        normaliseSamples(frame.samples, width, frame.bitsStored, frame.highBit, m_header.isSigned);
    }
}

std::span<const std::byte> FrameDecoder::frameBytes(std::int64_t frame, std::vector<std::byte>& joined) const
{
    const auto fragments = m_index.fragments(frame);
    if (fragments.size() == 1) {
        return m_scan.index.bytes.subspan(fragments[0].offset, fragments[0].length);
    }
    for (const Fragment& fragment : fragments) {
        const auto part = m_scan.index.bytes.subspan(fragment.offset, fragment.length);
        joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
}

CodecOutput FrameDecoder::runCodec(const CodecInput& input) const
{
    switch (m_codec) {
    case Codec::Jpeg: return decodeJpeg(input);
    case Codec::JpegLs: return decodeJpegLs(input);
    case Codec::Jpeg2000: return decodeJpeg2000(input);
    case Codec::Rle: return decodeRle(input);
    default: throw Error(ErrorCode::Internal, m_subject, "no codec was chosen");
    }
}

StoredFrame FrameDecoder::decodeCompressed(std::int64_t frame, int reduce) const
{
    std::vector<std::byte> joined;
    const auto data = frameBytes(frame, joined);
    if (m_codec == Codec::DeflatedFrames) {
        Inflated inflated = inflateBytes(data, m_header.frameBytes() + 16);
        if (inflated.end == Inflated::End::Damaged || inflated.bytes.size() * 2 < m_header.frameBytes()) {
            throw Error(ErrorCode::Malformed, m_subject, "the deflated frame is damaged or too short");
        }
        inflated.bytes.resize(m_header.frameBytes(), std::byte{0});
        if (m_header.planar) {
            inflated.bytes = interleavePlanes(inflated.bytes, m_header.bitsAllocated / 8);
        }
        return fromPlain(std::move(inflated.bytes));
    }
    CodecOutput out = runCodec({data, m_header, m_subject, reduce});
    const int width = std::max(1, m_header.bitsAllocated / 8);
    if (out.bytesPerSample > width) {
        throw Error(ErrorCode::Malformed, m_subject,
                    std::to_string(out.precision) + "-bit samples do not fit the " + std::to_string(m_header.bitsAllocated) + " bits allocated");
    }
    if (out.bytesPerSample < width) {
        out.samples = widenSamples(out.samples, out.bytesPerSample, width);
    }
    // A codec knows how many bits it coded; plain containers follow the data set.
    const bool plain = m_codec == Codec::Rle;
    const int bits = plain ? m_header.bitsStored : std::min(std::max(m_header.bitsStored, out.precision), 8 * width);
    StoredFrame stored{out.width, out.height, out.channels, bits, plain ? m_header.highBit : bits - 1, {}};
    if (out.channels == 3 && out.colour != CodecOutput::Colour::Rgb) {
        const ColourModel colour = m_header.colour;
        const bool declared = colour == ColourModel::YbrFull || colour == ColourModel::YbrFull422 || colour == ColourModel::YbrPartial;
        if (declared || out.colour == CodecOutput::Colour::Ybr) {
            ybrToRgb(out.samples, width, bits, declared && colour == ColourModel::YbrPartial);
        }
    }
    stored.samples = std::move(out.samples);
    return stored;
}

StoredFrame FrameDecoder::decode(std::int64_t frame, int reduce) const
{
    throwIfRefused();
    if (frame < 0 || frame >= m_frames) {
        throw Error(ErrorCode::Usage, m_subject,
                    "frame " + std::to_string(frame) + " was asked for; there are " + std::to_string(m_frames));
    }
    return m_codec == Codec::Native ? decodeNative(frame) : decodeCompressed(frame, reduce);
}

void FrameDecoder::hashAll(base::Sha256& hash) const
{
    throwIfRefused();
    if (m_codec == Codec::Native && m_header.bitsAllocated == 1) {
        hash.update(nativeBytes(0, (m_header.pixels() * static_cast<std::uint64_t>(m_frames) + 7) / 8));
        return;
    }
    for (std::int64_t frame = 0; frame < m_frames; ++frame) {
        hash.update(decode(frame, 0).samples);
    }
}

} // namespace diascope::dicom
