// SPDX-License-Identifier: GPL-3.0-or-later
#include "study/FolderScan.h"

#include "study/Series.h"

#include <algorithm>
#include <set>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace diascope::study {

namespace fs = std::filesystem;

namespace {

base::ErrorCode codeOf(const std::error_code& error)
{
    return error == std::errc::no_such_file_or_directory ? base::ErrorCode::NotFound : base::ErrorCode::Unreadable;
}

/// Walks folders without recursion of its own, so that no depth of nesting can harm it.
class Walk {
public:
    Walk(std::size_t limit, std::stop_token stop) : m_limit(limit), m_stop(std::move(stop)) {}

    FileListing run(const fs::path& start)
    {
        m_pending.push_back(start);
        while (!m_pending.empty() && listing.complete) {
            const fs::path folder = std::move(m_pending.back());
            m_pending.pop_back();
            if (isNew(folder)) {
                enter(folder);
            }
        }
        return std::move(listing);
    }

    FileListing listing;

private:
    /// False when this folder was entered before, under this or another name (a loop of links).
    bool isNew(const fs::path& folder)
    {
        struct stat status {};
        if (::stat(folder.c_str(), &status) != 0) {
            return true; // entering it reports why
        }
        return m_entered.insert({status.st_dev, status.st_ino}).second;
    }

    void enter(const fs::path& folder)
    {
        std::vector<fs::path> files, folders;
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
            if (m_stop.stop_requested()) {
                listing.complete = false;
                return;
            }
            if (!entry->path().filename().native().starts_with('.')) {
                sortIn(*entry, files, folders);
            }
        }
        if (error) {
            report(folder, codeOf(error), "the folder could not be read to its end: " + error.message());
        }
        const auto byName = [](const fs::path& a, const fs::path& b) {
            return naturalLess(a.filename().string(), b.filename().string());
        };
        std::sort(files.begin(), files.end(), byName);
        std::sort(folders.begin(), folders.end(), byName);
        take(files);
        m_pending.insert(m_pending.end(), std::make_move_iterator(folders.rbegin()), std::make_move_iterator(folders.rend()));
    }

    void sortIn(const fs::directory_entry& entry, std::vector<fs::path>& files, std::vector<fs::path>& folders)
    {
        std::error_code error;
        const fs::file_status status = entry.status(error);
        if (status.type() == fs::file_type::not_found) {
            report(entry.path(), base::ErrorCode::NotFound, "the link leads nowhere");
        } else if (error) {
            report(entry.path(), codeOf(error), error.message());
        } else if (fs::is_directory(status)) {
            folders.push_back(entry.path());
        } else if (fs::is_regular_file(status)) {
            files.push_back(entry.path());
        }
    }

    void take(std::vector<fs::path>& files)
    {
        for (auto& file : files) {
            if (listing.files.size() >= m_limit) {
                listing.complete = false;
                report(file.parent_path(), base::ErrorCode::TooLarge,
                       "there are more than " + std::to_string(m_limit) + " files; the rest was left out");
                return;
            }
            listing.files.push_back(std::move(file));
        }
    }

    void report(const fs::path& subject, base::ErrorCode code, std::string detail)
    {
        listing.problems.push_back({code, subject.string(), std::move(detail)});
    }

    std::size_t m_limit;
    std::stop_token m_stop;
    std::vector<fs::path> m_pending;
    std::set<std::pair<dev_t, ino_t>> m_entered;
};

} // namespace

FileListing listFiles(const fs::path& path, std::size_t limit, std::stop_token stop)
{
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        throw base::Error(base::ErrorCode::NotFound, path.string(), "there is no such file or folder");
    }
    if (error) {
        throw base::Error(codeOf(error), path.string(), "it cannot be looked at: " + error.message());
    }
    if (fs::is_regular_file(status)) {
        return {{path}, {}, true};
    }
    if (!fs::is_directory(status)) {
        throw base::Error(base::ErrorCode::Unreadable, path.string(), "it is a pipe or device, not a file or folder");
    }
    if (fs::directory_iterator probe(path, error); error) {
        throw base::Error(codeOf(error), path.string(), "the folder cannot be read: " + error.message());
    }
    return Walk(limit, std::move(stop)).run(path);
}

} // namespace diascope::study
