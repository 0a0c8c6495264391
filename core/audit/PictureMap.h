// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Dbscan.h"
#include "audit/PictureFacts.h"
#include "audit/Tsne.h"

#include <optional>

namespace diascope::audit {

/// What the map of pictures is drawn from.
enum class MapKind {
    None,
    Quality,   ///< As Neuroflux: mean, std, SNR and entropy, unscaled.
    Pixels,    ///< 32 x 32 grey levels -> 50 principal components.
    Embedding, ///< A matrix that the caller gives, say of a package's penultimate features.
};
[[nodiscard]] std::string_view name(MapKind kind); ///< "none", "quality", "pixels", "embedding".
[[nodiscard]] std::optional<MapKind> mapKindFromName(std::string_view name);

struct MapConfig {
    MapKind kind = MapKind::Pixels;
    TsneConfig tsne{};
    DbscanConfig dbscan{};       ///< On the map.
    std::size_t components = 50; ///< Of Pixels, and of an Embedding with more columns.
    std::size_t most = 10'000;   ///< Pictures; of more, evenly chosen ones are drawn.
    Matrix embedding{};          ///< Of Embedding: one row a sample; a row of zeros, and that of an unreadable sample, is not placed.
};

struct PictureMap {
    MapKind kind = MapKind::None;
    std::vector<std::size_t> samples; ///< On the map, rising.
    TsneMap tsne;                     ///< One place for each of them.
    Clusters clusters;                ///< The same.
    std::string reason;               ///< Why there is no map; empty when there is one.
    std::string note;                 ///< What was left out.
    /// Those of `samples` that belong to no cluster.
    [[nodiscard]] std::vector<std::size_t> outliers() const;
};

/// Pictures that cannot be read, and for Quality those of one grey level, are not on the map. Throws
/// Error{Usage|Stopped}.
[[nodiscard]] PictureMap drawMap(const std::vector<PictureFacts>& facts, const MapConfig& config, int threads = 0,
    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

} // namespace diascope::audit
