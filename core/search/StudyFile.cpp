// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/StudyFile.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "search/StudySchema.h"

#include <algorithm>
#include <cmath>

namespace diascope::search {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

Json prunerJson(const MedianPruner& pruner)
{
    return {{"enabled", pruner.enabled}, {"startTrials", pruner.startTrials}, {"warmupSteps", pruner.warmupSteps}};
}

} // namespace

Json toJson(const StudyDescription& d)
{
    return {{"objective", d.objective}, {"direction", name(d.direction)}, {"sampler", d.sampler}, {"seed", d.seed},
        {"pruner", prunerJson(d.pruner)}, {"space", toJson(d.space)}, {"subject", d.subject}};
}

StudyDescription descriptionFromJson(const Json& json, const std::string& subject)
{
    StudyDescription d;
    std::string direction;
    ObjectReader reader(json, subject);
    reader.require("objective", d.objective)
        .require("direction", direction)
        .require("sampler", d.sampler)
        .require("seed", d.seed);
    if (const Json* pruner = reader.child("pruner")) {
        ObjectReader inner(*pruner, subject, "pruner");
        inner.read("enabled", d.pruner.enabled)
            .read("startTrials", d.pruner.startTrials)
            .read("warmupSteps", d.pruner.warmupSteps)
            .finish();
    }
    Json space;
    reader.require("space", space).require("subject", d.subject).finish();
    const auto known = directionNamed(direction);
    if (!known) {
        throw Error(ErrorCode::Malformed, subject, "direction '" + base::visibleText(direction) + "' is not known");
    }
    d.direction = *known;
    d.space = spaceFromJson(space, subject);
    return d;
}

StudyFile StudyFile::create(const std::filesystem::path& file, const StudyDescription& description)
{
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
        throw Error(ErrorCode::Usage, file.string(), "there is a study already",
            "Go on with it (--resume), or choose another folder.");
    }
    Database made = Database::inMemory(file);
    made.execute(schema::creation());
    Statement(made, "INSERT INTO study(id, created, description) VALUES(1, ?, ?)")
        .bind(base::utcNow())
        .bind(toJson(description).dump())
        .run();
    base::writeFileAtomically(file, made.bytes());
    return open(file);
}

StudyFile StudyFile::open(const std::filesystem::path& file)
{
    StudyFile study(file, Database::Access::Write);
    study.takeUpInterrupted();
    return study;
}

StudyFile StudyFile::resume(const std::filesystem::path& file, const StudyDescription& wanted)
{
    StudyFile study(file, Database::Access::Write);
    study.requireSame(wanted);
    study.takeUpInterrupted();
    return study;
}

StudyDescription StudyFile::describe(const std::filesystem::path& file)
{
    return StudyFile(file, Database::Access::Write)
        .m_description; // what a killed process left half done can only be undone by a writer
}

StudyFile StudyFile::view(const std::filesystem::path& file)
{
    return {file, Database::Access::Look};
}

StudyFile::StudyFile(const std::filesystem::path& file, Database::Access access)
    : m_database(file, access)
{
    checkKind();
    readDescription();
    readTrials();
}

void StudyFile::requireSame(const StudyDescription& wanted) const
{
    const Json ours = toJson(m_description), theirs = toJson(wanted);
    std::string differing;
    for (const auto& [key, value] : theirs.items()) {
        if (ours.at(key) != value) {
            differing += (differing.empty() ? "" : ", ") + (key == "subject" ? std::string("plan") : key);
        }
    }
    if (!differing.empty()) {
        throw Error(ErrorCode::Mismatch, file().string(), "the study was begun with another " + differing,
            "Resume it with what it was begun with (its folder holds plan and space), or start a new study.");
    }
}

Trial& StudyFile::trial(int number)
{
    if (number < 0 || static_cast<std::size_t>(number) >= m_trials.size()) {
        throw Error(ErrorCode::Internal, file().string(), "there is no trial " + std::to_string(number));
    }
    return m_trials[static_cast<std::size_t>(number)];
}

const Trial& StudyFile::add(const Point& point)
{
    m_description.space.check(point, file().string());
    const auto number = static_cast<int>(m_trials.size());
    Transaction transaction(m_database);
    Statement(m_database, "INSERT INTO trial(number, state) VALUES(?, 'running')").bind(std::int64_t{number}).run();
    for (std::size_t i = 0; i < point.size(); ++i) {
        if (point[i]) {
            Statement(m_database, "INSERT INTO setting(trial, name, coordinate, shown) VALUES(?, ?, ?, ?)")
                .bind(std::int64_t{number})
                .bind(m_description.space.parameters()[i].name)
                .bind(*point[i])
                .bind(m_description.space.valueOf(i, *point[i]).dump())
                .run();
        }
    }
    transaction.commit();
    Trial made;
    made.number = number;
    made.point = point;
    m_trials.push_back(std::move(made));
    return m_trials.back();
}

void StudyFile::restart(int number)
{
    Trial& changed = trial(number);
    Transaction transaction(m_database);
    Statement(m_database, "UPDATE trial SET state = 'running' WHERE number = ?").bind(std::int64_t{number}).run();
    transaction.commit();
    changed.state = TrialState::Running;
}

void StudyFile::report(int number, int step, double value)
{
    Trial& changed = trial(number);
    if (!std::isfinite(value) || step < 0) {
        throw Error(ErrorCode::Internal, file().string(), "a report is not a finite number at a step from 0");
    }
    Transaction transaction(m_database);
    Statement(m_database,
        "INSERT INTO report(trial, step, value) VALUES(?, ?, ?) ON CONFLICT(trial, step) DO UPDATE SET value = "
        "excluded.value")
        .bind(std::int64_t{number})
        .bind(std::int64_t{step})
        .bind(value)
        .run();
    transaction.commit();
    const auto at = std::lower_bound(
        changed.reports.begin(), changed.reports.end(), step, [](const auto& r, int s) { return r.first < s; });
    if (at != changed.reports.end() && at->first == step) {
        at->second = value;
    } else {
        changed.reports.insert(at, {step, value});
    }
}

void StudyFile::finish(
    int number, TrialState state, std::optional<double> value, const std::string& note, double seconds)
{
    Trial& changed = trial(number);
    const bool fits = state == TrialState::Complete ? value.has_value() && std::isfinite(*value)
                                                    : !value && state != TrialState::Running;
    if (!fits) {
        throw Error(ErrorCode::Internal, file().string(),
            "trial " + std::to_string(number) + " cannot end as " + std::string(name(state)));
    }
    Transaction transaction(m_database);
    Statement update(
        m_database, "UPDATE trial SET state = ?, value = ?, note = ?, seconds = seconds + ? WHERE number = ?");
    update.bind(std::string(name(state)));
    value ? update.bind(*value) : update.bindNothing();
    update.bind(note).bind(seconds).bind(std::int64_t{number}).run();
    transaction.commit();
    changed.state = state;
    changed.value = value;
    changed.note = note;
    changed.seconds += seconds;
}

} // namespace diascope::search
