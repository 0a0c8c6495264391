// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Listing.h"

#include <algorithm>
#include <array>

namespace diascope::dataset {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

std::vector<fs::path> childrenOf(const fs::path& folder)
{
    std::error_code failure;
    std::vector<fs::path> children;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
        if (!it->path().filename().string().starts_with('.')) {
            children.push_back(it->path());
        }
    }
    if (failure) {
        throw Error(ErrorCode::Unreadable, folder.string(), "the folder cannot be listed: " + failure.message());
    }
    std::sort(children.begin(), children.end());
    return children;
}

bool isFolder(const fs::path& path)
{
    std::error_code failure;
    return fs::is_directory(path, failure);
}

bool isTable(const fs::path& path)
{
    const std::string ending = lowered(path.extension().string());
    return ending == ".csv" || ending == ".tsv";
}

/// Every file below a class folder; links to folders are not followed, so there are no loops.
void listClass(const fs::path& root, const fs::path& folder, const Entry& pattern, Listing& listing)
{
    for (const fs::path& path : childrenOf(folder)) {
        std::error_code failure;
        if (fs::is_directory(path, failure)) {
            if (!fs::is_symlink(path, failure)) {
                listClass(root, path, pattern, listing);
            }
        } else if (!isCompanion(path)) {
            Entry entry = pattern;
            entry.id = path.lexically_relative(root).generic_string();
            entry.file = path;
            listing.entries.push_back(std::move(entry));
        }
    }
}

std::vector<fs::path> foldersIn(const std::vector<fs::path>& children)
{
    std::vector<fs::path> folders;
    std::copy_if(children.begin(), children.end(), std::back_inserter(folders), isFolder);
    return folders;
}

void listClasses(const fs::path& root, const std::vector<fs::path>& folders, std::optional<Role> role, Listing& listing)
{
    for (const fs::path& folder : folders) {
        Entry pattern;
        pattern.label = folder.filename().string();
        pattern.role = role;
        const std::size_t before = listing.entries.size();
        listClass(root, folder, pattern, listing);
        if (listing.entries.size() == before) {
            listing.problems.push_back({ErrorCode::NotFound, folder.string(), "the class folder holds no image"});
        }
    }
}

/// All of them, whatever folder they lie in. Folders named training, testing, ... still give the parts.
void listPictures(const fs::path& root, bool rolesAbove, Listing& listing)
{
    Entry pattern;
    pattern.label = "unlabelled";
    listClass(root, root, pattern, listing);
    for (Entry& entry : listing.entries) {
        if (rolesAbove) {
            entry.role = roleFromText(fs::path(entry.id).begin()->string()).value_or(Role::Train);
        }
    }
}

[[noreturn]] void refuseFolder(const fs::path& folder, const std::vector<fs::path>& tables)
{
    std::string names;
    for (const fs::path& table : tables) {
        names += (names.empty() ? "" : ", ") + table.filename().string();
    }
    throw Error(ErrorCode::Plan, folder.string(), "the folder has no sub-folders with images, one for each class" +
                (names.empty() ? std::string() : "; it holds the tables " + names),
                names.empty() ? "Sort the images into one folder a class, or put a CSV table with labels beside them." : "Name one of the tables.");
}

} // namespace

bool isCompanion(const fs::path& path)
{
    static constexpr std::array<std::string_view, 14> kEndings{
        ".csv", ".tsv", ".txt", ".md", ".json", ".yaml", ".yml", ".xml", ".html", ".pdf", ".ini", ".db", ".py", ".ipynb"};
    const std::string ending = lowered(path.extension().string());
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end() || path.filename() == "LICENSE" || path.filename() == "DICOMDIR";
}

Listing listFolder(const Source& source, decode::DecoderPool& pool, const std::stop_token& stop)
{
    const std::vector<fs::path> children = childrenOf(source.path);
    const std::vector<fs::path> folders = foldersIn(children);
    std::vector<fs::path> tables;
    std::copy_if(children.begin(), children.end(), std::back_inserter(tables), isTable);

    Listing listing;
    const bool rolesAbove = !folders.empty() && std::all_of(folders.begin(), folders.end(), [](const fs::path& f) {
        return roleFromText(f.filename().string()).has_value();
    });
    if (source.ignoreLabels && (tables.empty() || (tables.size() > 1 && folders.size() > 1))) {
        listing.report.kind = "pictures without labels";
        listPictures(source.path, rolesAbove, listing);
        return listing;
    }
    listing.report.kind = rolesAbove ? "training and testing folders" : "class folders";
    if (rolesAbove) {
        for (const fs::path& part : folders) {
            listClasses(source.path, foldersIn(childrenOf(part)), roleFromText(part.filename().string()), listing);
        }
    } else if (folders.size() >= 2) {
        listClasses(source.path, folders, std::nullopt, listing);
    }
    if (!listing.entries.empty() && !source.ignoreLabels) {
        return listing;
    }
    if (tables.size() != 1) {
        refuseFolder(source.path, tables);
    }
    Source table = source;
    table.path = tables.front();
    if (table.imageFolder.empty()) {
        table.imageFolder = folders.size() == 1 && !std::any_of(children.begin(), children.end(), [](const fs::path& p) { return !isFolder(p) && !isCompanion(p); })
                                ? folders.front() : source.path;
    }
    return listTable(table, pool, stop);
}

} // namespace diascope::dataset
