// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/SourceFacts.h"

#include "dataset/Dataset.h"
#include "decode/DecoderPool.h"
#include "predict/SourceChecks.h"
#include "runs/RunFolder.h"

#include <algorithm>

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
    addName(sources.units, info.rescale.unit == "US" ? std::string() : info.rescale.unit);
    sources.leastWidth = first ? info.columns : std::min(sources.leastWidth, info.columns);
    sources.mostWidth = std::max(sources.mostWidth, info.columns);
    sources.leastHeight = first ? info.rows : std::min(sources.leastHeight, info.rows);
    sources.mostHeight = std::max(sources.mostHeight, info.rows);
    const double spacing = info.spacing ? info.spacing->rowMm : 0.0;
    sources.leastSpacingMm = first ? spacing : std::min(sources.leastSpacingMm, spacing);
    sources.mostSpacingMm = std::max(sources.mostSpacingMm, spacing);
}

} // namespace

nn::PackageSources lookAtSources(const dataset::Dataset& data, decode::DecoderPool& pool, std::stop_token stop)
{
    nn::PackageSources sources;
    sources.samples = static_cast<std::int64_t>(data.samples.size());
    const std::size_t count = std::min(kMostHeaders, data.samples.size());
    std::size_t coloured = 0;
    for (std::size_t i = 0; i < count && !stop.stop_requested(); ++i) {
        const dataset::Sample& sample = data.samples[i * data.samples.size() / count];
        try {
            const image::SourceInfo info = pool.info(sample.file).info;
            addHeader(sources, info);
            if (info.samplesPerPixel == 3 && i * kMostColoured / count >= coloured) {
                ++coloured;
                sources.mostColour = std::max(sources.mostColour, predict::colourShare(pool.frame(sample.file, {.frame = sample.frame})));
            }
        } catch (const base::Error&) {
            continue; // It is among the problems of the data already.
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
