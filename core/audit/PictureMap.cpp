// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/PictureMap.h"

#include "audit/Pca.h"
#include "base/Error.h"

#include <algorithm>

namespace diascope::audit {

namespace {

constexpr std::array<std::pair<MapKind, std::string_view>, 4> kMapNames{{{MapKind::None, "none"},
    {MapKind::Quality, "quality"}, {MapKind::Pixels, "pixels"}, {MapKind::Embedding, "embedding"}}};

/// Evenly chosen where there are too many.
std::vector<std::size_t> thinned(const std::vector<std::size_t>& rows, std::size_t most)
{
    if (rows.size() <= most) {
        return rows;
    }
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < most; ++k) {
        kept.push_back(rows[k * rows.size() / most]);
    }
    return kept;
}

std::vector<std::size_t> usableRows(const std::vector<PictureFacts>& facts, const MapConfig& config)
{
    const auto placed = [&](std::size_t i) {
        if (config.kind == MapKind::Quality) {
            return facts[i].statistics.snr.value.has_value();
        }
        const auto isZero = [](double value) { return value == 0.0; };
        return config.kind != MapKind::Embedding || !std::ranges::all_of(config.embedding.row(i), isZero);
    };
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        if (facts[i].readable() && placed(i)) {
            rows.push_back(i);
        }
    }
    return rows;
}

Matrix featuresOf(const std::vector<PictureFacts>& facts, const MapConfig& config, const std::vector<std::size_t>& rows,
    int threads, const std::stop_token& stop)
{
    if (config.kind == MapKind::Quality) {
        return qualityColumns(facts, rows);
    }
    Matrix columns;
    if (config.kind == MapKind::Pixels) {
        columns = pixelColumns(facts, rows);
    } else {
        columns = Matrix(rows.size(), config.embedding.columns);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::ranges::copy(config.embedding.row(rows[i]), columns.row(i).begin());
        }
    }
    if (columns.columns <= config.components) {
        return columns;
    }
    Pca pca = principalComponents(columns, config.components, threads, stop);
    return pca.projected.columns > 0 ? std::move(pca.projected) : Matrix(rows.size(), 1); // all pictures equal
}

} // namespace

std::string_view name(MapKind kind)
{
    return std::find_if(kMapNames.begin(), kMapNames.end(), [kind](const auto& entry) {
        return entry.first == kind;
    })->second;
}

std::optional<MapKind> mapKindFromName(std::string_view name)
{
    const auto found
        = std::find_if(kMapNames.begin(), kMapNames.end(), [name](const auto& entry) { return entry.second == name; });
    return found == kMapNames.end() ? std::nullopt : std::optional(found->first);
}

std::vector<std::size_t> PictureMap::outliers() const
{
    std::vector<std::size_t> found;
    for (std::size_t k = 0; k < clusters.labels.size(); ++k) {
        if (clusters.labels[k] < 0) {
            found.push_back(samples[k]);
        }
    }
    return found;
}

PictureMap drawMap(const std::vector<PictureFacts>& facts, const MapConfig& config, int threads,
    const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    PictureMap map;
    map.kind = config.kind;
    if (config.kind == MapKind::None) {
        map.reason = "not asked for";
        return map;
    }
    if (config.kind == MapKind::Embedding && (config.embedding.rows != facts.size() || config.embedding.columns == 0)) {
        throw base::Error(base::ErrorCode::Usage, "embedding",
            "has " + std::to_string(config.embedding.rows) + " rows for " + std::to_string(facts.size()) + " samples");
    }
    const std::vector<std::size_t> usable = usableRows(facts, config);
    constexpr std::size_t kLeast = 4;
    if (usable.size() < kLeast) {
        map.reason = "only " + std::to_string(usable.size()) + " pictures can be placed; a map wants 4";
        return map;
    }
    map.samples = thinned(usable, std::max(kLeast, config.most));
    if (map.samples.size() < facts.size()) {
        map.note
            = std::to_string(map.samples.size()) + " of " + std::to_string(facts.size()) + " samples are on the map.";
    }
    TsneConfig drawing = config.tsne;
    drawing.threads = threads;
    DbscanConfig clustering = config.dbscan;
    clustering.threads = threads;
    map.tsne = tsne(featuresOf(facts, config, map.samples, threads, stop), drawing, progress, stop);
    map.clusters = dbscan(map.tsne.places, clustering, stop);
    return map;
}

} // namespace diascope::audit
