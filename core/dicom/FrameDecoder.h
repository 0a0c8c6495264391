// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Hash.h"
#include "dicom/Codecs.h"
#include "dicom/FrameIndex.h"
#include "dicom/PixelHeader.h"
#include "dicom/PreScan.h"
#include "dicom/TransferSyntax.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace diascope::dicom {

/// One frame before any table: containers of BitsAllocated bits, little endian, colour as interleaved RGB, 1-bit data packed.
/// Bits outside the stored ones are as the file has them until completeValues().
struct StoredFrame {
    int width = 0, height = 0, channels = 1;
    int bitsStored = 8;
    int highBit = 7;
    std::vector<std::byte> samples;
};

/// Finds and decodes single frames of a scanned file.
class FrameDecoder {
public:
    /// `scan` and `header` must outlive it. Settles which codec the bytes need and how many frames have data; what is odd goes to
    /// scan.problems, what makes decoding impossible to header.refusal.
    FrameDecoder(Scan& scan, PixelHeader& header, std::string subject);

    /// Frames that can be shown: at least 1 when there are pixels.
    [[nodiscard]] std::int64_t frames() const { return m_frames; }
    /// Throws as Reader::frame().
    [[nodiscard]] StoredFrame decode(std::int64_t frame, int reduce) const;
    /// Removes the bits outside the stored ones and extends the sign.
    void completeValues(StoredFrame& frame) const;
    /// Feeds all frames to `hash` as cli.md defines pixelSha256.
    void hashAll(base::Sha256& hash) const;

private:
    void chooseCodec(const Element* pixels);
    void adoptContents();
    void prepareNative(const Element& pixels);
    void prepareFragments();
    void refuse(base::ErrorCode code, std::string why);
    void throwIfRefused() const;
    /// Uncompressed bytes [offset, offset + length) in little endian.
    [[nodiscard]] std::vector<std::byte> nativeBytes(std::uint64_t offset, std::uint64_t length) const;
    [[nodiscard]] StoredFrame decodeNative(std::int64_t frame) const;
    [[nodiscard]] StoredFrame decodeCompressed(std::int64_t frame, int reduce) const;
    [[nodiscard]] StoredFrame fromPlain(std::vector<std::byte> bytes) const;
    [[nodiscard]] CodecOutput runCodec(const CodecInput& input) const;
    /// The bytes of one compressed frame; `joined` holds them when they are in several fragments.
    [[nodiscard]] std::span<const std::byte> frameBytes(std::int64_t frame, std::vector<std::byte>& joined) const;

    Scan& m_scan;
    PixelHeader& m_header;
    std::string m_subject;
    Codec m_codec = Codec::Native;
    const Element* m_pixels = nullptr;
    FrameIndex m_index;
    std::int64_t m_frames = 0;
    bool m_subsampled = false; ///< Uncompressed 4:2:2.
};

} // namespace diascope::dicom
