// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/PackageEvidence.h"

#include <stop_token>

namespace diascope::dataset {
struct Dataset;
}
namespace diascope::decode {
class DecoderPool;
}
namespace diascope::runs {
class RunFolder;
}

namespace diascope::pipeline {

/// What the source files of a data set are like, from the headers of at most 128 of them and, for coloured ones, the pixels of at most 16, both
/// spread evenly. Files that cannot be read do not count. Throws Error{Stopped}.
[[nodiscard]] nn::PackageSources lookAtSources(const dataset::Dataset& data, decode::DecoderPool& pool, std::stop_token stop = {});

/// sources.json of a run folder; without the file nothing is known. Throws Error{Plan|Malformed|DiskFull}.
void storeSources(const nn::PackageSources& sources, runs::RunFolder& folder);
[[nodiscard]] nn::PackageSources storedSources(const runs::RunFolder& folder);

} // namespace diascope::pipeline
