// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Report.h"

#include "evaluate/Checklists.h"
#include "evaluate/EvaluationJson.h"
#include "evaluate/ModelCard.h"

#include "base/AtomicFile.h"

#include <set>

namespace diascope::evaluate {

namespace {

base::Json reportJson(const ReportInput& input)
{
    base::Json json{{"title", input.title}, {"parts", base::Json::array()}};
    for (const ReportPart& part : input.parts) {
        base::Json one = toJson(part.evaluation);
        one["part"] = part.name;
        json["parts"].push_back(std::move(one));
    }
    return json;
}

std::vector<std::pair<std::string, const Evaluation*>> evaluationsOf(const ReportInput& input)
{
    std::vector<std::pair<std::string, const Evaluation*>> list;
    for (const ReportPart& part : input.parts) {
        list.emplace_back(part.name, &part.evaluation);
    }
    return list;
}

/// Another person's file is never overwritten: only a new or empty folder, or one that a report was written to before.
void requireOurs(const std::filesystem::path& folder, const std::vector<ReportFile>& files)
{
    std::set<std::string> ours;
    for (const ReportFile& file : files) {
        ours.insert(file.name);
    }
    std::error_code error;
    if (std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error)) {
        throw base::Error(base::ErrorCode::Usage, folder.string(), "is not a folder", "Name a new folder.");
    }
    if (!std::filesystem::exists(folder, error) || std::filesystem::exists(folder / "evaluation.json", error)) {
        return;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (ours.contains(entry.path().filename().string())) {
            throw base::Error(base::ErrorCode::Usage, entry.path().string(), "is there already and is not of a report",
                "Name a new folder.");
        }
    }
}

} // namespace

std::vector<ReportFile> reportFiles(const ReportInput& input)
{
    std::vector<ReportFile> files;
    for (std::size_t i = 0; i < input.parts.size(); ++i) {
        for (ReportFile& table : tablesOf(input.parts[i].evaluation)) {
            files.push_back({(i == 0 ? std::string() : input.parts[i].name + "-") + table.name, std::move(table.text)});
        }
    }
    const KnownFacts known = knownFacts(input.run, evaluationsOf(input));
    files.push_back(
        {"evaluation.json", reportJson(input).dump(1, ' ', false, base::Json::error_handler_t::replace) + "\n"});
    files.push_back({"model-card.md", modelCardText(input.title, known)});
    files.push_back({"tripod-ai.md", checklistText("TRIPOD+AI", tripodItems(), known)});
    files.push_back({"claim-2024.md", checklistText("CLAIM 2024", claimItems(), known)});
    files.push_back({"index.html", reportHtml(input, files)});
    return files;
}

void writeReport(const std::filesystem::path& folder, const ReportInput& input)
{
    const std::vector<ReportFile> files = reportFiles(input);
    requireOurs(folder, files);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw base::Error(
            base::ErrorCode::Unreadable, folder.string(), "the folder cannot be made: " + error.message());
    }
    for (const ReportFile& file : files) {
        base::writeFileAtomically(folder / file.name, file.text, base::Flush::Later);
    }
}

} // namespace diascope::evaluate
