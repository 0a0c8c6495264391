// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/SystemFile.h"

#include <filesystem>
#include <string>

namespace diascope::runs {

/// Who holds a run folder, as its file `lock` says.
struct LockHolder {
    long pid = 0;
    std::string host;
    std::string since; ///< UTC, ISO 8601.
};

/// Holds a run folder against a second instance for as long as it lives. The operating system's own file lock
/// decides, so that a killed holder never blocks; the text in the file tells people who it is.
class RunLock {
public:
    /// Throws Error{Busy} naming process, host and time of the holder; Error{Unreadable|DiskFull} when it cannot be written.
    explicit RunLock(const std::filesystem::path& file);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    /// The dead holder whose lock was taken over, in words; empty when there was none.
    [[nodiscard]] const std::string& takenOver() const { return m_takenOver; }

private:
    std::filesystem::path m_file;
    base::Descriptor m_descriptor;
    std::string m_takenOver;
};

} // namespace diascope::runs
