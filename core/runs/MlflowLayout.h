// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Folders and files of an MLflow file store (mlflow/store/tracking/file_store.py), for MlflowRun.cpp alone.
namespace diascope::runs::mlflow {

constexpr const char* kMeta = "meta.yaml";
constexpr std::size_t kLongestKey = 250;        // MAX_ENTITY_KEY_LENGTH of mlflow/utils/validation.py
constexpr std::size_t kLargestMeta = 1U << 20U; // bytes that are read of a file that says what something is

[[nodiscard]] std::int64_t millisecondsNow();

/// A letter, digit, blank or one of _ - . : /
[[nodiscard]] bool isKeyCharacter(char c);
/// Throws Error{Usage} for a key that MLflow refuses to read.
void checkKey(const std::string& key);

/// Throws Error{Unreadable}.
void makeFolder(const std::filesystem::path& folder);
/// "file:///home/a%20b": every byte but the unreserved ones (RFC 3986) and "/" as %XX.
[[nodiscard]] std::string fileUri(const std::filesystem::path& path);

/// The meta.yaml of a run or experiment. Throws Error{Malformed|NotFound|Unreadable}.
[[nodiscard]] base::Json readMeta(const std::filesystem::path& folder);
/// The sub-folders that have a meta.yaml: experiments of a store, or runs of an experiment.
[[nodiscard]] std::vector<std::filesystem::path> described(const std::filesystem::path& folder);

/// Makes the experiment; returns `id`.
std::string writeExperiment(const std::filesystem::path& root, const std::string& id, const std::string& name);
/// The identification of the active experiment of this name, which is made when there is none.
[[nodiscard]] std::string experimentNamed(const std::filesystem::path& root, const std::string& name);

/// Takes half a line off the end of each metric, which MLflow does not forgive: the whole run would be unreadable.
void removeTornPoints(const std::filesystem::path& metrics);

} // namespace diascope::runs::mlflow
