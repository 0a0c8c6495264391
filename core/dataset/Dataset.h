// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Progress.h"

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::dataset {

/// Which part of an experiment a sample belongs to.
enum class Role { Train, Validation, Test };
[[nodiscard]] std::string_view name(Role role); ///< "train", "validation", "test".

/// One labelled picture: a file, or one frame of a multi-frame file.
struct Sample {
    std::string id;             ///< Unique in its data set: the name in the table, or the path below the folder; "#3" for frame 3.
    std::filesystem::path file;
    int frame = 0;              ///< 0-based.
    int label = 0;              ///< Index into Dataset::classNames.
    std::string group;          ///< Samples of one group (a patient) are never split. Never logged: may identify a person.
};

/// What a source holds. What is missing, unreadable or unlabelled is listed in `problems`, one entry each; nothing is dropped silently.
struct Dataset {
    std::vector<Sample> samples;
    std::vector<std::string> classNames; ///< Sorted as scikit-learn's LabelEncoder sorts: numbers by value, texts by code point.
    std::vector<base::Problem> problems;
    std::string groupedBy;               ///< "column X", "PatientID", "file name pattern", "file": where the groups come from.
    std::vector<Role> givenRoles;        ///< One per sample when the source itself says the part; else empty.
    [[nodiscard]] std::vector<int> classCounts() const;
};

/// Where the data lie and what the columns mean. Empty column names are guessed from the header.
struct Source {
    std::filesystem::path path{};        ///< CSV file, folder of class folders, or folder of DICOM files together with `labelTable`.
    std::filesystem::path imageFolder{}; ///< Where a table's image names lie; empty = beside the table, else its images/ sub-folder.
    std::string imageColumn{}, labelColumn{}, groupColumn{}, splitColumn{};
    std::string groupPattern{};          ///< Regular expression searched in the file name; its first group (else the match) is the patient.
};

using ProgressFunction = std::function<void(const base::Progress&)>;

/// Reads the source. `pool` reads the headers (frames, DICOM PatientID).
/// Throws Error{NotFound|Unreadable|Malformed|Unsupported|Plan|Stopped} when there is no data set to speak of.
[[nodiscard]] Dataset readDataset(const Source& source, decode::DecoderPool& pool, const ProgressFunction& progress = {},
                                  std::stop_token stop = {});

} // namespace diascope::dataset
