// SPDX-License-Identifier: GPL-3.0-or-later
#include "study/Series.h"

#include <algorithm>
#include <string_view>

namespace diascope::study {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes the run of digits off the front, without its leading zeros.
std::string_view takeNumber(std::string_view& text)
{
    std::size_t length = 0;
    while (length < text.size() && isDigit(text[length])) {
        ++length;
    }
    std::string_view digits = text.substr(0, length);
    text.remove_prefix(length);
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
}

/// Negative, zero or positive as for a three-way comparison; numbers by value, letters whatever their case.
int naturalCompare(std::string_view a, std::string_view b)
{
    while (!a.empty() && !b.empty()) {
        if (isDigit(a.front()) && isDigit(b.front())) {
            const std::string_view numberA = takeNumber(a);
            const std::string_view numberB = takeNumber(b);
            if (numberA.size() != numberB.size()) {
                return numberA.size() < numberB.size() ? -1 : 1;
            }
            if (const int order = numberA.compare(numberB)) {
                return order;
            }
            continue;
        }
        const auto characterA = static_cast<unsigned char>(lower(a.front()));
        const auto characterB = static_cast<unsigned char>(lower(b.front()));
        if (characterA != characterB) {
            return characterA < characterB ? -1 : 1;
        }
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

} // namespace

bool naturalLess(const std::string& a, const std::string& b)
{
    const int order = naturalCompare(a, b);
    return order != 0 ? order < 0 : a < b; // "a01" and "a1" differ, so that the order is total
}

} // namespace diascope::study
