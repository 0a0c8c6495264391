// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Trial.h"

#include <array>

namespace diascope::search {

namespace {

constexpr std::array<std::pair<std::string_view, TrialState>, 5> kStates{
    {{"running", TrialState::Running}, {"complete", TrialState::Complete}, {"pruned", TrialState::Pruned},
        {"failed", TrialState::Failed}, {"interrupted", TrialState::Interrupted}}};

} // namespace

std::string_view name(TrialState state)
{
    for (const auto& [word, known] : kStates) {
        if (known == state) {
            return word;
        }
    }
    return "unknown";
}

std::optional<TrialState> trialStateNamed(std::string_view word)
{
    for (const auto& [known, state] : kStates) {
        if (known == word) {
            return state;
        }
    }
    return std::nullopt;
}

std::string_view name(Direction direction)
{
    return direction == Direction::Minimise ? "minimise" : "maximise";
}

std::optional<Direction> directionNamed(std::string_view word)
{
    for (const Direction direction : {Direction::Minimise, Direction::Maximise}) {
        if (name(direction) == word) {
            return direction;
        }
    }
    return std::nullopt;
}

bool better(Direction direction, double a, double b)
{
    return direction == Direction::Minimise ? a < b : a > b;
}

const Trial* bestOf(std::span<const Trial> trials, Direction direction)
{
    const Trial* best = nullptr;
    for (const Trial& trial : trials) {
        if (trial.state == TrialState::Complete && (best == nullptr || better(direction, *trial.value, *best->value))) {
            best = &trial;
        }
    }
    return best;
}

} // namespace diascope::search
