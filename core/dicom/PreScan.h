// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "dicom/DataSet.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::dicom {

/// One fragment of encapsulated pixel data, as a range of the scanned bytes.
struct Fragment {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::size_t itemOffset = 0; ///< Of its item tag, counted from the first fragment's: what offset tables hold.
};

/// The outcome of the walk: where everything is, and what is odd.
struct Scan {
    ElementIndex index;
    std::vector<std::byte> inflated;   ///< Owns the bytes of a deflated data set; index.bytes points into it then.
    std::uint32_t dataSetBegin = 0;    ///< First entry after the file meta group.
    std::string transferSyntax;        ///< UID; the one that the bytes follow when the file names none.
    std::vector<std::byte> offsetTable;///< Value of the Basic Offset Table item.
    std::vector<Fragment> fragments;   ///< Of the pixel data of the root level, without the offset table.
    bool encapsulated = false;
    bool truncated = false;            ///< The bytes end before the structure does.
    std::vector<base::Problem> problems;

    [[nodiscard]] DataSet meta() const { return {&index, 0, dataSetBegin}; }
    [[nodiscard]] DataSet dataSet() const { return {&index, dataSetBegin, static_cast<std::uint32_t>(index.elements.size())}; }
};

/// Walks the structure of a DICOM file without recursion and without trust (safety.md rule 2): with or without preamble, meta group or
/// "DICM"; explicit and implicit, little and big endian, deflated. Every indexed range lies inside the bytes. Nesting, number of
/// elements, inflated size are bounded by Limits.h. `file` must outlive the scan.
/// Throws Error{Malformed} when it is not DICOM, Error{TooLarge} over a limit.
[[nodiscard]] Scan scanFile(std::span<const std::byte> file, const std::string& subject);

/// Adds a problem, at most kMaxProblems of them.
void addProblem(std::vector<base::Problem>& problems, const std::string& subject, std::string detail,
                base::ErrorCode code = base::ErrorCode::Malformed);

/// "(0028,0010)".
[[nodiscard]] std::string tagText(Tag tag);

} // namespace diascope::dicom
