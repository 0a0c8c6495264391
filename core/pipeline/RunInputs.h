// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"
#include "dataset/Dataset.h"
#include "pipeline/Plan.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// The files that a run's data came from, as inputs.csv of its folder lists them: `file,bytes,md5`, absolute paths, in the order of their names. A file that is
/// gone has an empty md5. Tables: the table, and the pictures that were found through it. Folders: every file below, but for hidden ones and run folders.
struct RunInputs {
    struct File {
        std::string path, bytes, md5;
        bool operator==(const File&) const = default;
    };
    std::vector<File> files;

    [[nodiscard]] std::string csv() const;
    /// Of a table that was read back.
    [[nodiscard]] static RunInputs fromTable(const base::CsvTable& table);
};

/// Reads every file whole. Throws Error{Unreadable|Stopped}.
[[nodiscard]] RunInputs inputsOf(const Plan& plan, const dataset::Dataset& data, const std::stop_token& stop);
/// The same files again, with those that have come into a folder since.
[[nodiscard]] RunInputs inputsNow(const Plan& plan, const RunInputs& before, const std::stop_token& stop);
/// Names of the files that differ, without their folders: changed, gone or come.
[[nodiscard]] std::vector<std::string> changedFiles(const RunInputs& before, const RunInputs& now);

} // namespace diascope::pipeline
