// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunInputs.h"

#include "runs/ContentHash.h"

#include <map>
#include <set>

namespace diascope::pipeline {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

constexpr const char* kRunMarker = "run.json"; ///< A folder with it is a run, not data.

std::string absoluteText(const fs::path& path)
{
    return fs::absolute(path).lexically_normal().string();
}

void addFilesBelow(const fs::path& folder, std::set<std::string>& paths)
{
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        const bool hidden = entry->path().filename().string().starts_with('.');
        if (entry->is_directory(ignored)) {
            if (hidden || fs::exists(entry->path() / kRunMarker, ignored)) {
                entry.disable_recursion_pending();
            }
        } else if (!hidden) {
            paths.insert(absoluteText(entry->path()));
        }
    }
    if (error) {
        throw Error(ErrorCode::Unreadable, folder.string(), "the folder cannot be read whole: " + error.message());
    }
}

RunInputs hashed(const std::set<std::string>& paths, const std::stop_token& stop)
{
    RunInputs inputs;
    for (const std::string& path : paths) {
        std::error_code ignored;
        const auto hash = fs::is_regular_file(path, ignored) ? runs::contentHash(path, stop) : std::nullopt;
        inputs.files.push_back({path, hash ? std::to_string(hash->size) : std::string(), hash ? hash->md5 : std::string()});
    }
    return inputs;
}

std::set<std::string> withSource(const Plan& plan, std::set<std::string> paths)
{
    std::error_code ignored;
    if (fs::is_directory(plan.data.source, ignored)) {
        addFilesBelow(plan.data.source, paths);
    } else {
        paths.insert(absoluteText(plan.data.source));
    }
    return paths;
}

} // namespace

std::string RunInputs::csv() const
{
    std::string text = "file,bytes,md5\n";
    for (const File& file : files) {
        text += base::csvRow({file.path, file.bytes, file.md5}) + "\n";
    }
    return text;
}

RunInputs RunInputs::fromTable(const base::CsvTable& table)
{
    RunInputs inputs;
    if (table.header != std::vector<std::string>{"file", "bytes", "md5"}) {
        return inputs; // of nobody knows what: everything counts as new
    }
    for (const auto& row : table.rows) {
        inputs.files.push_back({row[0], row[1], row[2]});
    }
    return inputs;
}

RunInputs inputsOf(const Plan& plan, const dataset::Dataset& data, const std::stop_token& stop)
{
    std::set<std::string> paths;
    for (const dataset::Sample& sample : data.samples) {
        paths.insert(absoluteText(sample.file));
    }
    for (const base::Problem& problem : data.problems) { // a damaged picture may be mended
        std::error_code ignored;
        if (fs::is_regular_file(problem.subject, ignored)) {
            paths.insert(absoluteText(problem.subject));
        }
    }
    return hashed(withSource(plan, std::move(paths)), stop);
}

RunInputs inputsNow(const Plan& plan, const RunInputs& before, const std::stop_token& stop)
{
    std::set<std::string> paths;
    for (const RunInputs::File& file : before.files) {
        paths.insert(file.path);
    }
    return hashed(withSource(plan, std::move(paths)), stop);
}

std::vector<std::string> changedFiles(const RunInputs& before, const RunInputs& now)
{
    std::map<std::string, std::string> old;
    for (const RunInputs::File& file : before.files) {
        old[file.path] = file.md5;
    }
    std::vector<std::string> changed;
    for (const RunInputs::File& file : now.files) {
        const auto known = old.find(file.path);
        if (known == old.end() || known->second != file.md5) {
            changed.push_back(fs::path(file.path).filename().string());
        }
    }
    return changed;
}

} // namespace diascope::pipeline
