// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"
#include "search/Space.h"

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// Which options of a plan are searched, and which keys each parameter of the search sets.
struct SearchSpace {
    search::Space space;
    std::vector<std::vector<std::string>> keys; ///< Per parameter: the plan's key, then those under `also`.
};

/// A search space as a document (YAML), for example
///
///     plan: neuroflux-resnet50          # recipe that it was made for; trials and minutes: its usual budget
///     trials: 50
///     search:
///       training.optimiser.kind: [adam, sgd]
///       training.batchSize: {choices: [16, 32, 64]}
///       model.dropout: {low: 0.3, high: 0.7, step: 0.1}
///       training.learningRate:          # several: one for each case, with a condition on an earlier key with choices
///         - {low: 1e-5, high: 1e-3, log: true, when: {training.optimiser.kind: adam}, also:
///         [training.backboneLearningRate]}
///         - {low: 1e-4, high: 1e-2, log: true, when: {training.optimiser.kind: [sgd]}, also:
///         [training.backboneLearningRate]}
///
/// A document without the key `search` is that section itself.
struct SearchDocument {
    std::string title, summary, plan;
    int trials = 0;       ///< 0 = not said.
    double minutes = 0.0; ///< 0 = not said.
    base::Json search;    ///< The section, by plan keys.
};
/// Throws Error{Plan|Malformed|TooLarge} naming `subject`.
[[nodiscard]] SearchDocument searchDocumentFromYaml(const std::string& text, const std::string& subject);

/// The section `search` against a plan: a key whose value is a whole number gives an integer parameter, another number
/// a float, everything else wants choices (true and false have them by themselves). Refused with Error{Plan} naming
/// `subject` and the key: unknown keys (with the nearest one), keys that decide what trials are compared by (data,
/// split, seed, monitor) or that decide nothing about what is learned, values of another type, and ranges or choices
/// that the plan itself would refuse.
[[nodiscard]] SearchSpace searchSpaceFor(const Plan& plan, const base::Json& search, const std::string& subject);

/// The plan with the values of a point. Throws Error{Plan} when they do not fit its types.
[[nodiscard]] Plan planAt(const Plan& plan, const SearchSpace& searched, const search::Point& point);

} // namespace diascope::pipeline
