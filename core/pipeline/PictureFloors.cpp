// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/PictureFloors.h"

#include "audit/FloorPictures.h"
#include "dataset/Duplicates.h"
#include "decode/DecoderPool.h"
#include "evaluate/Comparison.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

namespace diascope::pipeline {

namespace {

using evaluate::Predictions;

constexpr int kFolds = 5;

/// Rows of the predictions as a data set: `rows` are theirs. Of several rows of one sample the first.
struct EvaluatedPictures {
    dataset::Dataset data;
    std::vector<std::size_t> rows;
};

EvaluatedPictures evaluatedPictures(const Predictions& predictions, const std::map<std::string, PictureFile>* pictures)
{
    EvaluatedPictures evaluated;
    evaluated.data.classNames = predictions.classes;
    evaluated.data.groupedBy = predictions.groups.empty() ? "file" : "column group";
    std::set<std::string> seen;
    for (std::size_t i = 0; i < predictions.cases(); ++i) {
        const std::string name = predictions.samples.empty() ? "row " + std::to_string(i) : predictions.samples[i];
        if (!seen.insert(name).second) {
            continue;
        }
        const bool grouped = !predictions.groups.empty() && !predictions.groups[i].empty();
        dataset::Sample sample{name, {}, 0, predictions.labels[i], grouped ? predictions.groups[i] : name};
        if (pictures != nullptr) {
            const auto found = pictures->find(name);
            if (found == pictures->end()) {
                continue;
            }
            sample.file = found->second.file;
            sample.frame = found->second.frame;
        }
        evaluated.data.samples.push_back(std::move(sample));
        evaluated.rows.push_back(i);
    }
    return evaluated;
}

EvaluatedPictures picked(const EvaluatedPictures& all, const std::vector<std::size_t>& kept)
{
    EvaluatedPictures part{dataset::partOf(all.data, kept), {}};
    std::transform(kept.begin(), kept.end(), std::back_inserter(part.rows), [&](std::size_t i) { return all.rows[i]; });
    return part;
}

/// At most `most`, evenly over the rows.
EvaluatedPictures thinned(EvaluatedPictures all, std::size_t most)
{
    if (most == 0 || all.rows.size() <= most) {
        return all;
    }
    std::vector<std::size_t> kept(most);
    for (std::size_t k = 0; k < most; ++k) {
        kept[k] = k * all.rows.size() / most;
    }
    return picked(all, kept);
}

struct FloorFolds {
    std::vector<audit::FloorSplit> splits; ///< Empty: none can be made.
    int count = 0;
    std::string reason; ///< Why not.
};

/// kFolds, or as many as the rarest class allows.
FloorFolds floorFolds(const dataset::Dataset& data, std::uint64_t seed)
{
    FloorFolds made;
    for (made.count = kFolds; made.count >= 2; --made.count) {
        dataset::SplitConfig config;
        config.kind = "stratified-kfold";
        config.folds = made.count;
        config.seed = seed;
        try {
            const dataset::FoldSet folds = dataset::makeFolds(data, config);
            made.splits = audit::floorSplits(folds.plans, dataset::Role::Validation);
            if (made.splits.size() == folds.plans.size()) {
                return made;
            }
            made.reason = "a fold would be empty";
        } catch (const base::Error& error) {
            if (error.code() != base::ErrorCode::Plan) {
                throw;
            }
            made.reason = error.detail();
        }
    }
    made.splits.clear();
    return made;
}

std::string foldWords(int count, const Predictions& predictions, std::uint64_t seed)
{
    return std::to_string(count) + " stratified folds" + (predictions.groups.empty() ? "" : ", patients kept whole") + ", seed "
        + std::to_string(seed);
}

/// Equal pictures become one group, so that the nearest neighbour of a picture is not its copy.
void joinEqual(dataset::Dataset& data, const std::vector<dataset::Fingerprint>& prints, const PictureFloorConfig& config,
               const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    dataset::DuplicateConfig duplicates;
    duplicates.threads = config.threads;
    (void)dataset::joinDuplicates(data, dataset::findDuplicates(data, prints, duplicates, progress, stop));
}

std::string partWords(std::size_t taken, std::size_t all)
{
    return taken < all ? std::to_string(taken) + " of the " + std::to_string(all) + " evaluated pictures" : "the evaluated pictures";
}

/// Rows of the described pictures -> rows of the predictions.
void placeAt(std::vector<audit::Floor>& floors, const std::vector<std::size_t>& rows)
{
    for (audit::Floor& floor : floors) {
        for (std::size_t& row : floor.rows) {
            row = rows[row];
        }
    }
}

/// The class that is most frequent among these rows themselves. Learned in folds it would be lower than that wherever classes are about
/// even, since the part that is held out lacks what the rest has more of.
audit::Floor majorityHere(const std::vector<int>& labels, int classes)
{
    std::vector<std::size_t> all(labels.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    audit::Floor floor = audit::majorityFloor(labels, classes, {{all, all}});
    floor.method = "Always the most frequent class of the evaluated rows themselves.";
    return floor;
}

evaluate::RivalAnswers rivalOf(const audit::Floor& floor, const std::vector<std::optional<std::size_t>>& rowAt)
{
    evaluate::RivalAnswers rival{floor.name, floor.method, {}, {}, {}, floor.auc.reason};
    const bool ranks = floor.name != "majority";
    for (std::size_t i = 0; i < floor.rows.size(); ++i) {
        if (!rowAt[floor.rows[i]]) {
            continue;
        }
        rival.rows.push_back(*rowAt[floor.rows[i]]);
        rival.called.push_back(floor.predicted[i]);
        if (ranks) {
            const auto scores = floor.scores.row(i);
            rival.scores.insert(rival.scores.end(), scores.begin(), scores.end());
        }
    }
    return rival;
}

/// Row of the predictions for each row of the floors: the first one of a sample, which with repeats is that of the first.
std::vector<std::optional<std::size_t>> rowsOfPredictions(const Floors& floors, const Predictions& predictions)
{
    std::vector<std::optional<std::size_t>> rows;
    if (floors.samples.empty()) {
        rows.resize(predictions.cases());
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        return rows;
    }
    std::map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < predictions.samples.size(); ++i) {
        first.try_emplace(predictions.samples[i], i);
    }
    for (const std::string& sample : floors.samples) {
        const auto found = first.find(sample);
        rows.push_back(found == first.end() ? std::nullopt : std::optional(found->second));
    }
    return rows;
}

} // namespace

Floors majorityOf(const Predictions& predictions, const std::string& why)
{
    const EvaluatedPictures evaluated = evaluatedPictures(predictions, nullptr);
    std::vector<int> labels;
    std::transform(evaluated.data.samples.begin(), evaluated.data.samples.end(), std::back_inserter(labels),
                   [](const dataset::Sample& one) { return one.label; });
    Floors floors;
    floors.on = "the evaluated rows; the methods that look at pictures are left out: " + why;
    floors.methods.push_back(majorityHere(labels, predictions.classCount()));
    placeAt(floors.methods, evaluated.rows);
    return floors;
}

Floors floorsOnPictures(const Predictions& predictions, const std::map<std::string, PictureFile>& pictures, decode::DecoderPool& pool,
                        const PictureFloorConfig& config, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    const std::size_t all = evaluatedPictures(predictions, nullptr).rows.size();
    const EvaluatedPictures taken = thinned(evaluatedPictures(predictions, &pictures), config.most);
    const audit::DescribedPictures described
        = audit::describePictures(taken.data, pool, {.threads = config.threads, .fingerprints = true}, progress, stop);
    if (described.features.empty()) {
        Floors none = majorityOf(predictions, "none of the pictures can be read");
        none.problems = described.problems;
        return none;
    }
    EvaluatedPictures seen = picked(taken, described.samples);
    joinEqual(seen.data, described.prints, config, progress, stop);
    const FloorFolds folds = floorFolds(seen.data, config.seed);
    if (folds.splits.empty()) {
        return majorityOf(predictions, "there are no folds to learn in (" + folds.reason + ")");
    }
    Floors floors;
    floors.problems = described.problems;
    floors.on = partWords(seen.rows.size(), all) + ", cross-validated in " + foldWords(folds.count, predictions, config.seed)
        + ", equal pictures together: these methods were trained on these very pictures, the model was not";
    floors.methods = audit::computeFloors(described.features, described.labels, predictions.classCount(), folds.splits,
                                          {.threads = config.threads}, progress, stop);
    floors.methods.front() = majorityHere(described.labels, predictions.classCount());
    placeAt(floors.methods, seen.rows);
    return floors;
}

void addFloors(evaluate::Evaluation& evaluation, const Predictions& predictions, const Floors& floors,
               const evaluate::EvaluationConfig& config)
{
    evaluation.floorsOn = floors.on;
    const auto rowAt = rowsOfPredictions(floors, predictions);
    std::vector<evaluate::Baseline> baselines;
    for (const audit::Floor& floor : floors.methods) {
        const evaluate::RivalAnswers rival = rivalOf(floor, rowAt);
        if (!rival.rows.empty()) {
            baselines.push_back(evaluate::comparedWith(rival, predictions, evaluation.threshold.value, config));
        }
    }
    evaluate::addBaselines(evaluation, std::move(baselines));
    if (const std::string leak = audit::splitLeaks(floors.methods); !leak.empty()) {
        evaluation.floorWords.push_back(leak);
        evaluation.warnings.emplace_back("a trivial method is so good on these rows that the split must be leaking, "
                                         "or the classes differ in something plain");
    }
}

} // namespace diascope::pipeline
