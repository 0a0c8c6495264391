// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"

#include "base/Hash.h"
#include "dataset/GroupPattern.h"
#include "dataset/Listing.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "decode/InputFile.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>

namespace diascope::dataset {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kMaxClasses = 1000;

/// What a file's header says that matters here.
struct FileFacts {
    int frames = 1;
    std::string patient;                  ///< A pseudonym of the DICOM PatientID; empty without one.
    Characteristics characteristics{};
    std::optional<base::Problem> refused; ///< The file cannot be used.
};

/// PNG, JPEG and BMP hold one frame and no patient: their header needs no decoder. Looks at the first bytes only.
bool isPlainPicture(const fs::path& file)
{
    std::array<char, 8> head{};
    std::ifstream stream(file, std::ios::binary);
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    const std::string_view bytes(head.data(), static_cast<std::size_t>(stream.gcount()));
    return bytes.starts_with("\x89PNG") || bytes.starts_with("\xFF\xD8\xFF") || bytes.starts_with("BM");
}

FileFacts factsOf(const fs::path& file, decode::DecoderPool& pool)
{
    FileFacts facts;
    try {
        (void)decode::identify(file); // a pipe would wait for a writer, and /proc has files that wait for events
        if (isPlainPicture(file)) {
            return facts;
        }
        const image::SourceInfo info = pool.info(file).info;
        facts.frames = info.frames;
        facts.characteristics = characteristicsOf(info);
        if (!info.patient.id.empty()) {
            // The run folder keeps groups; it must not keep the identifier itself.
            facts.patient = patientPseudonym(info.patient.id);
        }
        if (info.frames < 1) {
            facts.refused = base::Problem{ErrorCode::Unsupported, file.string(), "the file holds no pixels; it is left out"};
        }
    } catch (const Error& error) {
        facts.refused = base::toProblem(error);
    }
    return facts;
}

/// Puts listing and headers together.
class Assembler {
public:
    Assembler(Listing listing, const Source& source)
        : m_listing(std::move(listing)), m_pattern(source.groupPattern), m_fixes(source.fixes), m_labelled(!source.ignoreLabels)
    {
        m_dataset.problems = std::move(m_listing.problems);
        m_dataset.report = std::move(m_listing.report);
        dropUselessPattern();
        m_dataset.groupedBy = m_pattern.given() ? "file name pattern" : m_listing.groupedBy;
    }

    Dataset assemble(const std::vector<FileFacts>& facts)
    {
        for (std::size_t i = 0; i < facts.size(); ++i) {
            if (!facts[i].refused) {
                m_known.insert(m_listing.entries[i].label);
            }
        }
        for (std::size_t i = 0; i < facts.size(); ++i) {
            if (!facts[i].refused) {
                add(m_listing.entries[i], facts[i]);
            } else if (const std::string& id = m_listing.entries[i].id; !m_fixes.excludes(id, id)) {
                m_dataset.problems.push_back(*facts[i].refused);
            }
        }
        const Classes classes(m_labels);
        m_dataset.classNames = classes.names();
        for (std::size_t i = 0; i < m_labels.size(); ++i) {
            m_dataset.samples[i].label = classes.indexOf(m_labels[i]);
        }
        m_dataset.characteristics = m_characteristics.all();
        finishFixes();
        finishRoles();
        if (m_dataset.groupedBy.empty()) {
            m_dataset.groupedBy = m_sawPatient ? "DICOM PatientID" : "file";
        }
        if (m_dataset.groupedBy == "file") {
            m_dataset.report.suggestion = suggestGroups(m_dataset);
        }
        warnOfLikeNames();
        return std::move(m_dataset);
    }

private:
    /// A pattern of another data set (a recipe's, say) must not hide the groups that this one names itself.
    void dropUselessPattern()
    {
        const auto matches = [this](const Entry& entry) { return m_pattern.groupOf(entry.file).has_value(); };
        if (m_pattern.given() && std::none_of(m_listing.entries.begin(), m_listing.entries.end(), matches)) {
            m_pattern = GroupPattern({});
            m_dataset.problems.push_back({ErrorCode::Plan, "data.groupPattern", "matches none of the file names; the groups are taken as if it were not given"});
        }
    }

    std::string groupOf(const Entry& entry, const FileFacts& facts)
    {
        if (m_pattern.given()) {
            if (auto group = m_pattern.groupOf(entry.file)) {
                return *group;
            }
            m_dataset.problems.push_back({ErrorCode::Plan, entry.file.string(), "the name does not match data.groupPattern; the file is taken as a group of its own"});
            return entry.id;
        }
        if (!entry.group.empty()) {
            return entry.group;
        }
        if (m_listing.groupedBy.empty() && !facts.patient.empty()) {
            m_sawPatient = true;
            return facts.patient;
        }
        return entry.id;
    }

