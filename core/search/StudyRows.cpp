// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a study file, which may have been damaged or made by anybody.
#include "search/Sampler.h"
#include "search/StudyFile.h"
#include "search/StudySchema.h"

#include <algorithm>
#include <cmath>

namespace diascope::search {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::int64_t kMostTrials = 1'000'000;
constexpr const char* kRemedy = "Take a copy of the file from before it was damaged, or start a new study.";

[[noreturn]] void refuseRow(const std::filesystem::path& file, const std::string& why)
{
    throw Error(ErrorCode::Malformed, file.string(), why, kRemedy);
}

} // namespace

std::string schema::creation()
{
    std::string sql = "PRAGMA application_id = " + std::to_string(kApplicationId)
        + "; PRAGMA user_version = " + std::to_string(StudyFile::kVersion) + ";";
    for (const Table& table : kTables) {
        sql.append(table.sql).append(";");
    }
    return sql;
}

void StudyFile::checkKind()
{
    if (m_database.number("PRAGMA application_id") != schema::kApplicationId) {
        throw Error(ErrorCode::Malformed, file().string(), "is a database, but not a study of Diascope",
            "Name the folder of a study, or start a new one.");
    }
    if (const std::int64_t version = m_database.number("PRAGMA user_version"); version != kVersion) {
        throw Error(ErrorCode::Unsupported, file().string(),
            "is a study of version " + std::to_string(version) + ", this program reads version "
                + std::to_string(kVersion),
            "Use the program that wrote it, or start a new study.");
    }
    Statement found(m_database, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
    std::size_t known = 0;
    while (found.row()) {
        const std::string table = found.text(0), sql = found.text(1);
        const auto same = [&](const schema::Table& ours) { return ours.name == table && ours.sql == sql; };
        if (std::none_of(schema::kTables.begin(), schema::kTables.end(), same)) {
            refuseRow(file(), "holds '" + base::visibleText(table) + "', which no study has");
        }
        ++known;
    }
    if (known != schema::kTables.size()) {
        refuseRow(file(), "lacks a table of a study");
    }
}

void StudyFile::readDescription()
{
    Statement row(m_database, "SELECT description FROM study");
    if (!row.row()) {
        refuseRow(file(), "does not say what is searched");
    }
    try {
        m_description = descriptionFromJson(base::parseJson(row.text(0), file().string()), file().string());
        (void)makeSampler(m_description.sampler, m_description.space, m_description.direction, m_description.seed);
    } catch (const Error& error) {
        refuseRow(file(), "describes its search wrongly: " + error.detail());
    }
}

void StudyFile::readTrials()
{
    if (const std::int64_t count = m_database.number("SELECT count(*) FROM trial"); count > kMostTrials) {
        refuseRow(file(), "holds " + std::to_string(count) + " trials");
    }
    Statement row(m_database, "SELECT number, state, value, note, seconds, deaths FROM trial ORDER BY number");
    while (row.row()) {
        Trial trial;
        trial.number = static_cast<int>(m_trials.size());
        const auto state = trialStateNamed(row.text(1));
        trial.value = row.realOrNothing(2);
        trial.note = row.text(3);
        trial.seconds = row.real(4);
        trial.deaths = static_cast<int>(std::clamp<std::int64_t>(row.integer(5), 0, kMostDeaths));
        if (row.integer(0) != trial.number) {
            refuseRow(file(), "lacks trial " + std::to_string(trial.number));
        }
        if (!state || (*state == TrialState::Complete) != trial.value.has_value()
            || (trial.value && !std::isfinite(*trial.value))) {
            refuseRow(
                file(), "trial " + std::to_string(trial.number) + " has no state, or a value that does not go with it");
        }
        trial.state = *state;
        trial.point.resize(m_description.space.size());
        m_trials.push_back(std::move(trial));
    }
    readSettings();
    readReports();
}

void StudyFile::readSettings()
{
    Statement row(m_database, "SELECT trial, name, coordinate FROM setting");
    while (row.row()) {
        const auto index = m_description.space.find(row.text(1));
        const std::int64_t number = row.integer(0);
        if (!index || number < 0 || number >= static_cast<std::int64_t>(m_trials.size())) {
            refuseRow(file(),
                "sets '" + base::visibleText(row.text(1)) + "', which is not searched, or a trial that is not there");
        }
        m_trials[static_cast<std::size_t>(number)].point[*index] = row.real(2);
    }
    for (const Trial& trial : m_trials) {
        m_description.space.check(trial.point, file().string());
    }
}

void StudyFile::readReports()
{
    Statement row(m_database, "SELECT trial, step, value FROM report ORDER BY trial, step");
    constexpr std::int64_t kMostSteps = 1'000'000'000;
    while (row.row()) {
        const std::int64_t number = row.integer(0), step = row.integer(1);
        if (number < 0 || number >= static_cast<std::int64_t>(m_trials.size()) || step < 0 || step > kMostSteps
            || !std::isfinite(row.real(2))) {
            refuseRow(file(), "holds a report that no trial can have made");
        }
        m_trials[static_cast<std::size_t>(number)].reports.emplace_back(static_cast<int>(step), row.real(2));
    }
}

void StudyFile::takeUpInterrupted()
{
    Transaction transaction(m_database);
    for (Trial& trial : m_trials) {
        if (trial.state != TrialState::Running) {
            continue;
        }
        ++trial.deaths;
        const bool again = trial.deaths < kMostDeaths;
        trial.state = again ? TrialState::Interrupted : TrialState::Failed;
        trial.note = again ? "the process died while it ran"
                           : "the process died " + std::to_string(trial.deaths) + " times while it ran";
        Statement(m_database, "UPDATE trial SET state = ?, deaths = ?, note = ? WHERE number = ?")
            .bind(std::string(name(trial.state)))
            .bind(std::int64_t{trial.deaths})
            .bind(trial.note)
            .bind(std::int64_t{trial.number})
            .run();
    }
    transaction.commit();
}

} // namespace diascope::search
