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

/// Gives a package without evidence what its training data tell: calibration, conformal quantiles, what is usual; to one of format 2, whose rest stays as it is,
/// what its pictures' pixels are like. For packages of older versions; a run that is still there makes its package itself. Preprocessing and split are those of the plan in the package's provenance; weights and test vectors stay, the
/// threshold moves along with the calibration. Writes `out` and returns it.
/// Throws Error{Mismatch} when the networks do not give the package's own figures on the held-out part of `source` (other pictures, labels or split), or not
/// every fold has its member; Error{Usage} for a package that has evidence; else as the parts it calls.
std::filesystem::path addEvidence(const std::filesystem::path& package, const std::filesystem::path& source, decode::DecoderPool& pool,
                                  const std::filesystem::path& out);

} // namespace diascope::pipeline
