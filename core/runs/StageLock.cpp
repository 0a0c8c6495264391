// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/StageLock.h"

#include "base/AtomicFile.h"
#include "base/Text.h"
#include "base/Yaml.h"
#include "runs/ContentHash.h"

#include <algorithm>

namespace diascope::runs {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

constexpr const char* kSchema = "2.0";
constexpr std::size_t kLargestLock = 16U << 20U;
constexpr std::size_t kMostReasons = 5;

/// As DVC writes paths: "/" between the parts, nothing superfluous.
std::string tidyPath(const std::string& path)
{
    std::string text = fs::path(path).lexically_normal().generic_string();
    if (text.size() > 1 && text.back() == '/') {
        text.pop_back();
    }
    return text;
}

Json entryOf(const std::string& path, const ContentHash& hash)
{
    Json entry = {{"path", tidyPath(path)}, {"hash", "md5"}, {"md5", hash.md5}, {"size", hash.size}};
    if (hash.files) {
        entry["nfiles"] = *hash.files;
    }
    return entry;
}

/// {"plan.yaml": {"training.epochs": 30}}
Json parametersOf(const Stage& stage)
{
    Json files = Json::object();
    for (const StageParameter& parameter : stage.parameters) {
        try {
            files[parameter.file][parameter.key] = base::parseJson(parameter.json, parameter.key);
        } catch (const Error& error) {
            throw Error(ErrorCode::Plan, parameter.key,
                "its value for stage '" + stage.name + "' is not JSON: " + error.detail());
        }
    }
    return files;
}

/// The entry of `list` with this path, or null.
Json entryWithPath(const Json& list, const std::string& path)
{
    for (const Json& entry : list) {
        if (entry.is_object() && entry.value("path", Json()) == Json(path)) {
            return entry;
        }
    }
    return nullptr;
}

Json memberOf(const Json& object, const std::string& key)
{
    return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::string shortJson(const Json& value)
{
    return base::shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

std::string counted(std::size_t number, const std::string& thing)
{
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

void compareEntries(const Json& before, const Json& now, const std::string& kind, std::vector<std::string>& reasons)
{
    for (const Json& entry : now) {
        const auto path = entry["path"].get<std::string>();
        const Json old = entryWithPath(before, path);
        if (old.is_null()) {
            reasons.push_back(kind + " " + path + " is new");
        } else if (memberOf(old, "md5") != entry["md5"]) {
            reasons.push_back(kind + " " + path + " has changed");
        }
    }
    for (const Json& entry : before) {
        const Json path = memberOf(entry, "path");
        if (path.is_string() && entryWithPath(now, path.get<std::string>()).is_null()) {
            reasons.push_back(kind + " " + path.get<std::string>() + " is no longer one");
        }
    }
}

void compareParameters(const Json& before, const Json& now, std::vector<std::string>& reasons)
{
    for (const auto& [file, values] : now.items()) {
        for (const auto& [key, value] : values.items()) {
            const Json old = memberOf(memberOf(before, file), key);
            if (old.is_null() && !memberOf(before, file).contains(key)) {
                reasons.push_back("parameter " + key + " is new");
            } else if (old != value) {
                reasons.push_back("parameter " + key + " was " + shortJson(old) + " and is " + shortJson(value));
            }
        }
    }
    for (const auto& [file, values] : before.items()) {
        for (const auto& [key, value] : values.items()) {
            if (!memberOf(now, file).contains(key)) {
                reasons.push_back("parameter " + key + " is no longer one");
            }
        }
    }
}

std::string sentenceOf(const Stage& stage, const std::vector<std::string>& reasons)
{
    if (reasons.empty()) {
        return "Stage '" + stage.name + "' is skipped: " + counted(stage.inputs.size(), "input") + " and "
            + counted(stage.parameters.size(), "parameter") + " have not changed, "
            + counted(stage.outputs.size(), "output") + (stage.outputs.size() == 1 ? " is intact." : " are intact.");
    }
    std::string text = "Stage '" + stage.name + "' runs: ";
    for (std::size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i) {
        text += (i == 0 ? "" : "; ") + reasons[i];
    }
    return text
        + (reasons.size() > kMostReasons ? "; and " + counted(reasons.size() - kMostReasons, "more change") + "."
                                         : ".");
}

/// Throws Error{Malformed} unless it is a lock file of the schema that we read.
Json stagesOf(const std::string& text, const std::string& subject)
{
    const Json document = base::parseYaml(text, subject);
    if (memberOf(document, "schema") != Json(kSchema)) {
        throw Error(ErrorCode::Malformed, subject, "it is not of schema '2.0'");
    }
    const Json stages = memberOf(document, "stages");
    const auto isStage = [](const Json& stage) {
        const auto isList = [&](const char* key) { return memberOf(stage, key).is_array() || !stage.contains(key); };
        const Json files = memberOf(stage, "params");
        return stage.is_object() && isList("deps") && isList("outs")
            && (files.is_null() || (files.is_object() && std::all_of(files.begin(), files.end(), [](const Json& f) {
                   return f.is_object();
               })));
    };
    if (!stages.is_null() && !(stages.is_object() && std::all_of(stages.begin(), stages.end(), isStage))) {
        throw Error(ErrorCode::Malformed, subject, "its stages are not as DVC writes them");
    }
    return stages.is_null() ? Json::object() : stages;
}

} // namespace

struct StageLock::Document {
    Json stages = Json::object();
    std::map<std::string, Json> pending; ///< Of stages that before() was asked about: the record but for its outputs.
};

const std::vector<std::string>& stageNames()
{
    static const std::vector<std::string> kNames{"data", "store", "split", "train", "evaluate", "package"};
    return kNames;
}

StageLock::StageLock(fs::path file)
    : m_file(std::move(file))
    , m_document(std::make_unique<Document>())
{
    std::error_code error;
    if (!fs::exists(m_file, error)) {
        return;
    }
    const std::string text = base::readFile(m_file, kLargestLock);
    try {
        m_document->stages = stagesOf(text, m_file.string());
    } catch (const Error& damage) {
        const fs::path kept = m_file.string() + ".damaged";
        base::writeFileAtomically(kept, text);
        m_warning = m_file.filename().string() + " cannot be used (" + damage.detail() + "); it is kept as "
            + kept.filename().string() + ", and every stage runs.";
    }
}

StageLock::~StageLock() = default;

fs::path StageLock::located(const std::string& path) const
{
    return m_file.parent_path() / path; // an absolute one replaces the folder
}

StageDecision StageLock::before(const Stage& stage, const std::stop_token& stop)
{
    Json record = {{"cmd", stage.command}, {"deps", Json::array()}};
    for (const std::string& input : stage.inputs) {
        const auto hash = contentHash(located(input), stop);
        if (!hash) {
            throw Error(ErrorCode::NotFound, located(input).string(),
                "stage '" + stage.name + "' needs it, and it is not there");
        }
        record["deps"].push_back(entryOf(input, *hash));
    }
    record["params"] = parametersOf(stage);
    const Json old = memberOf(m_document->stages, stage.name);
    StageDecision decision;
    if (old.is_null()) {
        decision.reasons.push_back("nothing is recorded of an earlier time");
    } else {
        if (memberOf(old, "cmd") != record["cmd"]) {
            decision.reasons.emplace_back("its command has changed");
        }
        compareEntries(memberOf(old, "deps"), record["deps"], "input", decision.reasons);
        compareParameters(memberOf(old, "params"), record["params"], decision.reasons);
    }
    if (decision.reasons.empty()) {
        Json outputs = Json::array();
        for (const std::string& output : stage.outputs) {
            if (const auto hash = contentHash(located(output), stop)) {
                outputs.push_back(entryOf(output, *hash));
            } else {
                decision.reasons.push_back("output " + output + " is missing");
            }
        }
        if (decision.reasons.empty()) {
            compareEntries(memberOf(old, "outs"), outputs, "output", decision.reasons);
        }
    }
    m_document->pending[stage.name] = std::move(record);
    decision.upToDate = decision.reasons.empty();
    decision.sentence = sentenceOf(stage, decision.reasons);
    return decision;
}

void StageLock::after(const Stage& stage, const std::stop_token& stop)
{
    const auto pending = m_document->pending.find(stage.name);
    if (pending == m_document->pending.end()) {
        throw Error(ErrorCode::Internal, stage.name, "the stage was not asked about before it ran");
    }
    Json record = pending->second;
    record["outs"] = Json::array();
    for (const std::string& output : stage.outputs) {
        const auto hash = contentHash(located(output), stop);
        if (!hash) {
            throw Error(ErrorCode::NotFound, located(output).string(),
                "stage '" + stage.name + "' should have made it, and it is not there");
        }
        record["outs"].push_back(entryOf(output, *hash));
    }
    for (const char* key : {"deps", "params", "outs"}) { // DVC leaves out what is empty
        if (record[key].empty()) {
            record.erase(key);
        }
    }
    m_document->stages[stage.name] = std::move(record);
    // What a power cut takes of it makes stages run once more, no worse.
    base::writeFileAtomically(m_file, base::toYaml(Json{{"schema", kSchema}, {"stages", m_document->stages}}), base::Flush::Later);
    m_document->pending.erase(pending); // not before: a caller may try again once the disk has room
}

bool StageLock::has(const std::string& stage) const
{
    return m_document->stages.contains(stage);
}

std::vector<std::string> StageLock::changedOutputs(const std::string& stage, const std::stop_token& stop) const
{
    std::vector<std::string> changed;
    for (const Json& entry : memberOf(memberOf(m_document->stages, stage), "outs")) {
        const Json path = memberOf(entry, "path");
        if (!path.is_string()) {
            continue;
        }
        const auto hash = contentHash(located(path.get<std::string>()), stop);
        if (!hash || memberOf(entry, "md5") != Json(hash->md5)) {
            changed.push_back(path.get<std::string>());
        }
    }
    return changed;
}

bool StageLock::perform(const Stage& stage, const std::function<void(const std::string&)>& say,
    const std::function<void()>& work, const std::stop_token& stop)
{
    const StageDecision decision = before(stage, stop);
    if (say) {
        say(decision.sentence);
    }
    if (!decision.upToDate) {
        work();
        after(stage, stop);
    }
    return !decision.upToDate;
}

} // namespace diascope::runs
