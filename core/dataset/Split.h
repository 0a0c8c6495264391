// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <cstdint>

namespace diascope::dataset {

struct SplitConfig {
    double validationFraction = 0.2; ///< Of the samples, 0 < x < 1.
    double testFraction = 0.0;       ///< Of the samples, 0 <= x < 1; both together < 1.
    std::uint64_t seed = 42;         ///< makeFolds: 0..2^32-1, numpy's range, for all kinds but "holdout".
    // What follows is for makeFolds (FoldPlan.h); holdOut() does not look at it.
    std::string kind = "holdout";    ///< A name of splitKinds().
    int folds = 5;                   ///< k of the k-fold kinds, 2..1000.
    int repeats = 1;                 ///< Of the k-fold kinds, 1..1000, one random stream through all of them.
    /// k-fold kinds: the fold left out is a test part, and a validation part of validationFraction comes out of the
    /// rest, so that choosing the best epoch does not touch what is reported. Off: the fold left out is the validation
    /// part, as the recipes do it.
    bool nested = false;
};

/// Who plays which part, and the proof that no patient plays two.
struct Split {
    std::vector<Role> roles;         ///< One per sample.
    int groups = 0;
    int sharedDuplicates = 0;        ///< Sets of duplicates that do; the same holds.
    int sharedGroups = 0;            ///< Groups that occur in more than one part: 0, or the caller must refuse.
    std::string receipt;             ///< One sentence with the counts and "0 groups shared".
    std::vector<base::Problem> problems; ///< A class that is missing from a part, and the like.
};

/// Holds whole groups out. Deterministic by seed; stratified as well as whole groups allow: groups are taken in a
/// seeded order, largest first, each to the part whose class counts it brings closest to the wanted ones. When the data
/// set gives roles itself, those are used and only checked. Throws Error{Plan} when there are fewer than two groups, or
/// a part would be empty.
[[nodiscard]] Split holdOut(const Dataset& dataset, const SplitConfig& config);

/// Counts the groups that occur in more than one part.
[[nodiscard]] int countSharedGroups(const std::vector<Sample>& samples, const std::vector<Role>& roles);
/// Counts the sets of duplicates (Dataset::duplicateSets) that occur in more than one part; 0 when nobody looked for
/// duplicates.
[[nodiscard]] int countSharedDuplicates(const Dataset& dataset, const std::vector<Role>& roles);

} // namespace diascope::dataset
