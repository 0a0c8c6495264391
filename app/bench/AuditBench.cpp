// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/AuditBench.h"

#include "app/bench/Child.h"
#include "audit/Affinities.h"
#include "audit/Dbscan.h"
#include "audit/PictureFacts.h"
#include "audit/Tsne.h"
#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "base/Error.h"
#include "base/Rng.h"

#include <cstring>

namespace diascope::bench {

namespace {

constexpr std::size_t kPoints = 5000, kColumns = 50, kClusters = 10;
constexpr int kPictureSide = 512;

/// Ten clouds whose centres are drawn with twice the spread of their points.
audit::Matrix cloudPoints()
{
    base::Rng rng = base::Rng::stream(7, "bench/audit");
    audit::Matrix centres(kClusters, kColumns), points(kPoints, kColumns);
    for (double& value : centres.values) {
        value = 2.0 * rng.normal();
    }
    for (std::size_t i = 0; i < kPoints; ++i) {
        for (std::size_t j = 0; j < kColumns; ++j) {
            points.at(i, j) = centres.at(i % kClusters, j) + rng.normal();
        }
    }
    return points;
}

image::Image noisyPicture()
{
    base::Rng rng = base::Rng::stream(7, "bench/audit/picture");
    std::vector<std::byte> pixels(static_cast<std::size_t>(kPictureSide) * kPictureSide);
    for (std::byte& pixel : pixels) {
        pixel = static_cast<std::byte>(rng.below(256));
    }
    return image::makeImage(kPictureSide, kPictureSide, 1, image::PixelType::UInt8, std::move(pixels));
}

double perSecond(int runs, const std::function<void()>& work)
{
    return 1000.0 / median(timeEach(1, runs, work));
}

/// What the peer reaches on the same points.
void addPeer(const AuditBenchOptions& options, const audit::Matrix& points, double ownSeconds, double ownDivergence,
    std::vector<Figure>& figures)
{
    const std::filesystem::path file = options.folder / "audit-points.f64";
    base::writeFileAtomically(file, std::as_bytes(std::span(points.values)));
    const Child child = runChild({options.peer, "audit-tsne", file.string(), options.folder.string()});
    if (child.exitCode != 0 || child.lines.empty()) {
        throw base::Error(base::ErrorCode::NotFound, options.peer,
            "ended with " + std::to_string(child.exitCode) + " and said nothing");
    }
    const base::Json json = base::parseJson(child.lines.back().text, options.peer);
    const std::string bytes = base::readFile(file.string() + ".map");
    audit::Matrix map(kPoints, 2);
    if (bytes.size() != map.values.size() * sizeof(double)) {
        throw base::Error(base::ErrorCode::Malformed, file.string() + ".map", "has not 5,000 x 2 doubles");
    }
    std::memcpy(map.values.data(), bytes.data(), bytes.size());
    const double seconds = json.value("seconds", 0.0),
                 divergence = audit::exactDivergence(points, map, 30.0, options.threads);
    figures.push_back({"audit.tsne.peer.seconds", seconds, "s", "of the fit alone"});
    figures.push_back({"audit.tsne.peer.divergence", divergence, "nats", "by the same function"});
    figures.push_back({"audit.tsne.timesFaster", seconds / ownSeconds, "ratio", "peer's / ours"});
    figures.push_back({"audit.tsne.divergenceRatio", ownDivergence / divergence, "ratio", "ours / peer's"});
}

} // namespace

std::vector<Figure> auditFigures(const AuditBenchOptions& options, const std::stop_token& stop)
{
    const audit::Matrix points = cloudPoints();
    audit::TsneConfig config;
    config.threads = options.threads;
    const base::Stopwatch watch;
    const audit::TsneMap map = audit::tsne(points, config, {}, stop);
    const double seconds = watch.seconds();
    const std::string how = "5,000 points x 50, " + map.method + ", " + std::to_string(map.iterations) + " iterations";
    std::vector<Figure> figures{{"audit.tsne.seconds", seconds, "s", how + ", the exact divergence included"},
        {"audit.tsne.divergence", map.divergence, "nats", how}};
    const base::Stopwatch clusterWatch;
    (void)audit::dbscan(map.places, {.threads = options.threads}, stop);
    figures.push_back({"audit.dbscan.seconds", clusterWatch.seconds(), "s", "on that map"});
    const image::Image picture = noisyPicture();
    figures.push_back({"audit.statistics", perSecond(20, [&] { (void)audit::statisticsOf(picture); }), "1/s",
        "512 x 512, one thread"});
    figures.push_back({"audit.facts", perSecond(10, [&] { (void)audit::factsOf(picture); }), "1/s",
        "512 x 512, one thread: statistics, fingerprint, burnt-in writing, 32 x 32 pixels; without decoding"});
    if (!options.peer.empty()) {
        addPeer(options, points, seconds, map.divergence, figures);
    }
    return figures;
}

} // namespace diascope::bench
