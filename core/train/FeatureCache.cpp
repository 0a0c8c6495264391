// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/FeatureCache.h"

#include "base/AtomicFile.h"
#include "base/Hash.h"
#include "base/Json.h"
#include "nn/Classifier.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::train {

namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".features";

} // namespace

std::string featureKey(const nn::Classifier& model, const TrainConfig& config, Precision precision, const std::string& pictures)
{
    const at::NoGradGuard noGrad;
    base::Sha256 hash;
    // Of the network only what the backbone is made of: trials differ in dropout or in the width of the head. Shapes and names follow below.
    const base::Json facts{{"version", 1}, {"pictures", pictures}, {"architecture", model.spec().architecture},
        {"mean", config.mean}, {"std", config.stdDev}, {"precision", static_cast<int>(precision)}, {"device", config.device},
        {"threads", at::get_num_threads()}, {"channelsLast", config.channelsLast}, {"build", config.buildId}, {"cpu", at::get_cpu_capability()}};
    hash.update(facts.dump());
    for (const auto& [name, tensor] : model.backboneState()) {
        const at::Tensor values = tensor.detach().to(torch::kCPU).contiguous();
        hash.update(name + base::Json(values.sizes().vec()).dump());
        hash.update(std::span(static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()));
    }
    return hash.hex();
}

fs::path FeatureCache::fileOf(const std::string& key) const
{
    constexpr std::size_t kDigits = 32;
    return m_config.folder / (key.substr(0, kDigits) + kExtension);
}

FeatureCache::Entry FeatureCache::of(nn::Classifier& model, const TrainConfig& config, Precision precision)
{
    Entry entry{nullptr, featureKey(model, config, precision, m_config.pictures), {}};
    const std::scoped_lock lock(m_mutex);
    if (const auto known = m_known.find(entry.key); known != m_known.end()) {
        entry.features = known->second;
        return entry;
    }
    std::erase_if(m_known, [](const auto& other) { return other.second.use_count() == 1; }); // of backbones that nobody trains on any more
    entry.features = std::make_shared<FrozenFeatures>(m_config.count, m_config.memoryBytes);
    m_known.emplace(entry.key, entry.features);
    std::error_code failure;
    const fs::path file = fileOf(entry.key);
    if (keepsFiles() && fs::exists(file, failure)) {
        try {
            entry.features->restore(base::readFile(file), entry.key, file.string());
            fs::last_write_time(file, fs::file_time_type::clock::now(), failure); // used just now
        } catch (const base::Error& error) {
            entry.note = file.filename().string() + " is made anew: " + error.detail();
        }
    }
    return entry;
}

std::string FeatureCache::store(const Entry& entry) const
{
    if (!keepsFiles()) {
        return {};
    }
    try {
        std::error_code failure;
        fs::create_directories(m_config.folder, failure);
        base::writeFileAtomically(fileOf(entry.key), entry.features->serialised(entry.key), base::Flush::Later);
        makeRoom();
        return {};
    } catch (const base::Error& error) {
        return "The features of the backbone were not kept for later runs: " + error.detail();
    }
}

void FeatureCache::makeRoom() const
{
    struct File {
        fs::file_time_type used;
        std::uint64_t bytes = 0;
        fs::path path;
    };
    std::vector<File> files;
    std::uint64_t total = 0;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(m_config.folder, failure)) {
        if (entry.path().extension() == kExtension) {
            files.push_back({entry.last_write_time(failure), entry.file_size(failure), entry.path()});
            total += files.back().bytes;
        }
    }
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
    for (std::size_t i = 0; i < files.size() && total > m_config.folderBytes; ++i) {
        fs::remove(files[i].path, failure);
        total -= files[i].bytes;
    }
}

} // namespace diascope::train
