// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/SearchBench.h"

#include "app/bench/SearchFunctions.h"
#include "search/Importance.h"
#include "search/Search.h"

#include <filesystem>
#include <unistd.h>

namespace diascope::bench {

namespace {

using search::Direction;

constexpr int kRuns = 20, kSeeds = 30, kTrials = 50;

double secondsEach(const std::function<void()>& work)
{
    return median(timeEach(2, kRuns, work)) / 1000.0;
}

Figure suggestionFigure(int trials)
{
    const SearchFunction function = searchFunctions()[2];
    const auto random = search::makeSampler("random", function.space, Direction::Minimise, 1);
    const auto tpe = search::makeSampler("tpe", function.space, Direction::Minimise, 1);
    const std::vector<search::Trial> done = minimised(function, *random, trials);
    int number = trials;
    const double seconds = secondsEach([&] { (void)tpe->propose(number++, done); });
    return {"search.suggestionAt" + std::to_string(trials), seconds, "s", "TPE, 5 parameters, median of 20"};
}

Figure importanceFigure()
{
    const SearchFunction function = searchFunctions()[2];
    const auto random = search::makeSampler("random", function.space, Direction::Minimise, 1);
    const std::vector<search::Trial> done = minimised(function, *random, 500);
    const double seconds = median(timeEach(1, 3, [&] { (void)search::importanceOf(function.space, done); })) / 1000.0;
    return {"search.importanceOf500", seconds, "s", "fANOVA, 64 trees, 5 parameters, median of 3"};
}

Figure storeFigure()
{
    const auto file
        = std::filesystem::temp_directory_path() / ("diascope-bench-" + std::to_string(::getpid()) + ".sqlite");
    search::StudyDescription description;
    description.space = searchFunctions()[2].space;
    description.sampler = "random";
    description.pruner.enabled = false;
    double seconds = 0.0;
    {
        search::Search search(search::StudyFile::create(file, description));
        seconds = secondsEach([&] {
            const search::Trial trial = search.next();
            for (int step = 0; step < 10; ++step) {
                (void)search.report(trial.number, step, 0.5);
            }
            search.complete(trial.number, 0.5, 1.0);
        });
    }
    std::filesystem::remove(file);
    return {"search.trialStored", seconds, "s", "12 transactions in the system's temporary folder, median of 20"};
}

double medianBest(const SearchFunction& function, const std::string& sampler)
{
    std::vector<double> best;
    for (int seed = 0; seed < kSeeds; ++seed) {
        const auto made
            = search::makeSampler(sampler, function.space, Direction::Minimise, static_cast<std::uint64_t>(seed));
        const auto trials = minimised(function, *made, kTrials);
        best.push_back(*search::bestOf(trials, Direction::Minimise)->value);
    }
    return median(std::move(best));
}

} // namespace

std::vector<Figure> searchFigures()
{
    std::vector<Figure> figures{suggestionFigure(50), suggestionFigure(500), storeFigure(), importanceFigure()};
    for (const SearchFunction& function : searchFunctions()) {
        for (const std::string& sampler : search::samplerNames()) {
            figures.push_back({"search." + function.name + "." + sampler, medianBest(function, sampler), "value",
                "best of 50 trials, median over 30 seeds"});
        }
    }
    return figures;
}

} // namespace diascope::bench
