// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace diascope::decoder {

/// Steps of giving rights away, in the order in which main() takes them. Each degrades quietly where the system does
/// not have it; none can be undone.

/// Ends this process when the application's starting thread ends. False when the application is gone already.
[[nodiscard]] bool tieToParent(pid_t parent);
/// Out-of-memory score first, then: no new privileges, no core dump, memory beyond the present use, files, processor time.
void limitResources(std::size_t memoryBytes);
/// No file system and no network any more: files arrive as descriptors only (Landlock).
void closeFileSystem();
/// Allows only the system calls that decoding needs (seccomp).
void filterSystemCalls();

} // namespace diascope::decoder
