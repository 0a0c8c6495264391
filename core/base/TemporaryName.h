// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace diascope::base {

/// A name for a temporary file that no other process and no other call uses: host, process, a token of this
/// process's life and a running number. Holds nothing of the target's name, which may be a patient's (safety rule 10).
[[nodiscard]] std::string temporaryName();

/// True for a temporary file whose writer is gone: its process on this host is dead, the process number was given to
/// another program since, or the file is over a day old. False for every other name.
[[nodiscard]] bool isStaleTemporary(const std::filesystem::path& file);

/// This computer's name, and whether a process of this computer is alive.
[[nodiscard]] std::string hostName();
[[nodiscard]] bool isProcessAlive(long pid);

} // namespace diascope::base
