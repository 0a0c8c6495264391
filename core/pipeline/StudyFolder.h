// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Search.h"
#include "runs/RunLock.h"

#include <memory>

namespace diascope::pipeline {

/// A study's folder, held against a second search for as long as it lives.
struct OpenStudy {
    std::unique_ptr<runs::RunLock> lock;
    search::StudyFile file;
};

/// Makes the folder (missing or empty) with plan.yaml, space.yaml and study.sqlite, or with options.resume opens one
/// that was begun with the same plan and space. `section`: the search space as its document says it. Throws as
/// search().
[[nodiscard]] OpenStudy openStudy(const std::filesystem::path& folder, const Plan& plan, const search::Space& space,
    const base::Json& section, const SearchOptions& options);

} // namespace diascope::pipeline
