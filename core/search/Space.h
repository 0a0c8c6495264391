// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "base/Rng.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace diascope::search {

enum class Kind { Float, Integer, Categorical };

/// What one parameter of a search may be. Plain values; Space checks them.
struct Parameter {
    /// The parameter exists only in trials in which `parent` (an earlier, categorical one) has one of `values`.
    struct Condition {
        std::string parent;
        std::vector<base::Json> values;
        bool operator==(const Condition&) const = default;
    };
    std::string name;
    Kind kind = Kind::Float;
    double low = 0.0, high = 0.0; ///< Numbers: both ends belong to it.
    double step = 0.0;            ///< Numbers: low, low + step, …, high. 0 = every value of a Float; Integer: >= 1.
    bool log = false; ///< Drawn and modelled on the logarithmic scale; low > 0, without a step (Integer: step 1).
    std::vector<base::Json> choices; ///< Categorical: any JSON values, no two alike.
    std::optional<Condition> when;

    [[nodiscard]] bool single() const; ///< Only one value is possible.
    bool operator==(const Parameter&) const = default;
};

/// Where a trial stands in a space: one coordinate a parameter, the number itself or the index of the choice; nothing
/// for a parameter that does not exist in this trial.
using Point = std::vector<std::optional<double>>;

/// The ends between which a number is drawn and modelled: on the logarithmic scale where it says so, and half a step
/// further out where it has steps, so that the ends are as likely as the rest.
struct Bounds {
    double low = 0.0, high = 0.0;
};
[[nodiscard]] Bounds boundsOf(const Parameter& parameter);
/// From the scale of boundsOf() back to a value of the parameter: exponential, nearest step, clipped.
[[nodiscard]] double valueOnScale(const Parameter& parameter, double scaled);
[[nodiscard]] double scaledValue(const Parameter& parameter, double value);

/// The typed space of a search: parameters in a fixed order, checked. A value.
class Space {
public:
    Space() = default;
    /// Throws Error{Plan} whose subject is the parameter's name: no or two equal names, ends that are not finite or in
    /// the wrong order, a logarithm of zero, a step that does not meet `high`, no choices, equal choices, a condition
    /// on an unknown, later or numeric parameter or on a value that it cannot have.
    explicit Space(std::vector<Parameter> parameters);

    [[nodiscard]] const std::vector<Parameter>& parameters() const { return m_parameters; }
    [[nodiscard]] std::size_t size() const { return m_parameters.size(); }
    /// Position by name; nothing when there is none.
    [[nodiscard]] std::optional<std::size_t> find(const std::string& name) const;
    /// Whether the parameter exists, given the coordinates of those before it.
    [[nodiscard]] bool active(const Point& point, std::size_t index) const;
    /// Positions of parameters that exist under the same condition, parents first; each set is modelled jointly.
    [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const { return m_groups; }
    /// What the coordinate means: a whole number, a number or the choice.
    [[nodiscard]] base::Json valueOf(std::size_t index, double coordinate) const;
    /// {name: value} of the parameters that exist.
    [[nodiscard]] base::Json valuesOf(const Point& point) const;
    /// Throws Error{Malformed} naming `subject` and the parameter when the point is not one of this space.
    void check(const Point& point, const std::string& subject) const;
    bool operator==(const Space& other) const { return m_parameters == other.m_parameters; }

private:
    void groupByCondition();

    std::vector<Parameter> m_parameters;
    std::vector<std::optional<std::size_t>> m_parents; ///< Position of the condition's parent.
    std::vector<std::vector<std::size_t>> m_groups;
};

/// [{"name", "kind": "float" | "int" | "categorical", "low", "high", "step", "log", "choices", "when": {"parent",
/// "values"}}]
[[nodiscard]] base::Json toJson(const Space& space);
/// Throws Error{Plan} naming `subject` and the key.
[[nodiscard]] Space spaceFromJson(const base::Json& json, const std::string& subject);

} // namespace diascope::search
