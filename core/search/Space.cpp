// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Space.h"

#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace diascope::search {

namespace {

using base::Error;
using base::ErrorCode;

constexpr double kLargestWhole = 9007199254740992.0; // 2^53: whole numbers up to it are exact in a double

[[noreturn]] void refuse(const Parameter& parameter, const std::string& why, const std::string& remedy)
{
    throw Error(ErrorCode::Plan, base::shortened(base::visibleText(parameter.name)), why, remedy);
}

bool isWhole(double value)
{
    return std::floor(value) == value && std::abs(value) <= kLargestWhole;
}

/// The largest value that steps from `low` reach; rounding of the division is forgiven.
double lastStep(const Parameter& p)
{
    constexpr double kForgiven = 1e-9;
    return p.low + std::floor((p.high - p.low) / p.step + kForgiven) * p.step;
}

void checkStep(const Parameter& p)
{
    if (p.step < 0.0 || !std::isfinite(p.step)) {
        refuse(p, "step " + base::numberText(p.step) + " is not a positive number", "Give a step above 0, or none.");
    }
    if (p.kind == Kind::Integer && (p.step < 1.0 || !isWhole(p.step))) {
        refuse(p, "step " + base::numberText(p.step) + " is not a whole number from 1", "Use step 1 or more.");
    }
    if (p.log && p.step != (p.kind == Kind::Integer ? 1.0 : 0.0)) {
        refuse(p, "has a logarithmic scale and a step", "Leave one of log and step out.");
    }
    constexpr double kForgiven = 1e-9;
    if (p.step > 0.0 && std::abs(lastStep(p) - p.high) > kForgiven * p.step) {
        refuse(p,
            "steps of " + base::numberText(p.step) + " from " + base::numberText(p.low) + " do not meet "
                + base::numberText(p.high),
            "The nearest end below is " + base::numberText(lastStep(p)) + ".");
    }
}

void checkNumber(const Parameter& p)
{
    if (!std::isfinite(p.low) || !std::isfinite(p.high) || p.low > p.high) {
        refuse(p,
            "low " + base::numberText(p.low) + " and high " + base::numberText(p.high) + " are not the ends of a range",
            "Give two finite numbers, the smaller one as low.");
    }
    if (p.kind == Kind::Integer && (!isWhole(p.low) || !isWhole(p.high))) {
        refuse(p, "low " + base::numberText(p.low) + " or high " + base::numberText(p.high) + " is not a whole number",
            "This option takes whole numbers only.");
    }
    if (p.log && p.low <= 0.0) {
        refuse(p, "low " + base::numberText(p.low) + " has no logarithm", "Start above 0, or leave log out.");
    }
    if (!p.choices.empty()) {
        refuse(p, "has a range and choices", "Give one of them.");
    }
    checkStep(p);
}

void checkChoices(const Parameter& p)
{
    if (p.choices.empty()) {
        refuse(p, "has no choices", "Give at least one.");
    }
    for (std::size_t i = 0; i < p.choices.size(); ++i) {
        if (std::find(p.choices.begin(), p.choices.begin() + static_cast<std::ptrdiff_t>(i), p.choices[i])
            != p.choices.begin() + static_cast<std::ptrdiff_t>(i)) {
            refuse(p, "has the choice " + base::shortened(p.choices[i].dump()) + " twice", "Give each choice once.");
        }
    }
}

/// Position of the condition's parent among the earlier parameters.
std::size_t parentOf(const Parameter& p, const std::vector<Parameter>& all, std::size_t position)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < position; ++i) {
        if (all[i].name != p.when->parent) {
            names.push_back(all[i].name);
            continue;
        }
        if (all[i].kind != Kind::Categorical) {
            refuse(p, "depends on " + p.when->parent + ", which has no choices",
                "Conditions name a parameter with choices.");
        }
        for (const base::Json& value : p.when->values) {
            if (std::find(all[i].choices.begin(), all[i].choices.end(), value) == all[i].choices.end()) {
                refuse(p,
                    "depends on " + p.when->parent + " being " + base::shortened(value.dump())
                        + ", which is none of its choices",
                    "Name choices of " + p.when->parent + ".");
            }
        }
        return i;
    }
    const std::string near = base::nearestMatch(p.when->parent, names);
    refuse(p, "depends on " + base::visibleText(p.when->parent) + ", which is no parameter before it",
        near.empty() ? "Put the parameter that it depends on first." : "Did you mean " + near + "?");
}

