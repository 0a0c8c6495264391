// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::bench {

/// How fast the pictures of `source` (a folder of pictures, of class folders, or a table) become a pixel store of 224 x
/// 224 grey levels, each through the decoder processes and the antialiased graph of the recipes, against what a Python
/// loader does at least: OpenCV's imread(IMREAD_GRAYSCALE) and resize(INTER_LINEAR) in this process, in one thread and
/// in all; and, where `peer` is not empty, against that program's own rate (called with "store", the folder and an empty
/// word; tests/bench/peer.sh runs a PyTorch DataLoader). Taken in turn in one run; medians of three after one to warm the disk's cache. Throws as readDataset and
/// buildPixelStore; Error{Mismatch} when OpenCV reads another number of the pictures.
[[nodiscard]] std::vector<Figure> storeFigures(
    const std::filesystem::path& source, const std::string& peer, int threads, const std::stop_token& stop);

} // namespace diascope::bench
