// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/FoldFiles.h"
#include "pipeline/RunInputs.h"
#include "runs/StageLock.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// Keeps dvc.lock of a run folder: what each stage of a run depends on, so that a run that is resumed does again only what must be. Used on the engine's thread.
///
/// stage     inputs                                          parameters                        outputs
/// data      inputs.csv (the files' MD5)                     data.* but duplicates and store   data.csv, data.json
/// store     inputs.csv, data.csv                            preprocess                        store.json (the pictures themselves stay in memory, or in data.storeFolder)
/// split     data.csv, store.json                            split.*, data.duplicates, seed    splits.csv, split.json
/// train     splits.csv, store.json, model.weights           model.*, training.*               folds.json, oof.csv, test.csv, a fold.safetensors a fold
/// evaluate  folds.json, fold.safetensors, splits.csv        none                              result.json
/// package   result.json, fold.safetensors                   package.*, predict.*              package.safetensors
class RunStages {
public:
    /// The first stage that must run; all after it run too.
    enum class From { Data, Train, Evaluate, Package, Nothing };

    /// `say` gets one sentence a stage: skipped, or why it runs.
    RunStages(const Plan& plan, runs::RunFolder& folder, std::function<void(const std::string&)> say, std::stop_token stop);

    /// Looks at what has changed since the run was worked on last. Data for a run without dvc.lock; Nothing for a finished one of an older version.
    /// Data that are not there any more count as unchanged. Folds whose files have changed are marked as not done.
    [[nodiscard]] From decide();
    /// oof.csv or test.csv was changed by somebody, and is gone now: it has to be written again.
    [[nodiscard]] bool lacksPredictions() const { return m_lacksPredictions; }
    /// Whether folds have begun to learn from the data that are recorded: other data must not go in among them.
    [[nodiscard]] bool hasTrained() const;
    /// What was found about the data is not taken: the run goes on being about those that are recorded.
    void putBackInputs();
    /// "a.png, b.png and 3 more": files that have changed since the data were read. Empty when none have.
    [[nodiscard]] const std::string& changes() const { return m_changes; }

    /// The stages are done; their files are in the folder.
    void recordPreparation(const dataset::Dataset& data);
    void recordTraining();
    void recordEvaluation();
    void recordPackage();

private:
    [[nodiscard]] runs::Stage stage(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> foldFiles() const;
    [[nodiscard]] bool isUpToDate(const std::string& name);
    void refreshInputs();
    void forgetChangedFolds();

    const Plan& m_plan;
    runs::RunFolder& m_folder;
    std::function<void(const std::string&)> m_say;
    std::stop_token m_stop;
    runs::StageLock m_lock;
    std::string m_changes, m_inputsBefore;
    bool m_lacksPredictions = false;
};

} // namespace diascope::pipeline
