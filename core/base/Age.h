// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace diascope::base {

/// Years of a DICOM age string ("045Y", "006M", "010W", "030D": PS3.5 section 6.2, VR AS) or of a plain number; nothing
/// for other texts.
[[nodiscard]] std::optional<double> yearsOfAge(std::string_view text);

/// Completed years between two days written as DICOM dates ("19700131", or with dots as ACR-NEMA had them: PS3.5 VR
/// DA). Nothing where one of them is no day, or the second is before the first.
[[nodiscard]] std::optional<int> completedYears(std::string_view birth, std::string_view day);

/// "0-17", "18-39", "40-64", "65-79", "80+"; nothing outside 0 to 150 years. 65 begins old age as ICH E7 has it.
[[nodiscard]] std::optional<std::string> ageBand(double years);

} // namespace diascope::base
