// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/RunFacts.h"

#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "evaluate/JoinColumns.h"

#include <set>

namespace diascope::evaluate {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

bool isThere(const std::filesystem::path& file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

constexpr std::size_t kDocument = std::size_t{64} << 20U;

Json jsonOf(const std::filesystem::path& file)
{
    return isThere(file) ? base::parseJson(base::readFile(file, kDocument), file.string()) : Json();
}

std::string textAt(const Json& document, const std::string& dottedKey)
{
    const Json* at = &document;
    for (std::size_t begin = 0; begin <= dottedKey.size();) {
        const std::size_t end = std::min(dottedKey.find('.', begin), dottedKey.size());
        const std::string key = dottedKey.substr(begin, end - begin);
        if (!at->is_object() || !at->contains(key)) {
            return {};
        }
        at = &at->at(key);
        begin = end + 1;
    }
    return at->is_null()  ? std::string()
        : at->is_string() ? at->get<std::string>()
                          : at->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::map<std::string, RunFacts::Part> partsOf(const std::filesystem::path& file)
{
    std::map<std::string, RunFacts::Part> parts;
    if (!isThere(file)) {
        return parts;
    }
    const base::CsvTable table = base::readCsv(file);
    const int sample = table.column("sample"), group = table.column("group"), role = table.column("role");
    if (sample < 0 || group < 0 || role < 0) {
        throw Error(ErrorCode::Malformed, file.string(), "there are no columns sample, group and role");
    }
    std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> names;
    for (const auto& row : table.rows) {
        auto& [samples, groups] = names[row[static_cast<std::size_t>(role)]];
        samples.insert(row[static_cast<std::size_t>(sample)]);
        groups.insert(row[static_cast<std::size_t>(group)]);
    }
    for (const auto& [name, sets] : names) {
        parts[name] = {static_cast<std::int64_t>(sets.first.size()), static_cast<std::int64_t>(sets.second.size())};
    }
    return parts;
}

void readThreshold(RunFacts& facts)
{
    if (!facts.result.is_object() || !facts.result.contains("threshold")) {
        return;
    }
    const Json& value = facts.result.at("threshold");
    if (!value.is_number()) {
        throw Error(ErrorCode::Malformed, (facts.folder / "result.json").string(), "'threshold' is not a number");
    }
    facts.threshold = value.get<double>();
    facts.thresholdLocked = facts.result.contains("thresholdLocked") && facts.result.at("thresholdLocked").is_boolean()
        && facts.result.at("thresholdLocked").get<bool>();
}

/// What the validation rows of a run have decided already.
std::vector<std::string> usesOfValidation(const RunFacts& facts)
{
    if (facts.planText("training.keep") == "last") {
        return {};
    }
    const std::string monitor = facts.planText("training.monitor");
    return {"the epoch whose weights count was chosen on these rows too (best "
        + (monitor.empty() ? std::string("validation figure") : monitor)
        + "): figures are optimistic; a test part (split.testFraction) or split.nested gives honest ones"};
}

void joinStoredSubgroups(Predictions& predictions, const RunFacts& facts)
{
    const std::filesystem::path file = facts.folder / kSubgroupsFile;
    if (!isThere(file)) {
        return;
    }
    joinOfferedColumns(predictions, base::readCsv(file), file.string());
}

} // namespace

std::string RunFacts::planText(const std::string& dottedKey) const
{
    return textAt(plan, dottedKey);
}

std::string RunFacts::resultText(const std::string& dottedKey) const
{
    return textAt(result, dottedKey);
}

RunFacts readRunFacts(const std::filesystem::path& folder)
{
    if (!isThere(folder / "oof.csv") && !isThere(folder / "test.csv")) {
        throw Error(ErrorCode::NotFound, folder.string(),
            isThere(folder) ? "there is neither oof.csv nor test.csv" : "there is no such folder",
            "Name the folder of a finished training (train --run).");
    }
    RunFacts facts;
    facts.folder = folder;
    if (isThere(folder / "plan.yaml")) {
        facts.plan = base::parseYaml(base::readFile(folder / "plan.yaml", kDocument), (folder / "plan.yaml").string());
    }
    facts.result = jsonOf(folder / "result.json");
    facts.environment = jsonOf(folder / "environment.json");
    facts.parts = partsOf(folder / "splits.csv");
    readThreshold(facts);
    return facts;
}

std::vector<RunPart> readRunParts(const RunFacts& facts, const EvaluationConfig& base, const ReadOptions& options)
{
    std::vector<RunPart> parts;
    for (const auto& [file, name] : {std::pair{"oof.csv", "out-of-fold"}, std::pair{"test.csv", "test"}}) {
        if (!isThere(facts.folder / file)) {
            continue;
        }
        RunPart part{name, readPredictions(facts.folder / file, options), base, {}};
        part.config.storedThreshold = facts.threshold;
        part.config.storedByDefault = facts.threshold && !facts.thresholdLocked;
        part.config.storedOnTheseRows = part.name != "test";
        if (part.name != "test") {
            part.warnings = usesOfValidation(facts);
        }
        joinStoredSubgroups(part.predictions, facts);
        parts.push_back(std::move(part));
    }
    return parts;
}

} // namespace diascope::evaluate
