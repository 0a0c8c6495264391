// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"
#include "evaluate/RunFacts.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::evaluate {

/// What the program knows, by subject ("split", "model", "performance", …), one sentence or a few. Subjects that only a
/// person can answer are not there.
using KnownFacts = std::map<std::string, std::string>;
/// `facts` may be nullptr (predictions of another program).
[[nodiscard]] KnownFacts knownFacts(
    const RunFacts* facts, const std::vector<std::pair<std::string, const Evaluation*>>& parts);

/// An item of a reporting guideline, its wording shortened by us.
struct ChecklistItem {
    std::string_view id, section, wording;
    std::string_view subject; ///< Key of KnownFacts that answers it; empty: only a person can.
};
/// TRIPOD+AI: Collins et al., BMJ 2024;385:e078378. 27 items in 52 parts.
[[nodiscard]] std::span<const ChecklistItem> tripodItems();
/// CLAIM 2024: Tejani et al., Radiology: Artificial Intelligence 2024;6(4):e240300. 44 items.
[[nodiscard]] std::span<const ChecklistItem> claimItems();

/// A Markdown table: item, wording, answer (from the run, or empty for a person to fill in).
[[nodiscard]] std::string checklistText(
    const std::string& title, std::span<const ChecklistItem> items, const KnownFacts& known);

} // namespace diascope::evaluate
