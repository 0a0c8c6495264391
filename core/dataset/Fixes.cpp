// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Fixes.h"

#include <algorithm>
#include <array>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;
using base::Problem;

const std::vector<std::string>& fixKinds()
{
    static const std::vector<std::string> kinds{"exclude", "relabel", "group"};
    return kinds;
}

std::string placeOfFix(std::size_t index)
{
    return "data.fixes[" + std::to_string(index) + "]";
}

std::string wrongKind(const std::string& kind)
{
    const std::string near = base::nearestMatch(kind, fixKinds());
    return "'" + base::visibleText(kind) + "' is not one of exclude, relabel, group"
        + (near.empty() ? "" : "; did you mean '" + near + "'?");
}

} // namespace

base::Json toJson(std::span<const Fix> fixes)
{
    base::Json list = base::Json::array();
    for (const Fix& fix : fixes) {
        base::Json json{{"sample", fix.sample}, {"fix", fix.kind}};
        if (!fix.value.empty()) {
            json["value"] = fix.value;
        }
        if (!fix.reason.empty()) {
            json["reason"] = fix.reason;
        }
        list.push_back(std::move(json));
    }
    return list;
}

std::vector<Fix> fixesFromJson(const base::Json& json, const std::string& subject)
{
    if (json.is_null()) {
        return {};
    }
    if (!json.is_array()) {
        throw Error(ErrorCode::Plan, subject, "data.fixes must be a list of {sample, fix, value, reason}");
    }
    std::vector<Fix> fixes;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (!json[i].is_object()) {
            throw Error(ErrorCode::Plan, subject, placeOfFix(i) + " must be {sample, fix, value, reason}");
        }
        Fix fix;
        base::ObjectReader reader(json[i], subject, placeOfFix(i));
        reader.require("sample", fix.sample).require("fix", fix.kind);
        reader.read("value", fix.value).read("reason", fix.reason).finish();
        fixes.push_back(std::move(fix));
    }
    return fixes;
}

std::vector<Problem> checkFixes(std::span<const Fix> fixes)
{
    std::vector<Problem> problems;
    std::map<std::pair<std::string, std::string>, std::size_t> seen;
    for (std::size_t i = 0; i < fixes.size(); ++i) {
        const Fix& fix = fixes[i];
        const auto refuse = [&](const std::string& why) { problems.push_back({ErrorCode::Plan, placeOfFix(i), why}); };
        const auto& kinds = fixKinds();
        if (std::find(kinds.begin(), kinds.end(), fix.kind) == kinds.end()) {
            refuse(wrongKind(fix.kind));
        } else if (fix.sample.empty()) {
            refuse("names no sample");
        } else if ((fix.kind == "exclude") != fix.value.empty()) {
            refuse(fix.kind == "exclude"
                    ? "'exclude' takes no value"
                    : "'" + fix.kind + "' needs a value: the " + (fix.kind == "group" ? "group" : "class"));
        } else if (const auto [first, isNew] = seen.emplace(std::pair(fix.sample, fix.kind), i);
                   !isNew && fixes[first->second].value != fix.value) {
            refuse("contradicts " + placeOfFix(first->second) + ": two values for '" + base::visibleText(fix.sample)
                + "'");
        }
    }
    return problems;
}

FixBook::FixBook(std::span<const Fix> fixes)
{
    const std::vector<Problem> problems = checkFixes(fixes);
    if (!problems.empty()) {
        throw Error(ErrorCode::Plan, problems.front().subject, problems.front().detail);
    }
    for (const Fix& fix : fixes) {
        if (m_places.emplace(std::pair(fix.sample, fix.kind), m_fixes.size()).second) {
            m_fixes.push_back({fix});
        }
    }
}

const Fix* FixBook::use(const std::string& kind, const std::string& file, const std::string& sample)
{
    for (const std::string* name : std::array{&sample, &file}) {
        if (const auto place = m_places.find({*name, kind}); place != m_places.end()) {
            ++m_fixes[place->second].uses;
            return &m_fixes[place->second].fix;
        }
    }
    return nullptr;
}

bool FixBook::excludes(const std::string& file, const std::string& sample)
{
    return use("exclude", file, sample) != nullptr;
}

std::optional<std::string> FixBook::labelOf(const std::string& file, const std::string& sample)
{
    const Fix* fix = use("relabel", file, sample);
    return fix != nullptr ? std::optional(fix->value) : std::nullopt;
}

std::optional<std::string> FixBook::groupOf(const std::string& file, const std::string& sample)
{
    const Fix* fix = use("group", file, sample);
    return fix != nullptr ? std::optional(fix->value) : std::nullopt;
}

std::vector<Problem> FixBook::unused() const
{
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < m_fixes.size(); ++i) {
        if (m_fixes[i].uses == 0 && !m_places.contains({m_fixes[i].fix.sample, "exclude"})) {
            problems.push_back({ErrorCode::Plan, m_fixes[i].fix.sample,
                "data.fixes has '" + m_fixes[i].fix.kind
                    + "' for it, but the source holds no such sample; nothing was done"});
        } else if (m_fixes[i].uses == 0 && m_fixes[i].fix.kind == "exclude") {
            problems.push_back({ErrorCode::Plan, m_fixes[i].fix.sample,
                "data.fixes excludes it, but the source holds no such sample; nothing was done"});
        }
    }
    return problems;
}

std::string FixBook::receipt() const
{
    const auto countOf = [this](const std::string& kind) {
        int count = 0;
        for (const Entry& entry : m_fixes) {
            count += entry.fix.kind == kind ? entry.uses : 0;
        }
        return count;
    };
    const int excluded = countOf("exclude"), relabelled = countOf("relabel"), grouped = countOf("group");
    if (excluded + relabelled + grouped == 0) {
        return {};
    }
    return std::to_string(excluded) + " excluded, " + std::to_string(relabelled) + " relabelled, "
        + std::to_string(grouped) + " put into a named group by data.fixes.";
}

} // namespace diascope::dataset
