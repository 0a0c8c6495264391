// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/ContentHash.h"

#include "base/Json.h"
#include "base/SystemFile.h"
#include "runs/Md5.h"

#include <map>
#include <vector>

namespace diascope::runs {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

ContentHash hashOfFile(const fs::path& file, const std::stop_token& stop)
{
    const base::Descriptor descriptor = base::openRegularFile(file);
    std::vector<std::byte> buffer(kPiece);
    Md5 hash;
    ContentHash result;
    while (const std::size_t count = base::readSome(descriptor, buffer, file)) {
        hash.update(std::span<const std::byte>(buffer).first(count));
        result.size += count;
        if (stop.stop_requested()) {
            throw Error(ErrorCode::Stopped, file.string(), "stopped while its hash was computed");
        }
    }
    result.md5 = hash.hex();
    return result;
}

/// Names that DVC leaves out of a folder (dvc/ignore.py, default patterns).
bool isPassedOver(const fs::path& folder)
{
    const std::string name = folder.filename().string();
    return name == ".git" || name == ".dvc" || name == ".hg";
}

/// All files below, by their path with "/" between the parts; std::map sorts bytes, which for UTF-8 is Python's order
/// of texts.
std::map<std::string, fs::path> filesBelow(const fs::path& folder)
{
    std::map<std::string, fs::path> files;
    std::error_code error;
    const auto options = fs::directory_options::follow_directory_symlink;
    for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry.depth() > 200) {
            throw Error(ErrorCode::TooLarge, folder.string(), "folders lie in it more than 200 deep",
                "Look for links that lead in a circle.");
        }
        std::error_code ignored;
        if (entry->is_directory(ignored)) {
            if (isPassedOver(entry->path())) {
                entry.disable_recursion_pending();
            }
        } else {
            files.emplace(entry->path().lexically_relative(folder).generic_string(), entry->path());
        }
    }
    if (error) {
        throw Error(ErrorCode::Unreadable, folder.string(), "the folder cannot be read whole: " + error.message());
    }
    return files;
}

/// A text as Python's json.dumps writes it, which nlohmann's ensure_ascii does too.
std::string jsonText(const std::string& text)
{
    return base::Json(text).dump(-1, ' ', true, base::Json::error_handler_t::replace);
}

ContentHash hashOfFolder(const fs::path& folder, const std::stop_token& stop)
{
    ContentHash result;
    result.files = 0;
    std::string list = "[";
    for (const auto& [name, file] : filesBelow(folder)) {
        const ContentHash one = hashOfFile(file, stop);
        list += list.size() > 1 ? ", " : "";
        list += "{\"md5\": \"" + one.md5 + "\", \"relpath\": " + jsonText(name) + "}";
        result.size += one.size;
        ++*result.files;
    }
    result.md5 = md5Hex(list + "]") + ".dir";
    return result;
}

} // namespace

std::optional<ContentHash> contentHash(const fs::path& path, const std::stop_token& stop)
{
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        return std::nullopt;
    }
    if (error) {
        throw base::systemError(error.value(), path, "look at it");
    }
    return fs::is_directory(status) ? hashOfFolder(path, stop) : hashOfFile(path, stop);
}

} // namespace diascope::runs
