// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::dataset {

/// What a user has decided about one sample, kept in the plan (data.fixes) and never in the user's files.
struct Fix {
    std::string sample; ///< Sample::id; the name of a multi-frame file without "#n" means all its frames.
    std::string kind;   ///< "exclude", "relabel", "group".
    std::string value;  ///< relabel: one of the classes; group: the group's name; exclude: empty.
    std::string reason; ///< For people: why, in words.
    bool operator==(const Fix&) const = default;
};

/// [{"sample","fix","value","reason"}, …]; `value` and `reason` only where there are any.
[[nodiscard]] base::Json toJson(std::span<const Fix> fixes);
/// The inverse; unknown keys are refused with the nearest known one. Null gives none. Throws Error{Plan}.
[[nodiscard]] std::vector<Fix> fixesFromJson(const base::Json& json, const std::string& subject);
/// What cannot be done about a list, one entry each: an unknown kind, no sample, a value that is missing or too much, a
/// sample with two fixes that contradict each other. Empty when it is good. Subjects are "data.fixes[3]".
[[nodiscard]] std::vector<base::Problem> checkFixes(std::span<const Fix> fixes);

/// The fixes of a plan, looked up by sample while a source is read. The frame's own fix goes before the file's.
class FixBook {
public:
    /// Throws Error{Plan} with the first of checkFixes().
    explicit FixBook(std::span<const Fix> fixes);
    [[nodiscard]] bool empty() const { return m_fixes.empty(); }
    /// `file` names the whole file, `sample` one frame of it; the same where there is one frame only.
    [[nodiscard]] bool excludes(const std::string& file, const std::string& sample);
    [[nodiscard]] std::optional<std::string> labelOf(const std::string& file, const std::string& sample);
    [[nodiscard]] std::optional<std::string> groupOf(const std::string& file, const std::string& sample);
    /// Fixes that were never asked for: their samples are not in the source any more.
    [[nodiscard]] std::vector<base::Problem> unused() const;
    /// "3 excluded, 1 relabelled, 2 in another group by data.fixes"; empty when none applied.
    [[nodiscard]] std::string receipt() const;

private:
    struct Entry {
        Fix fix;
        int uses = 0;
    };
    const Fix* use(const std::string& kind, const std::string& file, const std::string& sample);
    std::vector<Entry> m_fixes;
    std::map<std::pair<std::string, std::string>, std::size_t> m_places; ///< (sample, kind) -> m_fixes.
};

} // namespace diascope::dataset
