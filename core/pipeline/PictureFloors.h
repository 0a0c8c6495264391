// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Floors.h"
#include "base/Error.h"
#include "evaluate/Evaluation.h"
#include "pipeline/SamplePictures.h"

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// What trivial methods reach, for the rows of some predictions.
struct Floors {
    std::vector<audit::Floor> methods;
    std::vector<std::string> samples;    ///< Name of each row of the methods; empty: they are rows of the predictions themselves.
    std::string on;                      ///< On which rows and folds, in words; or "none: …".
    std::vector<base::Problem> problems; ///< Pictures that cannot be read; they are left out.
};

struct PictureFloorConfig {
    /// Of more pictures so many are taken, evenly over the rows: support vector machines take time with the square of it. 0: all.
    std::size_t most = 2000;
    std::uint64_t seed = 42; ///< Of the folds, 0..2^32-1.
    int threads = 0;         ///< 0 = all cores.
};

/// 1-NN and SVM, cross-validated on the evaluated pictures: five folds (fewer where a class has fewer patients), stratified, patients and
/// equal pictures kept whole; before them the majority of these rows. The methods learn from these very pictures, the model did not.
/// `pictures` is by the name of the sample; of repeats a sample counts once. Without a picture that can be read, or where no folds can be
/// made: majorityOf(). Throws Error{Stopped}.
[[nodiscard]] Floors floorsOnPictures(const evaluate::Predictions& predictions, const std::map<std::string, PictureFile>& pictures,
                                      decode::DecoderPool& pool, const PictureFloorConfig& config = {},
                                      const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

/// The majority of the evaluated rows alone, which needs no pictures; `why` there is no more.
[[nodiscard]] Floors majorityOf(const evaluate::Predictions& predictions, const std::string& why);

/// Puts floors beside the figures of a model on the same rows, compared case by case (evaluate/Comparison.h) at the evaluation's own
/// threshold, and warns when a floor is so high that the split must be leaking. Rows of the floors that the predictions do not name are
/// left out.
void addFloors(evaluate::Evaluation& evaluation, const evaluate::Predictions& predictions, const Floors& floors,
               const evaluate::EvaluationConfig& config);

} // namespace diascope::pipeline
