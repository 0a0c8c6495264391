// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "nn/PackageFile.h"
#include "pipeline/Train.h"

#include <algorithm>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

/// Runs that train in a second or two, for the tests of pipeline::train().
namespace diascope::tests {

class Watcher final : public train::TrainingObserver {
public:
    void onBatch(const train::BatchProgress&) override {}
    void onEpoch(const train::EpochReport& report) override
    {
        epochs.push_back(report);
        if (static_cast<int>(epochs.size()) == stopAfterEpochs) {
            stop.request_stop();
        }
    }
    void onMessage(const std::string& text) override { messages.push_back(text); }
    [[nodiscard]] bool said(const std::string& part) const
    {
        return std::any_of(messages.begin(), messages.end(), [&](const std::string& message) { return message.find(part) != std::string::npos; });
    }
    std::vector<train::EpochReport> epochs;
    std::vector<std::string> messages;
    int stopAfterEpochs = -1;
    std::stop_source stop;
};

/// `patients` patients with two pictures each, dark or bright, in a table with groups.
inline std::filesystem::path writeTable(const TinyFiles& files, int patients)
{
    std::string table = "img_IDs,target,patient\n";
    for (int i = 0; i < 2 * patients; ++i) {
        const int patient = i / 2;
        const std::string id = std::string("case").append(std::to_string(i));
        files.picture("images/" + id + ".png", (patient % 2 == 1 ? 150 : 60) + i % 13, 40);
        table += id + "," + std::to_string(patient % 2) + ",p" + std::to_string(patient) + "\n";
    }
    return files.text("Train.csv", table);
}

inline pipeline::Plan planFor(const std::filesystem::path& source, int epochs)
{
    pipeline::Plan plan;
    plan.data.source = source.string();
    plan.preprocess = base::Json::array({{{"op", "window"}, {"mode", "file"}}, {{"op", "grey"}},
                                         {{"op", "resize"}, {"width", 32}, {"height", 32}},
                                         {{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}}});
    plan.model.dropout = 0.2;
    plan.training.epochs = epochs;
    plan.training.batchSize = 8;
    plan.training.patience = 0;
    plan.training.learningRate = plan.training.backboneLearningRate = 0.003;
    plan.split.validationFraction = 0.25;
    plan.data.duplicates = "ignore"; // flat pictures all look the same
    plan.package.name = "tiny";
    plan.device = "cpu";
    plan.threads = 1; // small pictures: a second thread costs more than it brings
    return plan;
}

inline std::string tensorsOf(const std::filesystem::path& package)
{
    return nn::readPackage(package).manifest.tensorsSha256;
}

/// 3 folds, 2 repeats, patients kept whole.
inline pipeline::Plan crossPlan(const std::filesystem::path& source, int epochs)
{
    pipeline::Plan plan = planFor(source, epochs);
    plan.split.kind = "stratified-kfold";
    plan.split.folds = 3;
    plan.split.repeats = 2;
    plan.threads = 2;
    plan.training.foldsAtOnce = 2;
    return plan;
}

/// What a run says when it fails: "" when it did not.
inline std::string lastProblem(const pipeline::RunResult& result)
{
    return result.state == train::RunState::Failed && !result.problems.empty() ? result.problems.back().subject + ": " + result.problems.back().detail
                                                                               : std::string();
}

} // namespace diascope::tests
