// SPDX-License-Identifier: GPL-3.0-or-later
// What the hand-over through the decoder process costs, against decoding in this process. Not a test: prints JSON lines.

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "decode/DecoderPool.h"
#include "decode/PoolFixture.h"
#include "formats/Formats.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <vector>

using namespace diascope;

namespace {

constexpr std::size_t kMaxFiles = 200;
constexpr int kRounds = 3;

void report(const char* name, std::vector<double> microseconds)
{
    std::ranges::sort(microseconds);
    std::printf("{\"name\":\"%s\",\"p50\":%.0f,\"p95\":%.0f,\"unit\":\"us/image\",\"images\":%zu}\n", name,
                microseconds[microseconds.size() / 2], microseconds[microseconds.size() * 95 / 100], microseconds.size());
}

template <typename Decode> std::vector<double> measure(const std::vector<std::filesystem::path>& files, Decode decode)
{
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& file : files) {
            const base::Stopwatch watch;
            decode(file);
            times.push_back(watch.seconds() * 1e6);
        }
    }
    return times;
}

} // namespace

int main(int count, char** words)
{
    if (count != 2) {
        std::fputs("usage: bench_decode FOLDER (of pictures)\n", stderr);
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(words[1])) {
        const auto extension = entry.path().extension();
        if (files.size() < kMaxFiles && (extension == ".jpg" || extension == ".jpeg" || extension == ".png")) {
            files.push_back(entry.path());
        }
    }
    if (files.empty()) {
        std::fputs("no pictures there\n", stderr);
        return 2;
    }
    try {
        decode::DecoderPool pool(tests::poolConfig(1));
        std::size_t bytes = 0;
        report("in-process", measure(files, [&](const auto& file) {
            const std::string content = base::readFile(file);
            bytes += formats::read(std::as_bytes(std::span(content)), file.string()).bytes().size();
        }));
        report("decoder-process", measure(files, [&](const auto& file) { bytes += pool.frame(file).bytes().size(); }));
        std::printf("{\"name\":\"decoded\",\"value\":%zu,\"unit\":\"bytes\"}\n", bytes);
    } catch (const base::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 3;
    }
    return 0;
}
