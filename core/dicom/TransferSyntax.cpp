// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/TransferSyntax.h"

#include "base/Error.h"

#include <array>

namespace diascope::dicom {

namespace {

#define DS_UID "1.2.840.10008.1.2"
constexpr TransferSyntax kTable[] = {
    {DS_UID, "Implicit VR Little Endian", Codec::Native},
    {DS_UID ".1", "Explicit VR Little Endian", Codec::Native},
    {DS_UID ".1.99", "Deflated Explicit VR Little Endian", Codec::Native},
    {DS_UID ".2", "Explicit VR Big Endian", Codec::Native},
    {DS_UID ".4.50", "JPEG Baseline", Codec::Jpeg, true},
    {DS_UID ".4.51", "JPEG Extended", Codec::Jpeg, true},
    {DS_UID ".4.53", "JPEG Spectral Selection", Codec::Jpeg, true},
    {DS_UID ".4.55", "JPEG Full Progression", Codec::Jpeg, true},
    {DS_UID ".4.57", "JPEG Lossless", Codec::Jpeg},
    {DS_UID ".4.70", "JPEG Lossless, First-Order Prediction", Codec::Jpeg},
    {DS_UID ".4.80", "JPEG-LS Lossless", Codec::JpegLs},
    {DS_UID ".4.81", "JPEG-LS Near-Lossless", Codec::JpegLs, false, true},
    {DS_UID ".4.90", "JPEG 2000 Lossless", Codec::Jpeg2000},
    {DS_UID ".4.91", "JPEG 2000", Codec::Jpeg2000, false, true},
    {DS_UID ".4.201", "HTJ2K Lossless", Codec::Jpeg2000},
    {DS_UID ".4.202", "HTJ2K Lossless RPCL", Codec::Jpeg2000},
    {DS_UID ".4.203", "HTJ2K", Codec::Jpeg2000, false, true},
    {DS_UID ".5", "RLE Lossless", Codec::Rle},
    {DS_UID ".8.1", "Deflated Image Frame Compression", Codec::DeflatedFrames},
    {DS_UID ".4.52", "JPEG Extended, arithmetic (retired)"},
    {DS_UID ".4.54", "JPEG Spectral Selection, arithmetic (retired)"},
    {DS_UID ".4.56", "JPEG Full Progression, arithmetic (retired)"},
    {DS_UID ".4.58", "JPEG Lossless, arithmetic (retired)"},
    {DS_UID ".4.59", "JPEG Extended, hierarchical (retired)"},
    {DS_UID ".4.60", "JPEG Extended, hierarchical (retired)"},
    {DS_UID ".4.61", "JPEG Spectral Selection, hierarchical (retired)"},
    {DS_UID ".4.62", "JPEG Spectral Selection, hierarchical (retired)"},
    {DS_UID ".4.63", "JPEG Full Progression, hierarchical (retired)"},
    {DS_UID ".4.64", "JPEG Full Progression, hierarchical (retired)"},
    {DS_UID ".4.65", "JPEG Lossless, hierarchical (retired)"},
    {DS_UID ".4.66", "JPEG Lossless, hierarchical (retired)"},
    {DS_UID ".4.92", "JPEG 2000 Part 2 Lossless"},
    {DS_UID ".4.93", "JPEG 2000 Part 2"},
    {DS_UID ".4.94", "JPIP Referenced"},
    {DS_UID ".4.95", "JPIP Referenced Deflate"},
    {DS_UID ".4.100", "MPEG-2 Main Profile"},
    {DS_UID ".4.100.1", "MPEG-2 Main Profile, fragmentable"},
    {DS_UID ".4.101", "MPEG-2 High Level"},
    {DS_UID ".4.101.1", "MPEG-2 High Level, fragmentable"},
    {DS_UID ".4.102", "MPEG-4 High Profile"},
    {DS_UID ".4.102.1", "MPEG-4 High Profile, fragmentable"},
    {DS_UID ".4.103", "MPEG-4 BD-compatible"},
    {DS_UID ".4.103.1", "MPEG-4 BD-compatible, fragmentable"},
    {DS_UID ".4.104", "MPEG-4 High Profile 4.2 for 2D video"},
    {DS_UID ".4.104.1", "MPEG-4 High Profile 4.2 for 2D video, fragmentable"},
    {DS_UID ".4.105", "MPEG-4 High Profile 4.2 for 3D video"},
    {DS_UID ".4.105.1", "MPEG-4 High Profile 4.2 for 3D video, fragmentable"},
    {DS_UID ".4.106", "MPEG-4 Stereo High Profile"},
    {DS_UID ".4.106.1", "MPEG-4 Stereo High Profile, fragmentable"},
    {DS_UID ".4.107", "HEVC Main Profile"},
    {DS_UID ".4.108", "HEVC Main 10 Profile"},
    {DS_UID ".4.110", "JPEG XL Lossless"},
    {DS_UID ".4.111", "JPEG XL JPEG Recompression"},
    {DS_UID ".4.112", "JPEG XL"},
    {DS_UID ".4.204", "JPIP HTJ2K Referenced"},
    {DS_UID ".4.205", "JPIP HTJ2K Referenced Deflate"},
    {DS_UID ".6.1", "RFC 2557 MIME Encapsulation"},
    {DS_UID ".6.2", "XML Encoding"},
    {DS_UID ".7.1", "SMPTE ST 2110-20 Uncompressed Progressive Video"},
    {DS_UID ".7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Video"},
    {DS_UID ".7.3", "SMPTE ST 2110-30 PCM Audio"},
    {"1.2.840.113619.5.2", "GE Private Implicit VR Big Endian"},
    {"1.2.826.0.1.3680043.2.494.1.1", "Papyrus 3 Implicit VR Little Endian", Codec::Native},
};
#undef DS_UID

} // namespace

TransferSyntax transferSyntax(std::string_view uid)
{
    for (const TransferSyntax& entry : kTable) {
        if (entry.uid == uid) {
            return entry;
        }
    }
    return {uid, {}, Codec::Unsupported};
}

std::string describeTransferSyntax(std::string_view uid)
{
    const TransferSyntax entry = transferSyntax(uid);
    if (entry.name.empty()) {
        return "unknown transfer syntax " + base::visibleText(uid.substr(0, 64));
    }
    return std::string(entry.name) + " (" + std::string(uid) + ")";
}

} // namespace diascope::dicom
