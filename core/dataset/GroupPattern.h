// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <memory>
#include <optional>

namespace diascope::dataset {

/// The patient that a file name tells by a regular expression: ECMAScript without back-references, at most 500 bytes. A
/// search takes time in proportion to name and pattern; no pattern makes it endless.
class GroupPattern {
public:
    /// Empty = not given. Throws Error{Plan} for what is no such expression.
    explicit GroupPattern(const std::string& pattern);
    [[nodiscard]] bool given() const { return m_pattern != nullptr; }
    /// Its first group, else the whole match; nothing when the name does not match. Only when given().
    [[nodiscard]] std::optional<std::string> groupOf(const std::filesystem::path& file) const;

private:
    struct Compiled;
    std::shared_ptr<const Compiled> m_pattern;
};

/// Tries the usual naming schemes (frames of a video, a patient's number, slices, augmented copies) on the names: most
/// must match, and there must be clearly fewer groups than samples, but more than classes, none of several classes in
/// most. A guess to be shown, never applied by itself.
[[nodiscard]] GroupSuggestion suggestGroups(const Dataset& dataset);

} // namespace diascope::dataset
