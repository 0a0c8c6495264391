// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Checklists.h"

#include "evaluate/Words.h"

#include "base/Error.h"

#include <algorithm>

namespace diascope::evaluate {

namespace {

/// "label text; " for what is there.
std::string clause(const std::string& label, const std::string& text)
{
    return text.empty() || text == "[]" || text == "{}" || text == "null"
        ? std::string()
        : label + (label.empty() ? "" : " ") + text + "; ";
}

std::string finished(std::string text)
{
    while (!text.empty() && (text.back() == ' ' || text.back() == ';')) {
        text.pop_back();
    }
    return text;
}

std::string numbersOf(const RunFacts& facts)
{
    std::string text;
    for (const auto& [role, part] : facts.parts) {
        text += role + ": " + std::to_string(part.samples) + " samples of " + std::to_string(part.groups) + " groups; ";
    }
    return finished(text);
}

void addPlan(KnownFacts& known, const RunFacts& facts)
{
    const auto plan = [&](const char* key) { return facts.planText(key); };
    const auto result = [&](const char* key) { return facts.resultText(key); };
    known["data"] = finished(clause("", result("data")) + clause("dataset SHA-256", result("datasetSha256")));
    known["split"] = finished(clause("", result("split")) + clause("split kind", plan("split.kind"))
        + clause("repeats", plan("split.repeats")) + clause("duplicates", plan("data.duplicates")));
    known["numbers"] = numbersOf(facts);
    known["preprocess"] = finished(clause("steps, in order:", plan("preprocess")));
    known["model"] = finished(clause("architecture", result("architecture")) + clause("settings", plan("model")));
    known["initialisation"]
        = finished(clause("started from", result("startedFrom")) + clause("seed", plan("training.seed")));
    known["training"]
        = finished(clause("epochs", plan("training.epochs")) + clause("batch size", plan("training.batchSize"))
            + clause("learning rate", plan("training.learningRate")) + clause("optimiser", plan("training.optimiser"))
            + clause("schedule", plan("training.schedule")) + clause("loss", plan("training.loss"))
            + clause("augmentation", plan("training.augmentation")) + clause("trainable", plan("training.trainable")));
    known["selection"] = finished(clause("monitored on the validation part:", plan("training.monitor"))
        + clause("kept", plan("training.keep")) + clause("patience", plan("training.patience")));
    known["imbalance"] = finished(clause("classes drawn equally often in training:", plan("training.balance"))
        + clause("sampler", plan("training.sampler")) + clause("class weights", plan("training.classWeights"))
        + clause("positive weight", plan("training.positiveWeight")));
    known["tuning"] = finished(clause("recipe", plan("recipe")));
    const auto environment = [&](const char* key) {
        return facts.environment.is_object() && facts.environment.contains(key) && facts.environment.at(key).is_string()
            ? facts.environment.at(key).get<std::string>()
            : std::string();
    };
    known["software"] = finished(clause("", environment("build")) + clause("device", environment("device"))
        + clause("processor", environment("processor")));
    known["ensemble"] = facts.result.is_object() && facts.result.contains("folds")
        ? "the mean of the probabilities of all folds"
        : "a single model";
    known["use"] = plan("package.intendedUse");
}

std::string classesOf(const Evaluation& evaluation)
{
    std::string text;
    for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
        text += evaluation.classes[c] + " (" + std::to_string(evaluation.casesOfClass[c]) + " cases); ";
    }
    return finished(text);
}

} // namespace

KnownFacts knownFacts(const RunFacts* facts, const std::vector<std::pair<std::string, const Evaluation*>>& parts)
{
    KnownFacts known;
    if (facts != nullptr) {
        addPlan(known, *facts);
    }
    std::string performance, subgroups, calibration, warnings, sizes;
    for (const auto& [name, evaluation] : parts) {
        performance
            += name + " (n = " + std::to_string(evaluation->cases) + "): " + mainFiguresInWords(*evaluation) + ". ";
        warnings += joined(evaluation->warnings, "; ") + (evaluation->warnings.empty() ? "" : ". ");
        for (const std::string& warning : evaluation->warnings) {
            sizes += warning.starts_with("n is too small") ? warning + "; " : std::string();
        }
        for (const Subgroup& subgroup : evaluation->subgroups) {
            subgroups += subgroupInWords(subgroup) + ". ";
        }
        calibration += name + ": " + calibrationInWords(*evaluation) + ". ";
    }
    known["performance"] = finished(performance);
    known["subgroups"] = finished(subgroups);
    known["calibration"] = finished(calibration);
    known["warnings"] = finished(warnings);
    known["sampleSize"] = finished(sizes);
    if (!parts.empty()) {
        const Evaluation& first = *parts.front().second;
        known["outcome"] = "classes: " + classesOf(first);
        known["threshold"] = first.threshold.words;
        known["measures"] = "area under the ROC curve, average precision, accuracy, balanced accuracy, sensitivity, "
                            "specificity, predictive values, F1, Matthews "
                            "correlation, kappa, Brier score, log loss, calibration error, slope and intercept, "
                            "decision curve, split-conformal sets; "
                            "plots of ROC, precision and recall, reliability, net benefit";
        known["uncertainty"] = first.pooled.find("auc") != nullptr ? "95 % intervals; area: "
                + first.pooled.find("auc")->method + "; proportions: " + first.pooled.find("accuracy")->method
                                                                   : std::string();
        known["output"] = "a probability for each class"
            + (first.threshold.words.empty() ? std::string() : "; " + first.threshold.words);
    }
    std::erase_if(known, [](const auto& entry) { return entry.second.empty(); });
    return known;
}

std::string checklistText(const std::string& title, std::span<const ChecklistItem> items, const KnownFacts& known)
{
    std::string text = "# " + title + "\n\n" + std::string(kSafetyLine)
        + "\n\nPre-filled from the run where the program knows the answer; an empty answer is for a person. Wordings "
          "are shortened: read the "
          "guideline itself.\n\n| Item | Section | What to report | Answer |\n|---|---|---|---|\n";
    std::size_t filled = 0;
    for (const ChecklistItem& item : items) {
        const auto found = known.find(std::string(item.subject));
        const bool answered = !item.subject.empty() && found != known.end();
        filled += answered ? 1 : 0;
        text += "| " + std::string(item.id) + " | " + std::string(item.section) + " | " + std::string(item.wording)
            + " | " + (answered ? markdownCell(found->second) : std::string()) + " |\n";
    }
    return text + "\n" + std::to_string(filled) + " of " + std::to_string(items.size()) + " items are pre-filled.\n";
}

} // namespace diascope::evaluate
