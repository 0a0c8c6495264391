// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Split.h"

#include "nn/TorchErrors.h"
#include "pipeline/Prepare.h"

namespace diascope::pipeline {

SplitOutcome split(const Plan& plan, decode::DecoderPool& pool, const std::function<void(const base::Progress&)>& progress, std::stop_token stop)
{
    return nn::translated("splitting", [&] {
        const Experiment experiment = prepareExperiment(plan, "cpu", pool, progress, stop);
        SplitOutcome outcome;
        outcome.csv = dataset::splitsCsv(experiment.data, experiment.folds);
        outcome.samples = experiment.data.samples.size();
        outcome.groups = experiment.folds.groups;
        outcome.trainings = static_cast<int>(experiment.folds.plans.size());
        outcome.sharedGroups = experiment.folds.sharedGroups;
        outcome.sharedDuplicates = experiment.folds.sharedDuplicates;
        outcome.receipt = experiment.folds.receipt;
        outcome.notes = experiment.notes;
        outcome.problems = experiment.problems;
        return outcome;
    });
}

} // namespace diascope::pipeline
