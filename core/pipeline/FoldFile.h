// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Folds.h"

namespace diascope::pipeline {

/// fold.safetensors: what a fold gave, kept until the whole run is finished. Holds the SHA-256 of its own tensors.
void writeFoldFile(const TrainedFold& fold, runs::RunFolder& folder);
[[nodiscard]] bool hasFoldFile(const runs::RunFolder& folder, runs::FoldKey key);
/// The fold of an entry as its file has it; without weights when there is no file, as of a fold that failed. Throws Error{Malformed} for
/// a file that is not as it was written.
[[nodiscard]] TrainedFold readFoldFile(const runs::RunFolder& folder, const runs::FoldEntry& entry);

} // namespace diascope::pipeline
