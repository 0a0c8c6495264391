// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "dicom/PreScan.h"

#include <string>
#include <vector>

namespace diascope::dicom {

/// The data set as Reader::tags() documents it.
[[nodiscard]] base::Json tagsAsJson(const Scan& scan, const std::vector<std::string>& charsets);

/// What an object without pixels is, in words, by its SOP class: "a radiotherapy plan".
[[nodiscard]] std::string objectKind(const std::string& sopClassUid);

} // namespace diascope::dicom
