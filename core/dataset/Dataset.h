// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Progress.h"
#include "dataset/Characteristics.h"
#include "dataset/Fixes.h"

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
    std::string id;             ///< Unique in its data set: the name in the table, or the path below the folder; "#3"
                                ///< for frame 3.
    std::filesystem::path file;
    int frame = 0;              ///< 0-based.
    int label = 0;              ///< Index into Dataset::classNames.
    std::string group;          ///< Samples of one group (a patient) are never split. Never logged: may identify a
                                ///< person.
    int characteristics = -1;   ///< Index into Dataset::characteristics; -1: the header says nothing, or there is none.
};

/// A way to tell patients apart by the file names, for a person to accept or not: a Source::groupPattern.
struct GroupSuggestion {
    std::string pattern;     ///< Empty: none was found.
    std::string reason;      ///< "frames of one video" and the like.
    int groups = 0;          ///< That it would make of the samples; names that do not match stay on their own.
    int matched = 0;         ///< Samples whose name matches.
};

/// How a source was understood, to be shown before anything is trained on it.
struct SourceReport {
    std::string kind;        ///< "table", "class folders", "training and testing folders", "pictures without labels".
    std::string table;       ///< File name of the table; empty without one.
    char delimiter = ',';
    struct Column {
        std::string role;    ///< "image", "label", "group", "split", "fold".
        std::string name;    ///< As the header has it.
        bool guessed = true; ///< Not named by the user.
    };
    std::vector<Column> columns;
    GroupSuggestion suggestion; ///< Only when the source itself knows no groups.
    /// One sentence a line for a person.
    [[nodiscard]] std::string text() const;
};

/// What a source holds. What is missing, unreadable or unlabelled is listed in `problems`, one entry each; nothing is
/// dropped silently.
struct Dataset {
    std::vector<Sample> samples;
    std::vector<std::string> classNames; ///< Sorted as scikit-learn's LabelEncoder sorts: numbers by value, texts by
                                         ///< code point.
    std::vector<base::Problem> problems;
    std::string groupedBy;               ///< "column X", "PatientID", "file name pattern", "file": where the groups
                                         ///< come from.
    std::vector<Role> givenRoles;        ///< One per sample when the source itself says the part; else empty.
    std::vector<int> givenFolds;         ///< One per sample, 0 or more, when the source has a column of folds; else
                                         ///< empty.
    /// One per sample once findDuplicates() has looked: samples of one number >= 0 show the same picture; -1 = no other
    /// shows it. Empty = nobody looked.
    std::vector<int> duplicateSets;
    std::vector<Characteristics> characteristics; ///< The different ones that the DICOM headers name; samples point to
                                                  ///< theirs. Manufacturers that differ in case are one.
    std::string fixed;                   ///< What Source::fixes did, one sentence; empty for nothing.
    SourceReport report;
    [[nodiscard]] std::vector<int> classCounts() const;
    /// Of a sample of this data set; empty ones where nothing is known.
    [[nodiscard]] const Characteristics& characteristicsOf(const Sample& sample) const;
};

/// Some of the samples, in the order of `samples`, with what is known of each: parts, folds, sets of duplicates. All else
/// stays as it is.
[[nodiscard]] Dataset partOf(const Dataset& data, const std::vector<std::size_t>& samples);

/// Where the data lie and what the columns mean. Empty column names are guessed from the header.
struct Source {
    /// CSV file; folder of class folders, also below training/testing folders; folder of images with one table beside
    /// them. A table may name images by file (extension, case, accents' encoding and kind of slash do not matter) or
    /// DICOM files by SOP instance, series, study or patient ID.
    std::filesystem::path path{};
    std::filesystem::path imageFolder{}; ///< Where a table's image names lie; empty = beside the table, else its
                                         ///< images/ sub-folder.
    std::string imageColumn{}, labelColumn{}, groupColumn{}, splitColumn{};
    std::string groupPattern{};          ///< Regular expression searched in the file name; its first group (else the
                                         ///< match) is the patient.
    std::string foldColumn{};            ///< Of a table: numbers 0, 1, …: Dataset::givenFolds.
    bool ignoreLabels = false;           ///< For prediction and self-supervised training: every picture, all of one
                                         ///< class "unlabelled".
    std::vector<Fix> fixes{};            ///< Applied while reading: who is left out, who carries another label, who belongs
                                         ///< together. Labels must be classes of the source. A sample that is not there is
                                         ///< a problem, not an error.
};

using ProgressFunction = std::function<void(const base::Progress&)>;

/// Reads the source. `pool` reads the headers (frames, DICOM PatientID).
/// Throws Error{NotFound|Unreadable|Malformed|Unsupported|Plan|Stopped} when there is no data set to speak of.
[[nodiscard]] Dataset readDataset(const Source& source, decode::DecoderPool& pool,
    const ProgressFunction& progress = {},
                                  std::stop_token stop = {});

} // namespace diascope::dataset
