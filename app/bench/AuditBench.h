// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/bench/Measure.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::bench {

struct AuditBenchOptions {
    std::filesystem::path folder; ///< For the points, made by a fixed stream.
    /// Program that does the same another way: called as `peer audit-tsne POINTS FOLDER`; POINTS is a file of 5,000 x
    /// 50 doubles, little endian. Prints as its last line JSON with "seconds", and writes its map as 5,000 x 2 doubles
    /// to POINTS.map. Empty = none.
    std::string peer;
    int threads = 0;
};

/// Seconds of a t-SNE of 5,000 points x 50 with the exact KL divergence reached; DBSCAN on it; image statistics, and
/// all that the audit takes from a picture, in 512 x 512 pictures a second and thread. With a peer its seconds and
/// divergence, computed by the same function, and the ratios.
[[nodiscard]] std::vector<Figure> auditFigures(const AuditBenchOptions& options, const std::stop_token& stop);

} // namespace diascope::bench
