// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "search/Space.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace diascope::search {

enum class Direction { Minimise, Maximise };

/// Running: at work now. Complete: has a value. Pruned: given up half way because it was worse than the median. Failed:
/// has none, `note` says why; not run again. Interrupted: was at work when the search was stopped or its process died;
/// the search runs it again first, with the same settings and number.
enum class TrialState { Running, Complete, Pruned, Failed, Interrupted };

/// "running", "complete", "pruned", "failed", "interrupted".
[[nodiscard]] std::string_view name(TrialState state);
[[nodiscard]] std::optional<TrialState> trialStateNamed(std::string_view word);
/// "minimise", "maximise".
[[nodiscard]] std::string_view name(Direction direction);
[[nodiscard]] std::optional<Direction> directionNamed(std::string_view word);

/// One trial of a search. A value.
struct Trial {
    int number = 0; ///< 0, 1, …: the order in which they were proposed.
    TrialState state = TrialState::Running;
    Point point;
    std::optional<double> value;                 ///< Of the objective; Complete trials only. Finite.
    std::vector<std::pair<int, double>> reports; ///< Step (epoch) and value on the way there, ascending steps. Finite.
    std::string note;                            ///< For people.
    double seconds = 0.0;                        ///< At work, over all attempts.
    int deaths = 0;                              ///< How often the process died in it.
};

/// Whether `a` is the better value.
[[nodiscard]] bool better(Direction direction, double a, double b);
/// The complete trial with the best value, the earliest of equals; null when there is none.
[[nodiscard]] const Trial* bestOf(std::span<const Trial> trials, Direction direction);

} // namespace diascope::search
