// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/MlflowLayout.h"

#include "base/AtomicFile.h"
#include "base/Hash.h"
#include "base/Text.h"
#include "base/Yaml.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace diascope::runs::mlflow {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

/// Eighteen digits, as MLflow's own; made from the name, so that two runs that start at the same moment make the same
/// experiment.
std::string idOfName(const std::string& name, int attempt)
{
    const std::string hash = base::sha256Hex(name + "#" + std::to_string(attempt)).substr(0, 15);
    std::string digits
        = std::to_string(std::stoull(hash, nullptr, 16) % 900'000'000'000'000'000ULL + 100'000'000'000'000'000ULL);
    return digits;
}

} // namespace

std::int64_t millisecondsNow()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

bool isKeyCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || std::string_view("_-. :/").find(c) != std::string_view::npos;
}

void checkKey(const std::string& key)
{
    const bool legal = !key.empty() && key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), isKeyCharacter);
    const fs::path path(key);
    if (!legal || path.is_absolute() || path.lexically_normal().string() != key || *path.begin() == ".." || key == "."
        || key.back() == '/') {
        throw Error(ErrorCode::Usage, base::shortened(base::visibleText(key)), "is not a key that MLflow reads",
            "Use 1 to 250 letters, digits, blanks and _ - . : / only, and no '..'.");
    }
}

void makeFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw Error(ErrorCode::Unreadable, folder.string(),
            "the folder of the MLflow store cannot be made: " + error.message());
    }
}

std::string fileUri(const fs::path& path)
{
    std::string uri = "file://";
    for (const char c : path.string()) {
        if (isKeyCharacter(c) && c != ' ' && c != ':') {
            uri += c;
        } else {
            std::array<char, 4> hex{};
            std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
            uri += hex.data();
        }
    }
    return uri;
}

Json readMeta(const fs::path& folder)
{
    const fs::path file = folder / kMeta;
    Json meta = base::parseYaml(base::readFile(file, kLargestMeta), file.string());
    if (!meta.is_object()) {
        throw Error(ErrorCode::Malformed, file.string(), "it is not the description of an MLflow run or experiment");
    }
    return meta;
}

std::vector<fs::path> described(const fs::path& folder)
{
    std::vector<fs::path> found;
    std::error_code error, ignored;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (fs::is_regular_file(entry->path() / kMeta, ignored)) {
            found.push_back(entry->path());
        }
    }
    if (error) {
        throw Error(ErrorCode::Unreadable, folder.string(), "the MLflow store cannot be listed: " + error.message());
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::string writeExperiment(const fs::path& root, const std::string& id, const std::string& name)
{
    const fs::path folder = root / id;
    makeFolder(folder);
    const std::int64_t now = millisecondsNow();
    const Json meta = {{"artifact_location", fileUri(folder)}, {"creation_time", now}, {"experiment_id", id},
        {"last_update_time", now}, {"lifecycle_stage", "active"}, {"name", name}};
    base::writeFileAtomically(folder / kMeta, base::toYaml(meta));
    return id;
}

std::string experimentNamed(const fs::path& root, const std::string& name)
{
    for (const fs::path& folder : described(root)) {
        const Json meta = readMeta(folder);
        if (meta.value("name", Json()) == Json(name)
            && meta.value("lifecycle_stage", Json("active")) == Json("active")) {
            return folder.filename().string();
        }
    }
    std::error_code error;
    int attempt = 0;
    while (fs::exists(root / idOfName(name, attempt), error)) {
        ++attempt;
    }
    return writeExperiment(root, idOfName(name, attempt), name);
}

void removeTornPoints(const fs::path& metrics)
{
    std::error_code error;
    for (fs::recursive_directory_iterator entry(metrics, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->is_regular_file(ignored)) {
            const std::string text = base::readFile(entry->path());
            const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
            if (whole == 0) {
                fs::remove(entry->path(), ignored); // MLflow reads no empty metric
            } else if (whole < text.size()) {
                base::writeFileAtomically(entry->path(), std::string_view(text).substr(0, whole));
            }
        }
    }
    if (error) {
        throw Error(ErrorCode::Unreadable, metrics.string(),
            "the metrics of the MLflow run cannot be listed: " + error.message());
    }
}

} // namespace diascope::runs::mlflow
