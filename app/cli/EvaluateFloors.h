// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Cli.h"

#include "pipeline/RunFloors.h"

namespace diascope::cli {

/// What the command line says about floors.
struct FloorArguments {
    bool none = false;
    std::string images; ///< Folder of the pictures that a table of predictions names.
    pipeline::PictureFloorConfig config;
};

void addFloorOptions(CLI::App& command, FloorArguments& arguments);

/// On the pictures that a package was just asked about, or that a table of predictions names: cross-validated there. The
/// majority alone where there are no pictures. Problems are said.
[[nodiscard]] pipeline::Floors floorsOn(Session& session, const FloorArguments& arguments, const evaluate::Predictions& predictions,
                                        const std::map<std::string, pipeline::PictureFile>& pictures);
/// The pictures that the samples of a table of predictions name.
[[nodiscard]] pipeline::Floors floorsOnTable(Session& session, const FloorArguments& arguments, const evaluate::Predictions& predictions,
                                             const std::string& table);

/// On the folds of a run; nothing when its pictures are gone (which is said) or nobody wants any.
[[nodiscard]] std::optional<pipeline::RunFloors> floorsOnRun(Session& session, const FloorArguments& arguments, const std::string& run);

/// Puts them into the evaluation; `config` as it was made with.
void addFloors(Session& session, evaluate::Evaluation& evaluation, const evaluate::Predictions& predictions, const pipeline::Floors& floors,
               evaluate::EvaluationConfig config);

} // namespace diascope::cli
