// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/GroupPattern.h"

#include <array>
#include <map>
#include <regex>
#include <set>

namespace diascope::dataset {

namespace {

struct Scheme {
    const char* pattern;
    const char* reason;
};

// The surest first.
constexpr std::array<Scheme, 5> kSchemes{{
    {R"(^(.+?)[._ -]*[Ff]rame[._ -]*[0-9]+)", "frames of one video"},
    {R"(((?:[Pp]atient|PATIENT|[Pp]at|PAT|[Ss]ubject|SUBJECT|[Ss]ubj|[Ss]ub|[Cc]ase|CASE|PID)[_ -]?[0-9]+))",
     "a patient's number in the name"},
    {R"(^(.+?)[._ -]+(?:[Ss]lice|[Ii]mg|[Ii]mage|[Ii]m|[Zz])[._ -]*[0-9]+\.[A-Za-z]+$)", "slices of one series"},
    {R"(^([A-Za-z]*[0-9]+)[_-][0-9]+\.[A-Za-z]+$)", "a number of the patient, then one of the image"},
    {R"(^(.+?)(?:_aug_[0-9]+)?\.[A-Za-z]+$)", "augmented copies of one image"},
}};

} // namespace

struct GroupPattern::Compiled {
    std::regex expression;
};

GroupPattern::GroupPattern(const std::string& pattern)
{
    constexpr std::size_t kLongest = 500; // std::regex recurses into brackets while it compiles
    const auto refuse = [](const std::string& detail) {
        throw base::Error(base::ErrorCode::Plan, "data.groupPattern", detail,
            "Use a short pattern such as ^(P[0-9]+)_, or a column of the table: data.groupColumn.");
    };
    if (pattern.size() > kLongest) {
        refuse("is longer than 500 bytes");
    }
    // libstdc++'s breadth-first search: the usual one goes back again and again, for ever with ^(a+)+$.
    constexpr auto kSyntax = std::regex::ECMAScript | std::regex_constants::__polynomial;
    try {
        if (!pattern.empty()) {
            m_pattern = std::make_shared<const Compiled>(Compiled{std::regex(pattern, kSyntax)});
        }
    } catch (const std::regex_error& error) {
        refuse(std::string("is not a regular expression: ") + error.what());
    }
}

std::optional<std::string> GroupPattern::groupOf(const std::filesystem::path& file) const
{
    constexpr std::size_t kMaxName = 1024;
    const std::string name = file.filename().string().substr(0, kMaxName);
    std::smatch match;
    if (!std::regex_search(name, match, m_pattern->expression)) {
        return std::nullopt;
    }
    return match.size() > 1 && match[1].matched ? match[1].str() : match[0].str();
}

GroupSuggestion suggestGroups(const Dataset& dataset)
{
    const auto samples = static_cast<double>(dataset.samples.size());
    for (const Scheme& scheme : kSchemes) {
        const GroupPattern pattern(scheme.pattern);
        GroupSuggestion suggestion{scheme.pattern, scheme.reason, 0, 0};
        std::map<std::string, std::set<int>> classesOf;
        int alone = 0;
        for (const Sample& sample : dataset.samples) {
            if (const auto group = pattern.groupOf(sample.file)) {
                classesOf[*group].insert(sample.label);
                ++suggestion.matched;
            } else {
                ++alone;
            }
        }
        std::size_t mixed = 0;
        for (const auto& [group, classes] : classesOf) {
            mixed += classes.size() > 1 ? 1 : 0;
        }
        suggestion.groups = static_cast<int>(classesOf.size()) + alone;
        const bool often = suggestion.matched >= 0.6 * samples;
        const bool fewer = suggestion.groups <= 0.9 * samples;
        const bool enough = classesOf.size() >= 2 * dataset.classNames.size();
        if (often && fewer && enough && 2 * mixed <= classesOf.size()) {
            return suggestion;
        }
    }
    return {};
}

} // namespace diascope::dataset
