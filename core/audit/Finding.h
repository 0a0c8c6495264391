// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/PictureFacts.h"
#include "dataset/Dataset.h"
#include "dataset/Duplicates.h"
#include "dataset/Fixes.h"

#include <string>
#include <utility>
#include <vector>

namespace diascope::audit {

enum class Severity {
    Note,    ///< Worth knowing.
    Warning, ///< Worth looking at before a training is believed.
    Error,   ///< Figures of a training on these data would be wrong.
};
[[nodiscard]] std::string_view name(Severity severity); ///< "note", "warning", "error".

/// Something that a user may do about a finding. Nothing is done by itself.
struct Proposal {
    std::string sentence;
    std::vector<dataset::Fix> fixes;                             ///< For the plan's data.fixes.
    std::vector<std::pair<std::string, std::string>> settings{}; ///< Keys of the plan with the value to set.
};

/// One thing that the audit has found.
struct Finding {
    /// "unreadable", "blank", "outlier", "burnt-in", "colour", "size", "modality", "exact-duplicates",
    /// "near-duplicates", "mirrored-duplicates", "contradicting-labels", "leak-across-parts", "group-across-parts",
    /// "no-groups", "one-class", "class-imbalance", "small-class", "floor". Stable.
    std::string code;
    Severity severity = Severity::Warning;
    std::string sentence; ///< For a person.
    struct Subject {
        std::string sample; ///< Sample::id.
        std::string note{}; ///< What it is about this one; may be empty.
    };
    std::vector<Subject> samples{};
    std::vector<Proposal> proposals{}; ///< The best first; empty when nothing can be set right in the plan.
};

struct FindingLimits {
    double outlierZ = 2.0;     ///< Neuroflux: an outlier lies further from the mean, in standard deviations; > 0.
    double blankStd = 2.0;     ///< Grey levels: pictures of less contrast show nothing.
    double colourShare = 0.02; ///< Of the pixels: from here a picture counts as coloured.
    double imbalance = 3.0;    ///< Largest class over smallest.
    int smallClass = 20;       ///< Samples.
    int fewGroups = 5;         ///< Groups of a class: fewer cannot fill five folds.
};

/// Pictures that cannot be read, are blank, coloured, of another size or modality than the rest, that carry writing, or
/// whose intensity, contrast, SNR or entropy lies far from the others'. One finding a kind.
[[nodiscard]] std::vector<Finding> pictureFindings(
    const dataset::Dataset& data, const std::vector<PictureFacts>& facts, const FindingLimits& limits);

/// Pictures that occur more than once: a finding for each set of them, by likeness, or "contradicting-labels" when they
/// carry several. With parts given by the source also "leak-across-parts": every sample of a validation or test part
/// whose picture stands in the training part too. `data` need not know its duplicates.
[[nodiscard]] std::vector<Finding> duplicateFindings(
    const dataset::Dataset& data, const dataset::Duplicates& duplicates);

/// Class balance, groups that stand in several given parts, groups that nobody knows.
[[nodiscard]] std::vector<Finding> balanceFindings(const dataset::Dataset& data, const FindingLimits& limits);

/// One "exclude" for each sample, with this reason.
[[nodiscard]] std::vector<dataset::Fix> exclusions(
    const std::vector<Finding::Subject>& samples, const std::string& reason);

} // namespace diascope::audit
