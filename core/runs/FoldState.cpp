// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/FoldState.h"

#include "base/Json.h"

#include <algorithm>

namespace diascope::runs {

using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

constexpr int kFoldVersion = 1;
constexpr int kMostFolds = 1000;
constexpr const char* kFoldFormat = "diascope-folds";

Json entryJson(const FoldEntry& entry)
{
    Json json = {{"repeat", entry.key.repeat}, {"fold", entry.key.fold},
        {"outcome", entry.outcome == FoldOutcome::Finished ? "finished" : "failed"}, {"epochs", entry.epochs},
        {"bestEpoch", entry.bestEpoch}};
    json["score"] = entry.score ? Json(*entry.score) : Json();
    json["note"] = entry.note;
    return json;
}

FoldEntry entryFromJson(const Json& json, const std::string& subject)
{
    FoldEntry entry;
    std::string outcome;
    base::ObjectReader reader(json, subject, "done");
    reader.require("repeat", entry.key.repeat).require("fold", entry.key.fold).require("outcome", outcome);
    reader.read("epochs", entry.epochs).read("bestEpoch", entry.bestEpoch).read("note", entry.note);
    if (const Json* score = reader.child("score"); score != nullptr && !score->is_null()) {
        double value = 0.0;
        reader.read("score", value);
        entry.score = value;
    }
    reader.finish();
    if (outcome != "finished" && outcome != "failed") {
        throw Error(ErrorCode::Malformed, subject, "a fold is '" + outcome + "', neither finished nor failed");
    }
    entry.outcome = outcome == "finished" ? FoldOutcome::Finished : FoldOutcome::Failed;
    return entry;
}

} // namespace

std::string folderName(FoldKey key)
{
    return std::to_string(key.repeat) + "-" + std::to_string(key.fold);
}

FoldState::FoldState(int repeats, int folds)
    : m_repeats(repeats)
    , m_folds(folds)
{
    if (repeats < 1 || repeats > kMostFolds || folds < 1 || folds > kMostFolds) {
        throw Error(ErrorCode::Plan, "split.folds",
            std::to_string(repeats) + " repeats of " + std::to_string(folds) + " folds are outside 1 to "
                + std::to_string(kMostFolds));
    }
}

FoldState FoldState::fromJson(std::string_view text, const std::string& subject)
{
    const Json document = base::parseJson(text, subject, 8U << 20U);
    std::string format;
    int version = 0, repeats = 0, folds = 0;
    Json done = Json::array();
    base::ObjectReader reader(document, subject);
    reader.require("format", format).require("version", version);
    if (format != kFoldFormat || version != kFoldVersion) {
        throw Error(ErrorCode::Malformed, subject,
            "it is '" + format + "' version " + std::to_string(version) + ", not '" + kFoldFormat + "' version 1",
            "Open the run with the version of the program that made it.");
    }
    reader.require("repeats", repeats).require("folds", folds).require("done", done).finish();
    FoldState state(repeats, folds);
    for (const Json& json : done) {
        FoldEntry entry = entryFromJson(json, subject);
        if (!state.has(entry.key)) {
            throw Error(ErrorCode::Malformed, subject,
                "fold " + folderName(entry.key) + " is done, but the run has no such fold");
        }
        state.record(std::move(entry));
    }
    return state;
}

std::string FoldState::toJson() const
{
    Json json = {{"format", kFoldFormat}, {"version", kFoldVersion}, {"repeats", m_repeats}, {"folds", m_folds},
        {"done", Json::array()}};
    for (const FoldEntry& entry : m_done) {
        json["done"].push_back(entryJson(entry));
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool FoldState::has(FoldKey key) const
{
    return key.repeat >= 0 && key.repeat < m_repeats && key.fold >= 0 && key.fold < m_folds;
}

const FoldEntry* FoldState::find(FoldKey key) const
{
    const auto at
        = std::find_if(m_done.begin(), m_done.end(), [&](const FoldEntry& entry) { return entry.key == key; });
    return at == m_done.end() ? nullptr : &*at;
}

std::vector<FoldKey> FoldState::remaining() const
{
    std::vector<FoldKey> keys;
    for (int repeat = 0; repeat < m_repeats; ++repeat) {
        for (int fold = 0; fold < m_folds; ++fold) {
            if (find({repeat, fold}) == nullptr) {
                keys.push_back({repeat, fold});
            }
        }
    }
    return keys;
}

void FoldState::record(FoldEntry entry)
{
    if (!has(entry.key)) {
        throw Error(ErrorCode::Internal, folderName(entry.key), "the run has no such fold");
    }
    std::erase_if(m_done, [&](const FoldEntry& old) { return old.key == entry.key; });
    const auto place
        = std::find_if(m_done.begin(), m_done.end(), [&](const FoldEntry& other) { return other.key > entry.key; });
    m_done.insert(place, std::move(entry));
}

} // namespace diascope::runs
