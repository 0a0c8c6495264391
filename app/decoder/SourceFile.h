// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "decode/DecoderPool.h"
#include "image/Image.h"
#include "image/SourceInfo.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace diascope::decoder {

/// A file of any kind that is read here, parsed once and asked often.
class SourceFile {
public:
    virtual ~SourceFile() = default;
    [[nodiscard]] virtual image::SourceInfo info() const = 0;
    [[nodiscard]] virtual image::Image frame(const decode::FrameOptions& options) const = 0;
    [[nodiscard]] virtual std::string pixelSha256() const = 0;
    [[nodiscard]] virtual base::Json tags() const = 0;
};

/// Finds the kind by content: pictures first, then what we name and refuse, then DICOM (which may lack a signature).
/// `bytes` must outlive the result. Throws base::Error.
[[nodiscard]] std::unique_ptr<SourceFile> openSource(std::span<const std::byte> bytes, const std::string& subject);

} // namespace diascope::decoder
