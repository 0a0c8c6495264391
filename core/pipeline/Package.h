// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

/// Makes the package of a run folder from its plan, splits and newest checkpoint: the weights of the best epoch, the operating
/// point chosen on the validation part, two test vectors. Also for a stopped run that finished at least one epoch.
/// Writes `package` (empty = runFolder/package.safetensors) and returns its path.
/// Throws Error{NotFound} without a checkpoint or a finished epoch, else as the parts it calls.
std::filesystem::path makePackage(const std::filesystem::path& runFolder, decode::DecoderPool& pool,
                                  const std::filesystem::path& package = {});

} // namespace diascope::pipeline
