// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace diascope::dicom {

/// What turns the bytes of a frame into pixels.
enum class Codec { Native, Jpeg, JpegLs, Jpeg2000, Rle, DeflatedFrames, Unsupported };

/// What we know of a transfer syntax (PS3.6 annex A).
struct TransferSyntax {
    std::string_view uid;
    std::string_view name;
    Codec codec = Codec::Unsupported;
    bool lossy = false;      ///< The compression loses information whatever the data set says.
    bool maybeLossy = false; ///< It may; the data set tells.
};

/// The entry of `uid`; for an unknown one, codec Unsupported and an empty name.
[[nodiscard]] TransferSyntax transferSyntax(std::string_view uid);

/// "JPEG XL Lossless (1.2.840.10008.1.2.4.110)", or "unknown transfer syntax 1.2.3".
[[nodiscard]] std::string describeTransferSyntax(std::string_view uid);

} // namespace diascope::dicom