bool onStep(const Parameter& p, double value)
{
    constexpr double kForgiven = 1e-6;
    return p.step == 0.0 || std::abs((value - p.low) / p.step - std::round((value - p.low) / p.step)) < kForgiven;
}

bool allowed(const Parameter& p, double value)
{
    if (p.kind == Kind::Categorical) {
        return isWhole(value) && value >= 0.0 && value < static_cast<double>(p.choices.size());
    }
    return value >= p.low && value <= p.high && onStep(p, value);
}

} // namespace

bool Parameter::single() const
{
    return kind == Kind::Categorical ? choices.size() == 1 : low == high;
}

Bounds boundsOf(const Parameter& p)
{
    const double half = p.step / 2.0;
    const Bounds plain{p.low - half, p.high + half};
    return p.log ? Bounds{std::log(plain.low), std::log(plain.high)} : plain;
}

double valueOnScale(const Parameter& p, double scaled)
{
    double value = p.log ? std::exp(scaled) : scaled;
    if (p.step > 0.0) {
        value = p.low + std::round((value - p.low) / p.step) * p.step;
    }
    return std::clamp(value, p.low, p.high);
}

double scaledValue(const Parameter& p, double value)
{
    return p.log ? std::log(value) : value;
}

Space::Space(std::vector<Parameter> parameters)
    : m_parameters(std::move(parameters))
    , m_parents(m_parameters.size())
{
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        Parameter& p = m_parameters[i];
        if (p.name.empty()) {
            throw Error(ErrorCode::Plan, "parameter " + std::to_string(i + 1), "has no name");
        }
        if (find(p.name) != i) {
            refuse(p, "stands twice in the search space", "Give each parameter once.");
        }
        if (p.kind == Kind::Integer && p.step == 0.0) {
            p.step = 1.0;
        }
        p.kind == Kind::Categorical ? checkChoices(p) : checkNumber(p);
        if (p.when) {
            m_parents[i] = parentOf(p, m_parameters, i);
        }
    }
    groupByCondition();
}

void Space::groupByCondition()
{
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        const auto group = std::find_if(m_groups.begin(), m_groups.end(), [&](const std::vector<std::size_t>& members) {
            return m_parameters[members.front()].when == m_parameters[i].when;
        });
        if (group == m_groups.end()) {
            m_groups.push_back({i});
        } else {
            group->push_back(i);
        }
    }
}

std::optional<std::size_t> Space::find(const std::string& name) const
{
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        if (m_parameters[i].name == name) {
            return i;
        }
    }
    return std::nullopt;
}

bool Space::active(const Point& point, std::size_t index) const
{
    if (!m_parents[index]) {
        return true;
    }
    const std::optional<double> parent = point[*m_parents[index]];
    if (!parent) {
        return false;
    }
    const std::vector<base::Json>& values = m_parameters[index].when->values;
    return std::find(values.begin(), values.end(), valueOf(*m_parents[index], *parent)) != values.end();
}

base::Json Space::valueOf(std::size_t index, double coordinate) const
{
    const Parameter& p = m_parameters[index];
    switch (p.kind) {
    case Kind::Categorical:
        return p.choices[static_cast<std::size_t>(coordinate)];
    case Kind::Integer:
        return static_cast<std::int64_t>(coordinate);
    case Kind::Float:
        break;
    }
    return coordinate;
}

base::Json Space::valuesOf(const Point& point) const
{
    base::Json values = base::Json::object();
    for (std::size_t i = 0; i < size(); ++i) {
        if (point[i]) {
            values[m_parameters[i].name] = valueOf(i, *point[i]);
        }
    }
    return values;
}

void Space::check(const Point& point, const std::string& subject) const
{
    if (point.size() != size()) {
        throw Error(ErrorCode::Malformed, subject,
            "holds a trial with " + std::to_string(point.size()) + " settings, the search space has "
                + std::to_string(size()));
    }
    for (std::size_t i = 0; i < size(); ++i) {
        const Parameter& p = m_parameters[i];
        if (active(point, i) != point[i].has_value()) {
            throw Error(ErrorCode::Malformed, subject,
                "holds a trial " + std::string(point[i] ? "with" : "without") + " a value of " + p.name + " where it "
                    + (point[i] ? "does not exist" : "needs one"));
        }
        if (point[i] && !allowed(p, *point[i])) {
            throw Error(ErrorCode::Malformed, subject,
                "holds a trial whose " + p.name + " is " + base::numberText(*point[i]) + ", outside the search space");
        }
    }
}

} // namespace diascope::search
