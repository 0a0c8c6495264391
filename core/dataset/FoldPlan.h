// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Split.h"

#include <span>
#include <string_view>

namespace diascope::dataset {

/// Who plays which part in one training.
struct FoldPlan {
    int repeat = 0, fold = 0; ///< 0-based; both 0 for the kinds without folds.
    std::vector<Role> roles;  ///< One per sample of the data set.
};

/// Every training of an experiment, and the proof of what its parts share.
struct FoldSet {
    std::vector<FoldPlan> plans;  ///< By repeat, then fold. Never empty.
    bool ungrouped = false;       ///< The kind ignores groups on purpose ("…-as-published").
    int groups = 0;
    int sharedGroups = 0;         ///< Largest number over the plans; 0 unless `ungrouped`.
    int sharedDuplicates = 0;     ///< The same for sets of duplicates.
    std::string receipt;          ///< One or two sentences that end in "0 patients, 0 near-duplicates shared.".
    std::vector<base::Problem> problems; ///< A part of one class only, a class that is missing from a part: one entry
                                         ///< each, with repeat and fold.
};

/// A way to split, as the plan names it in split.kind.
struct SplitKind {
    std::string_view name;
    std::string_view description;
    bool hasFolds = false;        ///< Uses SplitConfig::folds and repeats.
    bool ungrouped = false;
};
/// "holdout", "random", "stratified", "kfold", "stratified-kfold", "group-kfold", "predefined", and each but the first
/// and "group-kfold" with "-as-published".
[[nodiscard]] std::span<const SplitKind> splitKinds();

/// Splits by `config.kind`. Where every sample is a group of its own the kinds named after scikit-learn give its rows
/// to the index (ScikitSplit.h); where groups hold more, whole groups are split instead (GroupShuffleSplit, GroupKFold,
/// StratifiedGroupKFold; "stratified" as holdOut) and the receipt says so. A test part that the source names stays the
/// test part. Throws Error{Plan} for what cannot be split, and for "predefined" parts that share groups or duplicates.
[[nodiscard]] FoldSet makeFolds(const Dataset& dataset, const SplitConfig& config);

/// Training/validation/test in percent, "64/16/20" or "70/15/15", into the fractions of `config`. Throws Error{Plan}.
void setPercentages(SplitConfig& config, std::string_view text);

/// splits.csv: `sample,group,label,repeat,fold,role`, one row for each sample and plan, "\n" at each line's end.
[[nodiscard]] std::string splitsCsv(const Dataset& dataset, const FoldSet& folds);

} // namespace diascope::dataset
