// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"
#include "evaluate/RunFacts.h"
#include "evaluate/Tables.h"

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// One evaluated table of a report.
struct ReportPart {
    std::string name; ///< "predictions", "out-of-fold", "test".
    Evaluation evaluation;
};

/// What a report is about.
struct ReportInput {
    std::string title; ///< Of the page; the name of a model or file.
    std::vector<ReportPart> parts;
    const RunFacts* run = nullptr;
};

/// All files of a report folder: index.html (plots as inline SVG, no script, nothing from the network),
/// evaluation.json, CSV tables (those of a second part with its name before them), model-card.md, tripod-ai.md,
/// claim-2024.md.
[[nodiscard]] std::vector<ReportFile> reportFiles(const ReportInput& input);

/// Writes them, each atomically; the folder is made. Throws Error{Usage} when the folder holds files that are not of a
/// report, as writeFileAtomically().
void writeReport(const std::filesystem::path& folder, const ReportInput& input);

/// index.html alone.
[[nodiscard]] std::string reportHtml(const ReportInput& input, const std::vector<ReportFile>& files);

} // namespace diascope::evaluate
