// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/FrozenFeatures.h"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace diascope::train {

/// Features of frozen backbones for the folds of a run and, in a folder, for the runs of a search. Any thread.
class FeatureCache {
public:
    struct Config {
        std::filesystem::path folder;  ///< Where they are kept between runs; made when needed. Empty: in memory only.
        std::string pictures;          ///< Equal for equal pixels in equal order, only for these (a hash). Empty: in memory only.
        std::int64_t count = 0;        ///< Pictures of the collection.
        std::uint64_t memoryBytes = std::uint64_t{1} << 30U; ///< Of one backbone's features, in memory and as a file.
        std::uint64_t folderBytes = std::uint64_t{4} << 30U; ///< Of all files; beyond it those that were not used for longest are removed.
    };
    explicit FeatureCache(Config config) : m_config(std::move(config)) {}

    struct Entry {
        std::shared_ptr<FrozenFeatures> features;
        std::string key;  ///< What they are a function of, hashed.
        std::string note; ///< Of a file that was there but could not be used: why; else empty.
    };
    /// Those of the backbone of `model` as it is now, in this run's preprocessing: found in memory, in the folder, or new and empty.
    [[nodiscard]] Entry of(nn::Classifier& model, const TrainConfig& config, Precision precision);

    /// Writes them into the folder. A full disk or a folder that cannot be written to is the returned sentence: only time is lost.
    [[nodiscard]] std::string store(const Entry& entry) const;

    [[nodiscard]] std::filesystem::path fileOf(const std::string& key) const;

private:
    [[nodiscard]] bool keepsFiles() const { return !m_config.folder.empty() && !m_config.pictures.empty(); }
    void makeRoom() const;

    Config m_config;
    std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<FrozenFeatures>> m_known; ///< By key.
};

/// SHA-256 of all that the features of a picture depend on: pictures, architecture, values of the backbone, normalisation, precision, device,
/// threads, memory order, build.
[[nodiscard]] std::string featureKey(const nn::Classifier& model, const TrainConfig& config, Precision precision, const std::string& pictures);

} // namespace diascope::train
