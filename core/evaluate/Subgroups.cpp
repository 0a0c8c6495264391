// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Predictions.h"

#include "base/Age.h"
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace diascope::evaluate {

namespace {

constexpr const char* kUnknown = "(unknown)";
constexpr std::size_t kMostValues = 12, kMostTexts = 50;

bool isAge(const std::string& column)
{
    std::string name = base::asciiLower(column);
    std::erase_if(name, [](char c) { return c == ' ' || c == '_' || c == '-'; });
    static const std::set<std::string> names = {"age", "patientage", "patientsage", "ageyears", "ageinyears"};
    return names.contains(name);
}

/// Quarters of the numbers, named by their ends.
std::vector<std::string> quarters(const std::vector<std::optional<double>>& numbers)
{
    std::vector<double> sorted;
    for (const auto& number : numbers) {
        if (number) {
            sorted.push_back(*number);
        }
    }
    std::sort(sorted.begin(), sorted.end());
    std::array<double, 5> edges{};
    for (std::size_t k = 0; k < edges.size(); ++k) {
        edges[k] = sorted[k * (sorted.size() - 1) / 4];
    }
    std::vector<std::string> bands;
    for (const auto& number : numbers) {
        std::size_t band = 0;
        while (number && band < 3 && *number >= edges[band + 1]) {
            ++band;
        }
        bands.push_back(number ? base::numberText(edges[band]) + " to " + base::numberText(edges[band + 1]) : kUnknown);
    }
    return bands;
}

} // namespace

std::vector<std::string> subgroupBands(const std::string& column, const std::vector<std::string>& values)
{
    const bool age = isAge(column);
    std::vector<std::optional<double>> numbers;
    std::set<std::string> different;
    bool allNumbers = true;
    for (const std::string& value : values) {
        numbers.push_back(age ? base::yearsOfAge(value) : base::parseNumber(value));
        allNumbers = allNumbers && (value.empty() || numbers.back());
        different.insert(value);
    }
    std::vector<std::string> bands;
    if (age && allNumbers) {
        for (const auto& number : numbers) {
            bands.push_back(number ? base::ageBand(*number).value_or(kUnknown) : kUnknown);
        }
        return bands;
    }
    if (allNumbers && different.size() > kMostValues) {
        return quarters(numbers);
    }
    if (different.size() > kMostTexts) {
        throw base::Error(base::ErrorCode::Usage, "column " + column,
            "has " + std::to_string(different.size()) + " different values",
            "Subgroups are columns such as sex, age or manufacturer, with at most " + std::to_string(kMostTexts)
                + " values.");
    }
    for (const std::string& value : values) {
        bands.push_back(value.empty() ? kUnknown : value);
    }
    return bands;
}

} // namespace diascope::evaluate
