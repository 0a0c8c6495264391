// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/SearchFunctions.h"
#include "search/Search.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <unistd.h>

/// A search whose trials are formulas, for the tests of its file.
namespace diascope::tests {

inline constexpr int kTrials = 16;

inline search::StudyDescription descriptionOf()
{
    search::StudyDescription description;
    description.space = bench::searchFunctions()[2].space;
    description.direction = search::Direction::Minimise;
    description.objective = "validation loss";
    description.seed = 6;
    description.pruner.startTrials = 3;
    description.subject = base::Json{{"training", {{"epochs", 3}}}};
    return description;
}

inline void dieIf(bool now)
{
    if (now) {
        ::kill(::getpid(), SIGKILL);
    }
}

/// One trial: three reports on the way to the value; `place` is where the process shall die: "asked 4", "reported 4",
/// "told 4".
inline void runOne(search::Search& search, const std::string& place)
{
    const search::Trial trial = search.next();
    const std::string which = " " + std::to_string(trial.number);
    dieIf(place == "asked" + which);
    const double value = bench::trainingLike(trial.point);
    bool pruned = search.shouldPrune(trial.number);
    for (int step = 0; step < 3 && !pruned; ++step) {
        pruned = search.report(trial.number, step, value + 0.1 * (3 - step));
        dieIf(place == "reported" + which);
    }
    dieIf(place == "pruned" + which && pruned);
    pruned ? search.prune(trial.number, 0.5) : search.complete(trial.number, value, 0.5);
    dieIf(place == "told" + which);
}

/// A study with ten trials that are done.
inline void makeStudy(const std::filesystem::path& file)
{
    search::Search search(search::StudyFile::create(file, descriptionOf()));
    for (int i = 0; i < 10; ++i) {
        runOne(search, {});
    }
}

} // namespace diascope::tests
