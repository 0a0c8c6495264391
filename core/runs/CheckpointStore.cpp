// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/CheckpointStore.h"

#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Hash.h"
#include "base/Log.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace diascope::runs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 3;
constexpr std::size_t kDigits = 6;
constexpr std::size_t kHashLength = 64;
constexpr std::string_view kExtension = ".checkpoint";

std::string fileName(int number, const std::string& hash)
{
    std::string digits = std::to_string(number);
    digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
    return digits + "-" + hash + std::string(kExtension);
}

/// Number and hash of a checkpoint's file name; nothing for other names.
std::optional<std::pair<int, std::string>> partsOf(const std::string& name)
{
    const auto dash = name.find('-');
    if (dash == std::string::npos || name.size() != dash + 1 + kHashLength + kExtension.size() || !name.ends_with(kExtension)) {
        return std::nullopt;
    }
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + dash, number);
    if (error != std::errc() || end != name.data() + dash) {
        return std::nullopt;
    }
    return std::pair(number, name.substr(dash + 1, kHashLength));
}

} // namespace

CheckpointStore::CheckpointStore(fs::path folder)
    : m_folder(std::move(folder))
{
}

std::vector<CheckpointStore::Entry> CheckpointStore::entries() const
{
    std::vector<Entry> found;
    std::error_code error;
    for (fs::directory_iterator entry(m_folder, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto parts = partsOf(entry->path().filename().string())) {
            found.push_back({parts->first, parts->second, entry->path()});
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw base::Error(base::ErrorCode::Unreadable, m_folder.string(), "the checkpoints cannot be listed: " + error.message());
    }
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.number, a.hash) > std::pair(b.number, b.hash);
    });
    return found;
}

fs::path CheckpointStore::save(std::span<const std::byte> bytes) const
{
    std::error_code error;
    fs::create_directories(m_folder, error);
    if (error) {
        throw base::Error(base::ErrorCode::Unreadable, m_folder.string(), "the folder cannot be made: " + error.message());
    }
    const auto before = entries();
    const int number = before.empty() ? 1 : before.front().number + 1;
    const fs::path file = m_folder / fileName(number, base::sha256Hex(bytes));
    base::writeFileAtomically(file, bytes);
    for (std::size_t i = kKept - 1; i < before.size(); ++i) {
        if (!fs::remove(before[i].file, error) && error) {
            base::logWarning("An old checkpoint could not be removed: " + error.message());
        }
    }
    return file;
}

std::optional<LoadedCheckpoint> CheckpointStore::newest() const
{
    std::string damaged;
    for (const Entry& entry : entries()) {
        std::string reason = "its content does not have the hash it was written with";
        try {
            LoadedCheckpoint loaded{base::readFile(entry.file), entry.file, entry.number, damaged.empty(), {}};
            if (base::sha256Hex(loaded.bytes) == entry.hash) {
                if (!loaded.newest) {
                    loaded.message = "checkpoint " + std::to_string(entry.number) + " is used, because newer ones are damaged: " + damaged;
                }
                return loaded;
            }
        } catch (const base::Error& error) {
            reason = error.detail();
        }
        damaged += (damaged.empty() ? "" : "; ");
        damaged += "number " + std::to_string(entry.number) + ", " + reason;
    }
    if (!damaged.empty()) {
        throw base::Error(base::ErrorCode::Malformed, m_folder.string(), "every checkpoint is damaged: " + damaged,
                          "Start the run anew in another folder.");
    }
    return std::nullopt;
}

} // namespace diascope::runs