    /// The label after data.fixes. A class that nobody else has is more likely a slip of the pen than meant.
    std::string labelOf(const Entry& entry, const std::string& id)
    {
        const std::optional<std::string> label = m_labelled ? m_fixes.labelOf(entry.id, id) : std::nullopt;
        if (label && !m_known.contains(*label)) {
            const std::string near = base::nearestMatch(*label, {m_known.begin(), m_known.end()});
            throw Error(ErrorCode::Plan, "data.fixes", "'" + base::visibleText(id) + "' is to be relabelled '" + base::visibleText(*label) +
                        "', but the source has no such class" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
        }
        return label.value_or(entry.label);
    }

    void add(const Entry& entry, const FileFacts& facts)
    {
        const std::string group = groupOf(entry, facts);
        const int characteristics = m_characteristics.add(facts.characteristics);
        for (int frame = 0; frame < facts.frames; ++frame) {
            Sample sample{entry.id, entry.file, frame, 0, group, characteristics};
            if (facts.frames > 1) {
                sample.id += "#" + std::to_string(frame);
            }
            if (m_fixes.excludes(entry.id, sample.id)) {
                continue;
            }
            m_labels.push_back(labelOf(entry, sample.id));
            sample.group = m_fixes.groupOf(entry.id, sample.id).value_or(group);
            m_dataset.samples.push_back(std::move(sample));
            if (entry.role) {
                m_dataset.givenRoles.push_back(*entry.role);
            }
            if (entry.fold) {
                m_dataset.givenFolds.push_back(*entry.fold);
            }
        }
    }

    void finishFixes()
    {
        m_dataset.fixed = m_fixes.receipt();
        const std::vector<base::Problem> unused = m_labelled ? m_fixes.unused() : std::vector<base::Problem>();
        m_dataset.problems.insert(m_dataset.problems.end(), unused.begin(), unused.end());
    }

    void finishRoles()
    {
        const std::vector<Role>& roles = m_dataset.givenRoles;
        const bool oneOnly = std::adjacent_find(roles.begin(), roles.end(), std::not_equal_to<>()) == roles.end();
        if (roles.size() != m_dataset.samples.size() || oneOnly) {
            m_dataset.givenRoles.clear(); // a table of one part only ("Train.csv" with a split column) says nothing
        }
        const std::vector<int>& folds = m_dataset.givenFolds;
        if (folds.size() != m_dataset.samples.size() || std::adjacent_find(folds.begin(), folds.end(), std::not_equal_to<>()) == folds.end()) {
            m_dataset.givenFolds.clear();
        }
    }

    /// "Cyst" and "cyst" are two classes, and hardly meant so.
    void warnOfLikeNames()
    {
        std::map<std::string, std::string> seen;
        for (const std::string& className : m_dataset.classNames) {
            const auto [other, isNew] = seen.emplace(lowered(className), className);
            if (!isNew) {
                m_dataset.problems.push_back({ErrorCode::Malformed, className, "the classes '" + base::visibleText(other->second) + "' and '" +
                                              base::visibleText(className) + "' differ in nothing but case; they are two classes all the same"});
            }
        }
    }

    Listing m_listing;
    GroupPattern m_pattern;
    FixBook m_fixes;
    bool m_labelled = true;
    std::set<std::string> m_known;      ///< Labels as the source has them.
    std::vector<std::string> m_labels;  ///< One for each sample, after the fixes.
    CharacteristicsList m_characteristics;
    Dataset m_dataset;
    bool m_sawPatient = false;
};

void checkUsable(const Dataset& dataset, const std::string& subject)
{
    if (dataset.samples.empty()) {
        const std::string first = dataset.problems.empty() ? std::string() : "; the first problem of " + std::to_string(dataset.problems.size()) + ": " +
                                  dataset.problems.front().subject + ": " + dataset.problems.front().detail;
        throw Error(ErrorCode::NotFound, subject, "there is no labelled image that can be used" + first);
    }
    if (dataset.classNames.size() > kMaxClasses) {
        throw Error(ErrorCode::Plan, subject, "the label column holds " + std::to_string(dataset.classNames.size()) + " different values; is it the right column?",
                    "Set data.labelColumn.");
    }
}

} // namespace

std::string patientPseudonym(const std::string& patientId)
{
    return "patient-" + base::sha256Hex(patientId).substr(0, 12);
}

std::string SourceReport::text() const
{
    std::string text = "Read as " + kind + (table.empty() ? std::string() : " (" + base::visibleText(table) + ", cells separated by " +
                       (delimiter == '\t' ? std::string("tab") : std::string(1, delimiter)) + ")") + ".";
    for (const Column& column : columns) {
        text += "\nColumn '" + base::visibleText(column.name) + "' is the " + column.role + (column.guessed ? " (guessed)." : ".");
    }
    if (!suggestion.pattern.empty()) {
        text += "\nNo patients are known. The file names look like " + suggestion.reason + ": data.groupPattern '" + suggestion.pattern + "' would make " +
                std::to_string(suggestion.groups) + " groups.";
    }
    return text;
}

Dataset readDataset(const Source& source, decode::DecoderPool& pool, const ProgressFunction& progress, std::stop_token stop)
{
    std::error_code failure;
    const fs::file_status status = fs::status(source.path, failure);
    if (!fs::exists(status)) {
        throw Error(ErrorCode::NotFound, source.path.string(), "there is no such file or folder");
    }
    Listing listing = fs::is_directory(status) ? listFolder(source, pool, stop) : listTable(source, pool, stop);
    std::vector<FileFacts> facts(listing.entries.size());
    const std::vector<Entry>& entries = listing.entries;
    parallelFor({"Reading headers", facts.size(), 0}, [&](std::size_t i) { facts[i] = factsOf(entries[i].file, pool); }, progress, stop);
    Dataset dataset = Assembler(std::move(listing), source).assemble(facts);
    checkUsable(dataset, source.path.string());
    return dataset;
}

} // namespace diascope::dataset
