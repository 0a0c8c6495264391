// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <optional>
#include <span>

namespace diascope::dataset {

/// One file of a source with what the source says about it, before any image is opened.
struct Entry {
    std::string id;
    std::filesystem::path file;
    std::string label;          ///< As written, without blanks at the ends.
    std::string group;          ///< Empty when the source does not say.
    std::optional<Role> role;
    std::optional<int> fold;
};

struct Listing {
    std::vector<Entry> entries;
    std::vector<base::Problem> problems;
    std::string groupedBy;      ///< Empty when the source names no groups.
    SourceReport report;
};

/// The rows of a CSV file. `pool` reads DICOM headers when names are no files. Throws Error{Plan} when a column is
/// missing or cannot be guessed.
[[nodiscard]] Listing listTable(const Source& source, decode::DecoderPool& pool, const std::stop_token& stop);
/// The files of a folder of class folders; folders named training, validation, testing, ... above the classes give the
/// parts.
/// A folder of images with one table beside them is that table. Throws Error{Plan|NotFound}.
[[nodiscard]] Listing listFolder(const Source& source, decode::DecoderPool& pool, const std::stop_token& stop);

/// Columns by their role, as indices into the header; -1 = none.
struct Columns {
    int image = -1, label = -1, group = -1, split = -1, fold = -1;
};
/// Finds named columns exactly (blanks at the ends and case aside), the others by the usual names ("img_IDs",
/// "Image_path", "target", "Plane", "patient_id", ...). `subject` names the table. Throws Error{Plan} with the header
/// and the nearest name.
[[nodiscard]] Columns findColumns(std::span<const std::string> header, const Source& source,
    const std::string& subject);

/// "train", "Training", "val", "testing", ...
[[nodiscard]] std::optional<Role> roleFromText(const std::string& text);

/// Label texts -> classes. Numbers of one value are one class ("1", "1.0", "1,0"). The inverse is Classes::indexOf.
class Classes {
public:
    explicit Classes(std::span<const std::string> labels);
    [[nodiscard]] const std::vector<std::string>& names() const { return m_names; }
    /// Index of a label that was among those given.
    [[nodiscard]] int indexOf(const std::string& label) const;

private:
    bool m_numeric = false;
    std::vector<std::string> m_names;
};

/// A stand-in for a DICOM PatientID that may be written down: "patient-" and 12 hexadecimal digits.
[[nodiscard]] std::string patientPseudonym(const std::string& patientId);

/// What pandas reads as "no value" (empty, "NaN", "NA", "null", ...), and infinite numbers, which are no class either.
[[nodiscard]] bool isMissingValue(const std::string& text);
[[nodiscard]] std::string trimmed(const std::string& text);
[[nodiscard]] std::string lowered(std::string text);

/// Notes, tables and program files beside images; they are passed over, not reported.
[[nodiscard]] bool isCompanion(const std::filesystem::path& path);

/// File-name endings of pictures, with the dot, in the order in which they are tried.
[[nodiscard]] std::span<const std::string> pictureEndings();

} // namespace diascope::dataset
