// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/PrecisionFile.h"

#include "base/AtomicFile.h"
#include "base/Json.h"
#include "base/Log.h"
#include "pipeline/Environment.h"
#include "pipeline/Resolve.h"
#include "pipeline/StorePixels.h"

namespace diascope::pipeline {

namespace {

constexpr std::size_t kMostEntries = 200;
constexpr std::size_t kMostBytes = 1U << 20;

/// The entries of the file; none when there is no such file or it is not one of ours.
base::Json entriesOf(const std::filesystem::path& file)
{
    try {
        base::Json json = base::parseJson(base::readFile(file), file.string(), kMostBytes);
        return json.is_object() ? json : base::Json::object();
    } catch (const base::Error&) {
        return base::Json::object();
    }
}

} // namespace

PrecisionFile::PrecisionFile(std::filesystem::path file)
    : m_file(std::move(file))
    , m_machine(processorName() + " " + buildId() + " ")
{
}

std::filesystem::path PrecisionFile::defaultPath()
{
    return cacheFolder().parent_path() / "precision.json";
}

std::optional<train::PrecisionChoice> PrecisionFile::find(const std::string& key) const
{
    const std::scoped_lock lock(m_mutex);
    const base::Json entries = entriesOf(m_file);
    const auto entry = entries.find(m_machine + key);
    if (entry == entries.end() || !entry->is_object() || !entry->value("float32Seconds", base::Json()).is_number()
        || !entry->value("bfloat16Seconds", base::Json()).is_number()) {
        return std::nullopt;
    }
    const base::Json precision = entry->value("precision", base::Json());
    if (precision != "bfloat16" && precision != "float32") {
        return std::nullopt;
    }
    return train::PrecisionChoice{precision == "bfloat16" ? train::Precision::BFloat16 : train::Precision::Float32,
        entry->at("float32Seconds").get<double>(), entry->at("bfloat16Seconds").get<double>()};
}

void PrecisionFile::keep(const std::string& key, const train::PrecisionChoice& choice)
{
    const std::scoped_lock lock(m_mutex);
    base::Json entries = entriesOf(m_file);
    if (entries.size() >= kMostEntries) { // all of it costs a few trials
        entries.clear();
    }
    entries[m_machine + key] = {{"precision", choice.precision == train::Precision::BFloat16 ? "bfloat16" : "float32"},
        {"float32Seconds", choice.float32Seconds}, {"bfloat16Seconds", choice.bfloat16Seconds}};
    try {
        std::filesystem::create_directories(m_file.parent_path());
        base::writeFileAtomically(m_file, entries.dump(1), base::Flush::Later);
    } catch (const std::exception& error) {
        base::logWarning(std::string("the precision that was found is not kept: ") + error.what());
    }
}

} // namespace diascope::pipeline
