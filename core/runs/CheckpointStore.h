// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::runs {

/// A checkpoint whose content has the hash it was written with.
struct LoadedCheckpoint {
    std::string bytes;
    std::filesystem::path file;
    int number = 0;      ///< Counts the checkpoints of a run from 1.
    bool newest = true;  ///< False: a newer one was damaged and passed over.
    std::string message; ///< For the log when it was not the newest: which one was damaged and which is used.
};

/// The folder checkpoints/ of a run. Each file is named <number>-<SHA-256>.checkpoint, so that name and content are put in place by
/// one rename and damage is seen whatever caused it. The last three are kept.
class CheckpointStore {
public:
    explicit CheckpointStore(std::filesystem::path folder);
    /// Writes atomically, then removes all but the last three. Throws as writeFileAtomically(); the older ones are then untouched.
    std::filesystem::path save(std::span<const std::byte> bytes) const;
    /// The newest whose hash matches; nothing when none was ever saved. Throws Error{Malformed} when every one is damaged.
    [[nodiscard]] std::optional<LoadedCheckpoint> newest() const;

private:
    struct Entry {
        int number = 0;
        std::string hash;
        std::filesystem::path file;
    };
    [[nodiscard]] std::vector<Entry> entries() const; ///< Newest first.
    std::filesystem::path m_folder;
};

} // namespace diascope::runs
