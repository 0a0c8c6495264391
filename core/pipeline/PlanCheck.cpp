// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Text.h"
#include "dataset/Fixes.h"
#include "dataset/FoldPlan.h"
#include "dataset/GroupPattern.h"
#include "image/Preprocess.h"
#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "pipeline/Plan.h"
#include "pipeline/Resolve.h"
#include "predict/TestTimeViews.h"
#include "train/Freeze.h"
#include "train/SelfSupervised.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <regex>

namespace diascope::pipeline {

namespace {

using base::ErrorCode;
using base::Problem;

/// A text of the plan as a message shows it.
std::string shown(const std::string& value)
{
    return "'" + base::shortened(base::visibleText(value)) + "'";
}

class Checker {
public:
    void require(bool good, const std::string& key, const std::string& detail)
    {
        if (!good) {
            m_problems.push_back({ErrorCode::Plan, key, detail});
        }
    }
    template <typename T> void range(const std::string& key, T value, T low, T high)
    {
        require(value >= low && value <= high, key, base::Json(value).dump() + " is outside " + base::Json(low).dump() + " to " + base::Json(high).dump());
    }
    void oneOf(const std::string& key, const std::string& value, const std::vector<std::string>& known)
    {
        for (const std::string& word : known) {
            if (word == value) {
                return;
            }
        }
        std::string list;
        for (const std::string& word : known) {
            list += (list.empty() ? "" : ", ") + word;
        }
        const std::string near = base::nearestMatch(value, known);
        require(false, key, shown(value) + " is not one of " + list + (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    void append(std::vector<Problem> problems)
    {
        std::move(problems.begin(), problems.end(), std::back_inserter(m_problems));
    }
    /// What a part of the engine has to say, with its advice where it has one of its own.
    void refuse(const base::Error& error)
    {
        const bool own = error.remedyText() != base::remedy(error.code());
        m_problems.push_back({ErrorCode::Plan, error.subject(), error.detail() + (own ? ". " + error.remedyText() : std::string())});
    }
    [[nodiscard]] bool empty() const { return m_problems.empty(); }
    [[nodiscard]] bool good() const { return m_problems.empty() || m_problems.back().subject == "data.source"; }
    std::vector<Problem> take() { return std::move(m_problems); }

private:
    std::vector<Problem> m_problems;
};

/// A text that no file, column or class can be called: an endless one, or one that could not be written to plan.yaml.
void checkText(const std::string& text, const std::string& key, Checker& check)
{
    constexpr std::size_t kLongest = 4096, kLongestPassage = 65536;
    const bool passage = key == "package.intendedUse" || key == "package.trainedOn";
    const std::size_t most = passage ? kLongestPassage : kLongest;
    const auto isControl = [passage](char c) { return (c >= 0 && c < 0x20 && !(passage && (c == '\n' || c == '\t'))) || c == 0x7F; };
    check.require(text.size() <= most, key, "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(most) + " are taken");
    check.require(base::isUtf8(text), key, shown(text) + " is not UTF-8: rename the file or folder it means");
    check.require(std::none_of(text.begin(), text.end(), isControl), key, shown(text) + " holds control characters: remove them");
}

/// All texts below `json`, which stands under `key`.
void checkTexts(const base::Json& json, const std::string& key, Checker& check)
{
    if (json.is_string()) {
        checkText(json.get_ref<const std::string&>(), base::shortened(base::visibleText(key)), check);
    } else if (json.is_object()) {
        for (const auto& [name, value] : json.items()) {
            checkTexts(value, key.empty() ? name : key + "." + name, check);
        }
    } else if (json.is_array()) {
        for (std::size_t i = 0; i < json.size(); ++i) {
            checkTexts(json[i], key + "[" + std::to_string(i) + "]", check);
        }
    }
}

void checkData(const Plan::Data& data, Checker& check)
{
    check.require(!data.source.empty(), "data.source", "is empty: name a CSV file, a folder of class folders, or a folder of DICOM files with a label table");
    check.oneOf("data.duplicates", data.duplicates, {"join", "ignore"});
    check.range("data.memoryMiB", data.memoryMiB, 0, 1 << 30);
    try {
        check.append(dataset::checkFixes(dataset::fixesFromJson(data.fixes, "data.fixes")));
    } catch (const base::Error& error) {
        check.refuse(error);
    }
    if (!data.groupPattern.empty()) {
        check.require(data.groupColumn.empty(), "data.groupPattern", "is given together with data.groupColumn: use one of them");
        try {
            (void)dataset::GroupPattern(data.groupPattern);
        } catch (const base::Error& error) {
            check.refuse(error);
        }
    }
}

void checkSplit(const Plan::Split& split, Checker& check)
{
    std::vector<std::string> names;
    const dataset::SplitKind* known = nullptr;
    for (const dataset::SplitKind& kind : dataset::splitKinds()) {
        names.emplace_back(kind.name);
        known = kind.name == split.kind ? &kind : known;
    }
    check.oneOf("split.kind", split.kind, names);
    check.range("split.validationFraction", split.validationFraction, 0.01, 0.9);
    check.range("split.testFraction", split.testFraction, 0.0, 0.9);
    check.require(split.validationFraction + split.testFraction <= 0.95, "split.testFraction", "leaves less than 5 % for training");
    if (known != nullptr && !known->hasFolds && split.kind.rfind("predefined", 0) != 0) {
        check.require(split.folds == 1, "split.folds", "must be 1 for split.kind '" + split.kind + "'");
        check.require(split.repeats == 1, "split.repeats", "must be 1 for split.kind '" + split.kind + "'");
    } else {
        check.range("split.folds", split.folds, known != nullptr && known->hasFolds ? 2 : 1, 1000);
        check.range("split.repeats", split.repeats, 1, 1000);
    }
}

void checkTraining(const Plan& plan, Checker& check)
{
    const Plan::Training& training = plan.training;
    check.range("training.epochs", training.epochs, 1, 100000);
    check.range("training.batchSize", training.batchSize, 2, 65536);
    check.range("training.learningRate", training.learningRate, 0.0, 100.0);
    check.range("training.backboneLearningRate", training.backboneLearningRate, 0.0, 100.0);
    check.require(training.learningRate > 0.0 || training.backboneLearningRate > 0.0, "training.learningRate", "is 0, and so is training.backboneLearningRate: nothing would be learned");
    check.range("training.weightDecay", training.weightDecay, 0.0, 100.0);
    check.range("training.patience", training.patience, 0, 100000);
    check.range("training.foldsAtOnce", training.foldsAtOnce, 0, 64);
    check.oneOf("training.loss", training.loss, {"auto", "bce", "cross-entropy"});
    check.require(plan.split.kind.rfind("holdout", 0) == 0 || training.seed <= std::numeric_limits<std::uint32_t>::max(), "training.seed",
                  "must be 0 to 4294967295 with split.kind " + shown(plan.split.kind));
    for (const TrainingWord& word : trainingWords(training)) {
        check.oneOf(word.key, word.value, word.known);
    }
    if (!check.good()) {
        return;
    }
    try { // what the engine itself has to say about ranges
        const image::Preprocess graph = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
        const std::size_t classes = std::max<std::size_t>(2, training.classWeights.size());
        check.append(trainConfigOf(plan, graph, classes, "cpu").check());
    } catch (const base::Error& error) {
        check.refuse(error);
    }
}

void checkPredict(const Plan& plan, Checker& check)
{
    try {
        (void)predict::parseViews(plan.predict.ttaViews);
    } catch (const base::Error& error) {
        check.require(false, "predict.ttaViews", error.detail());
    }
}

/// What only the parts themselves can say: the graph, the head, and whether the one fits the other.
void tryModel(const Plan& plan, Checker& check)
{
    try {
        const image::Preprocess graph = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
        const nn::ModelSpec spec = modelSpecOf(plan, graph, 2);
        nn::checkSpec(spec);
        const int side = nn::fixedInputSize(spec);
        check.require(side == 0 || (graph.outputWidth() == side && graph.outputHeight() == side), "preprocess",
                      "gives " + std::to_string(graph.outputWidth()) + " x " + std::to_string(graph.outputHeight()) + " pixels, but " +
                      spec.architecture + " takes " + std::to_string(side) + " x " + std::to_string(side) + " only");
        const std::string& scope = plan.training.trainable;
        if (scope != "all" && scope != "head") {
            (void)train::trainableBackbone(*nn::makeEmptyClassifier(spec), scope);
        }
    } catch (const base::Error& error) {
        check.refuse(error);
    }
}

void checkModel(const Plan& plan, Checker& check)
{
    check.oneOf("model.architecture", plan.model.architecture, nn::architectureNames());
    check.require(plan.model.dropout >= 0.0 && plan.model.dropout < 1.0, "model.dropout", base::Json(plan.model.dropout).dump() + " is outside 0 to below 1");
    check.range("model.channels", plan.model.channels, 0, 512);
    check.range("model.hidden", plan.model.hidden, 0, 65536);
    if (check.good()) {
        tryModel(plan, check);
    }
}

/// Settings that mean nothing without labels or would do nothing: refused rather than passed over.
void checkPretrain(const Plan& plan, Checker& check)
{
    const Plan::Pretrain& p = plan.pretrain;
    check.oneOf("pretrain.pictures", p.pictures, {"training", "all"});
    check.range("pretrain.leaveOutFold", p.leaveOutFold, -1, 1000);
    check.append(train::SelfSupervisedOptions{p.projection, p.bottleneck}.check());
    if (!p.enabled) {
        return;
    }
    const Plan::Training& t = plan.training;
    const auto off = [&check](bool isOff, const char* key, const char* value) {
        check.require(isOff, key, std::string("does not go with pretrain.enabled; set it to ") + value);
    };
    off(t.mix.mixupProbability == 0.0 && t.mix.cutmixProbability == 0.0, "training.mix", "0");
    off(t.emaDecay == 0.0, "training.emaDecay", "0");
    off(t.microBatch == 0, "training.microBatch", "0");
    off(t.freezeEpochs == 0, "training.freezeEpochs", "0");
    off(t.trainable == "all", "training.trainable", "all");
    off(t.augment, "training.augment", "true: the views of a picture must differ");
    off(t.schedule.kind != "plateau", "training.schedule.kind", "warmup-cosine: there is no validation part");
    off(t.precision != "float16", "training.precision", "bfloat16, float32 or auto");
    off(t.backboneLearningRate > 0.0, "training.backboneLearningRate", "more than 0");
    off(p.leaveOutFold < 0 || p.pictures == "training", "pretrain.leaveOutFold", "-1, or pretrain.pictures to training");
}

bool isDeviceName(const std::string& device)
{
    static const std::regex pattern("auto|cpu|cuda(:[0-9]{1,3})?");
    return std::regex_match(device, pattern);
}

} // namespace

std::vector<Problem> Plan::check() const
{
    Checker check;
    checkTexts(toJson(*this), {}, check);
    if (!check.empty()) {
        return check.take();
    }
    checkData(data, check);
    checkSplit(split, check);
    checkModel(*this, check);
    checkTraining(*this, check);
    checkPredict(*this, check);
    checkPretrain(*this, check);
    check.require(!package.name.empty() && package.name.size() <= 200, "package.name", "must have 1 to 200 characters");
    check.require(!package.version.empty() && package.version.size() <= 100, "package.version", "must have 1 to 100 characters");
    check.require(!tracking.experiment.empty() && tracking.experiment.size() <= 200, "tracking.experiment", "must have 1 to 200 characters");
    check.require(isDeviceName(device), "device", shown(device) + " is not one of auto, cpu, cuda, cuda:N");
    check.range("threads", threads, 0, 4096);
    return check.take();
}

} // namespace diascope::pipeline
