// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Age.h"

#include "base/Text.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace diascope::base {

namespace {

constexpr double kOldest = 150.0;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

std::optional<std::chrono::year_month_day> dayOf(std::string_view text)
{
    std::string digits(text);
    if (digits.size() == 10 && digits[4] == '.' && digits[7] == '.') {
        std::erase(digits, '.');
    }
    if (digits.size() != 8 || !std::all_of(digits.begin(), digits.end(), isDigit)) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day{std::chrono::year(std::stoi(digits.substr(0, 4))),
        std::chrono::month(static_cast<unsigned>(std::stoi(digits.substr(4, 2)))),
        std::chrono::day(static_cast<unsigned>(std::stoi(digits.substr(6, 2))))};
    return day.ok() ? std::optional(day) : std::nullopt;
}

} // namespace

std::optional<double> yearsOfAge(std::string_view text)
{
    if (text.size() == 4 && std::all_of(text.begin(), text.begin() + 3, isDigit)) {
        const std::optional<double> number = parseNumber(text.substr(0, 3));
        switch (text[3]) {
        case 'Y':
            return number;
        case 'M':
            return *number / 12.0;
        case 'W':
            return *number / 52.18;
        case 'D':
            return *number / 365.25;
        default:
            break;
        }
    }
    return parseNumber(text);
}

std::optional<int> completedYears(std::string_view birth, std::string_view day)
{
    const auto from = dayOf(birth), to = dayOf(day);
    if (!from || !to || *to < *from) {
        return std::nullopt;
    }
    const bool hadBirthday
        = std::pair(to->month(), to->day()) >= std::pair(from->month(), from->day());
    return static_cast<int>(to->year()) - static_cast<int>(from->year()) - (hadBirthday ? 0 : 1);
}

std::optional<std::string> ageBand(double years)
{
    constexpr std::array<int, 4> kEdges = {18, 40, 65, 80};
    if (!(years >= 0.0) || years > kOldest) {
        return std::nullopt;
    }
    int from = 0;
    for (const int edge : kEdges) {
        if (years < edge) {
            return std::to_string(from) + "-" + std::to_string(edge - 1);
        }
        from = edge;
    }
    return std::to_string(from) + "+";
}

} // namespace diascope::base
