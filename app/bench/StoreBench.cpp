// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/StoreBench.h"

#include "app/bench/Child.h"
#include "base/Clock.h"
#include "dataset/PixelStore.h"
#include "decode/DecoderPool.h"
#include "image/Preprocess.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace diascope::bench {

namespace {

constexpr int kSide = 224;

/// Pictures that OpenCV reads and resizes in a second on so many threads; how many it can read is added to `read`.
double peerRate(const dataset::Dataset& data, int threads, std::atomic<int>& read)
{
    const base::Stopwatch watch;
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        cv::Mat small;
        for (std::size_t i = next++; i < data.samples.size(); i = next++) {
            const cv::Mat picture = cv::imread(data.samples[i].file.string(), cv::IMREAD_GRAYSCALE);
            if (!picture.empty()) {
                cv::resize(picture, small, {kSide, kSide}, 0.0, 0.0, cv::INTER_LINEAR);
                ++read;
            }
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 1; i < threads; ++i) {
            workers.emplace_back(work);
        }
        work();
    }
    return static_cast<double>(data.samples.size()) / watch.seconds();
}

/// Pictures a second of the program that is called as tests/bench/peer.sh is: `name` is "store" or "store-pillow".
double programRate(const std::string& peer, const char* name, const std::filesystem::path& source)
{
    const Child child = runChild({peer, name, source.string(), ""});
    if (child.exitCode != 0 || child.lines.empty()) {
        throw base::Error(base::ErrorCode::NotFound, peer, "the peer ended with " + std::to_string(child.exitCode));
    }
    return base::parseJson(child.lines.back().text, peer).at("imagesPerSecond").get<double>();
}

} // namespace

std::vector<Figure> storeFigures(const std::filesystem::path& source, const std::string& peer, int threads, const std::stop_token& stop)
{
    cv::setNumThreads(1); // the threads are ours, one picture each
    decode::PoolConfig config;
    config.workers = threads;
    decode::DecoderPool pool(config);
    const dataset::Dataset data = dataset::readDataset({.path = source, .ignoreLabels = true}, pool, {}, stop);
    const auto graph = image::Preprocess::fromJson(base::Json::array({{{"op", "window"}}, {{"op", "grey"}},
                                                       {{"op", "resize"}, {"width", kSide}, {"height", kSide}}}),
        "bench");
    std::vector<double> own, one, all, theirs, pillow;
    std::size_t rows = 0;
    constexpr int kRuns = 4;
    for (int run = 0; run < kRuns; ++run) {
        const dataset::PixelStore store = dataset::buildPixelStore(data, graph, pool, threads, {}, stop);
        rows = store.count();
        std::atomic<int> read{0};
        const double oneRate = peerRate(data, 1, read), allRate = peerRate(data, threads, read);
        if (static_cast<std::size_t>(read) != 2 * rows) {
            throw base::Error(base::ErrorCode::Mismatch, source.string(),
                "OpenCV reads " + std::to_string(read / 2) + " of the pictures, the store holds "
                    + std::to_string(rows),
                "Take a folder of plain pictures.");
        }
        if (run > 0) { // the first one warms the disk's cache
            own.push_back(static_cast<double>(data.samples.size()) / store.seconds);
            one.push_back(oneRate);
            all.push_back(allRate);
            if (!peer.empty()) {
                theirs.push_back(programRate(peer, "store", source));
                pillow.push_back(programRate(peer, "store-pillow", source));
            }
        }
    }
    const std::string how = std::to_string(rows) + " pictures to 224 x 224 grey levels, median of 3";
    const double ownRate = median(own), oneRate = median(one), allRate = median(all);
    std::vector<Figure> figures{{"store.build", ownRate, "1/s", how + ", decoder processes, antialiased"},
        {"store.peerOneThread", oneRate, "1/s", how + ", OpenCV imread(GRAYSCALE) and resize(LINEAR) in one thread"},
        {"store.peerAllThreads", allRate, "1/s", how + ", the same in all threads"},
        {"store.overOneThread", ownRate / oneRate, "ratio", "of the medians"},
        {"store.overAllThreads", ownRate / allRate, "ratio", "of the medians"}};
    if (!theirs.empty()) {
        figures.push_back({"store.peer", median(theirs), "1/s", how + ", the peer's data path alone"});
        figures.push_back({"store.timesFaster", ownRate / median(theirs), "ratio", "ours / peer's"});
        figures.push_back({"store.peerPillow", median(pillow), "1/s", how + ", the peer's with Pillow: the same grey levels and filter as ours"});
        figures.push_back({"store.timesFasterPillow", ownRate / median(pillow), "ratio", "ours / peer's with Pillow"});
    }
    return figures;
}

} // namespace diascope::bench
