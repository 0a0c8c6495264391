// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Text.h"
#include "pipeline/OldConfigs.h"

/// How old configuration files are read, for OldConfigs*.cpp alone.
namespace diascope::pipeline {

constexpr std::size_t kLargestOldConfig = 1U << 20U; ///< Bytes.

/// One section of an old file, and the list of what is not taken from it.
class OldSection {
public:
    OldSection(const base::Json& object, const std::string& file, OldConfig& out, const std::string& path = {})
        : m_reader(object, file, path)
        , m_file(file)
        , m_out(out)
    {
    }
    /// Says why `key` cannot be taken over, when it is there.
    void leave(const std::string& key, const std::string& why)
    {
        if (m_reader.child(key) != nullptr) {
            note(key, why);
        }
    }
    void note(const std::string& key, const std::string& why)
    {
        m_out.notTaken.push_back({base::ErrorCode::Plan, m_reader.pathOf(key), why});
    }
    [[nodiscard]] base::Error error(const std::string& key, const std::string& why) const
    {
        return {base::ErrorCode::Plan, m_file, m_reader.pathOf(key) + " " + why};
    }
    base::ObjectReader& reader() { return m_reader; }
    Plan& plan() { return m_out.plan; }
    /// A section inside; nothing when it is missing.
    template <typename Take> void section(const std::string& key, Take take)
    {
        if (const base::Json* inside = m_reader.child(key)) {
            OldSection section(*inside, m_file, m_out, m_reader.pathOf(key));
            take(section);
            section.reader().finish();
        }
    }

private:
    base::ObjectReader m_reader;
    std::string m_file;
    OldConfig& m_out;
};

/// The plan of a recipe. Throws Error{NotFound}.
[[nodiscard]] Plan recipeNamed(const std::vector<Recipe>& recipes, const std::string& name);

/// Rows and columns into the resize step of the plan's graph. Throws Error{Plan} for fewer than two numbers.
void setSize(OldSection& section, const std::string& key, const std::vector<int>& size);

/// Both rates, unless the recipe freezes the backbone.
void setLearningRate(Plan& plan, double rate);

} // namespace diascope::pipeline
