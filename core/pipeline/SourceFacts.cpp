// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/SourceFacts.h"

#include "dataset/Dataset.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "predict/SourceChecks.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <optional>

namespace diascope::pipeline {

namespace {

constexpr const char* kSourcesFile = "sources.json";
constexpr std::size_t kMostHeaders = 128, kMostColoured = 16;

void addName(std::vector<std::string>& names, const std::string& name)
{
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at == names.end() || *at != name) {
        names.insert(at, name);
    }
}

void addHeader(nn::PackageSources& sources, const image::SourceInfo& info)
{
    const bool first = sources.headers++ == 0;
    addName(sources.modalities, info.modality);
    addName(sources.units, predict::unitOf(info.rescale));
    sources.leastWidth = first ? info.columns : std::min(sources.leastWidth, info.columns);
    sources.mostWidth = std::max(sources.mostWidth, info.columns);
    sources.leastHeight = first ? info.rows : std::min(sources.leastHeight, info.rows);
    sources.mostHeight = std::max(sources.mostHeight, info.rows);
    const double spacing = info.spacing ? info.spacing->rowMm : 0.0;
    sources.leastSpacingMm = first ? spacing : std::min(sources.leastSpacingMm, spacing);
    sources.mostSpacingMm = std::max(sources.mostSpacingMm, spacing);
}

/// One picture's header and, where it was looked at, how much of it is coloured (0 to 1).
struct Look {
    image::SourceInfo info;
    double colour = 0.0;
};

} // namespace

nn::PackageSources lookAtSources(const dataset::Dataset& data, decode::DecoderPool& pool, std::stop_token stop)
{
    nn::PackageSources sources;
    sources.samples = static_cast<std::int64_t>(data.samples.size());
    const std::size_t count = std::min(kMostHeaders, data.samples.size());
    std::vector<std::optional<Look>> looks(count); // each written by one thread
    const auto look = [&](std::size_t i) {
        const dataset::Sample& sample = data.samples[i * data.samples.size() / count];
        const bool inColour = i == 0 || i * kMostColoured / count != (i - 1) * kMostColoured / count; // evenly over all of them
        try {
            Look found{pool.info(sample.file).info};
            if (found.info.samplesPerPixel == 3 && inColour) {
                found.colour = predict::colourShare(pool.frame(sample.file, {.frame = sample.frame}));
            }
            looks[i] = std::move(found);
        } catch (const base::Error&) {
            return; // It is among the problems of the data already.
        }
    };
    dataset::parallelFor({"Looking at the files", count, dataset::decodingThreads(0, pool.workers())}, look, {}, stop);
    for (const auto& found : looks) {
        if (found) {
            addHeader(sources, found->info);
            sources.mostColour = std::max(sources.mostColour, found->colour);
        }
    }
    return sources;
}

void storeSources(const nn::PackageSources& sources, runs::RunFolder& folder)
{
    folder.writeText(kSourcesFile, nn::toJson(sources).dump(2) + "\n");
}

nn::PackageSources storedSources(const runs::RunFolder& folder)
{
    if (!folder.has(kSourcesFile)) {
        return {};
    }
    const std::string subject = folder.file(kSourcesFile).string();
    return nn::packageSourcesFromJson(base::parseJson(folder.readText(kSourcesFile), subject), subject);
}

} // namespace diascope::pipeline
