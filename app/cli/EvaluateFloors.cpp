// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/EvaluateFloors.h"

#include <optional>

namespace diascope::cli {

namespace {

const char* const kSwitchedOff = "none: switched off with --no-floors";

void sayLeftOut(Session& session, const pipeline::Floors& floors)
{
    for (const base::Problem& problem : floors.problems) {
        session.message("left out of the floors: " + problem.subject + ": " + problem.detail);
    }
}

/// The folds' seed is said in the report, so that they can be made again.
pipeline::PictureFloorConfig configOf(const Session& session, const FloorArguments& arguments)
{
    pipeline::PictureFloorConfig config = arguments.config;
    config.threads = session.effectiveThreads();
    return config;
}

} // namespace

void addFloorOptions(CLI::App& command, FloorArguments& arguments)
{
    command.add_flag("--no-floors", arguments.none,
                     "Leave out what trivial methods reach on the same rows (majority; nearest neighbour and SVM need the pictures)");
    command.add_option("--images", arguments.images,
                       "With --predictions: folder of the pictures that the column 'sample' names, for the floors; without one paths "
                       "are taken from the table's folder");
    command.add_option("--floor-pictures", arguments.config.most,
                       "With --package and --predictions: pictures that the floors are trained and judged on, at most; 0 = all")
        ->capture_default_str();
    command.add_option("--floor-seed", arguments.config.seed, "Of the folds in which they are cross-validated")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{4294967295}))
        ->capture_default_str();
}

pipeline::Floors floorsOn(Session& session, const FloorArguments& arguments, const evaluate::Predictions& predictions,
                          const std::map<std::string, pipeline::PictureFile>& pictures)
{
    if (arguments.none) {
        return {{}, {}, kSwitchedOff, {}};
    }
    const auto progress = [&](const base::Progress& step) { session.progress(step); };
    pipeline::Floors floors
        = pipeline::floorsOnPictures(predictions, pictures, session.pool(), configOf(session, arguments), progress, session.stopToken());
    sayLeftOut(session, floors);
    return floors;
}

pipeline::Floors floorsOnTable(Session& session, const FloorArguments& arguments, const evaluate::Predictions& predictions,
                               const std::string& table)
{
    if (arguments.none) {
        return {{}, {}, kSwitchedOff, {}};
    }
    const auto majority = [&](const std::string& why) { return pipeline::majorityOf(predictions, why); };
    if (predictions.samples.empty()) {
        return majority("the table has no column 'sample' that could name pictures");
    }
    dataset::Source source;
    source.path = table;
    source.imageFolder = arguments.images;
    const auto pictures = pipeline::picturesOfSamples(predictions.samples, source, session.pool(), session.stopToken());
    if (pictures.empty()) {
        return majority(arguments.images.empty() ? "the column 'sample' names no files (--images names their folder)"
                                                 : "none of the samples is a picture in " + arguments.images);
    }
    return floorsOn(session, arguments, predictions, pictures);
}

std::optional<pipeline::RunFloors> floorsOnRun(Session& session, const FloorArguments& arguments, const std::string& run)
{
    if (arguments.none) {
        return pipeline::RunFloors{{{}, {}, kSwitchedOff, {}}, {{}, {}, kSwitchedOff, {}}};
    }
    try {
        const auto progress = [&](const base::Progress& step) { session.progress(step); };
        pipeline::RunFloors floors = pipeline::floorsOfRun(run, session.pool(), session.effectiveThreads(), progress, session.stopToken());
        sayLeftOut(session, floors.outOfFold);
        return floors;
    } catch (const base::Error& error) {
        if (error.code() == base::ErrorCode::Stopped) {
            throw;
        }
        session.message(std::string("no floors but the majority: ") + error.what());
        return std::nullopt;
    }
}

void addFloors(Session& session, evaluate::Evaluation& evaluation, const evaluate::Predictions& predictions, const pipeline::Floors& floors,
               evaluate::EvaluationConfig config)
{
    session.progress({.stage = "comparing with the floors"});
    config.threads = session.effectiveThreads();
    config.stop = session.stopToken();
    pipeline::addFloors(evaluation, predictions, floors, config);
}

} // namespace diascope::cli
