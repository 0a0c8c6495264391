// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Pictures.h"

#include <cstdint>
#include <filesystem>

namespace diascope::dataset {
struct PixelStore;
}

namespace diascope::pipeline {

/// All rows of a store as the engine eats them, N,C,H,W over N,H,W,C memory: without a copy where they are in memory,
/// else read from the store's file when a batch is made. Keeps the pixels, or the file, alive.
[[nodiscard]] train::Pictures picturesOf(const dataset::PixelStore& store);

/// Where a store goes that does not fit into memory and for which the plan names no folder: `diascope/stores` in the
/// user's cache
/// ($XDG_CACHE_HOME, else ~/.cache, else the system's temporary folder). Shared by all runs; whoever wants the room may
/// delete it.
[[nodiscard]] std::filesystem::path cacheFolder();

} // namespace diascope::pipeline
