// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// A new folder of files for other programs. Nothing that was there is touched, no name is used twice, and unless
/// keep() is called everything that was written is removed again, so that a full disk or a stop leaves no half of it.
class OutputFolder {
public:
    /// Makes nothing yet. Throws Error{Usage} when `folder` is there and is not an empty folder.
    explicit OutputFolder(std::filesystem::path folder);
    ~OutputFolder();
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    /// `stem` + `ending` below the sub-folder `inside` (empty: the folder itself), with what a file system may refuse
    /// replaced by "_", shortened, and "_2", "_3" … behind the stem where the name is taken (upper and lower case count
    /// as one). From one thread.
    [[nodiscard]] std::string reserve(const std::string& inside, const std::string& stem, const std::string& ending);
    /// A new file under a reserved name, its sub-folder made when missing. From any thread. Throws
    /// Error{DiskFull|Unreadable}.
    void write(const std::string& name, std::span<const std::byte> bytes);
    /// Everything is there: it stays.
    void keep() { m_kept = true; }

private:
    void makeFolders(const std::filesystem::path& folder);
    std::filesystem::path m_folder;
    std::set<std::string> m_names;                         ///< In lower case.
    std::mutex m_mutex;                                    ///< Guards the members below.
    std::vector<std::filesystem::path> m_files, m_folders; ///< Made by this object, in order.
    bool m_kept = false;
};

} // namespace diascope::pipeline
