// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "image/Image.h"
#include "image/SourceInfo.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace diascope::dicom {

/// How one frame is wanted.
struct FrameOptions {
    bool rawPalette = false; ///< PALETTE COLOR as indices (one channel) instead of Rgb.
    int reduce = 0;          ///< Halve the size this many times (0..5) where the codec can (JPEG 2000, 8-bit JPEG).
};

/// Reads one DICOM file (Part 10, or a bare data set) of untrusted origin from memory. Our own bounded, iterative pre-scan indexes the
/// data set; libraries see single compressed frames only, after their markers and sizes were checked (safety.md F1-F4).
/// Not thread-safe; used in the decoder process and by writers' tests.
class Reader {
public:
    /// Scans the header; no pixel is decoded. `file` must outlive the reader; `subject` names the file in errors.
    /// Throws Error{Malformed|Unsupported|TooLarge}.
    [[nodiscard]] static std::unique_ptr<Reader> open(std::span<const std::byte> file, std::string subject);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// kind is "dicom", or "dicomdir" for a media directory; frames = 0 for objects without pixels (plans, reports).
    /// What cannot be read later (an unknown transfer syntax) is already listed in problems.
    [[nodiscard]] const image::SourceInfo& info() const;

    /// Decodes frame `index` (0-based); its cost does not depend on the number of frames. True colour comes as
    /// interleaved Rgb (UInt8, UInt16 or UInt32), PALETTE as Rgb unless rawPalette, monochrome as stored values, sign-extended.
    /// Throws Error{Usage|Unsupported|Malformed|TooLarge}; an object without pixels is Unsupported and is named.
    [[nodiscard]] image::Image frame(int index, const FrameOptions& options = {}) const;

    /// SHA-256 over all frames, as cli.md defines `pixelSha256`. Throws as frame().
    [[nodiscard]] std::string pixelSha256() const;

    /// The data set as a tree: an array of {"tag","vr","name","value"|"items"|"bytes"}; long values are cut and say so.
    [[nodiscard]] base::Json tags() const;

private:
    struct Private;
    explicit Reader(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

/// True when the bytes begin like DICOM: "DICM" at 128 or 0, or a bare data set of group 0002 or 0008 of any byte order.
/// Ask for real picture formats first: a bare data set has no signature.
[[nodiscard]] bool looksLikeDicom(std::span<const std::byte> head);

} // namespace diascope::dicom
