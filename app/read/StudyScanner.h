// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/DecoderPool.h"
#include "study/Series.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

namespace diascope::app {

/// What a scan has found so far. Plain values; crosses to the GUI thread by copy.
struct ScanReport {
    std::uint64_t request = 0;
    std::shared_ptr<const std::vector<study::Series>> series; ///< Never null. Shared: a copy of 2,000 slices would hold the GUI thread up.
    std::vector<base::Problem> problems; ///< Files that could not be read, each with its reason.
    int filesDone = 0;
    int filesTotal = 0;
    bool finished = false;
};

/// Reads the headers of files and folders in the background and groups them into series. The first report comes as soon
/// as one file with pixels is known, further ones a few times a second, the last one with `finished`.
/// Created, used and destroyed on the GUI thread; `report` is called on a scanner thread.
class StudyScanner {
public:
    using ReportFunction = std::function<void(ScanReport)>;
    StudyScanner(decode::DecoderPool& pool, ReportFunction report);
    ~StudyScanner();

    /// Stops the scan under way, if any, and starts a new one. Returns its request number.
    std::uint64_t start(std::vector<std::filesystem::path> paths);
    void stop();

private:
    void scan(std::stop_token stop, std::uint64_t request, const std::vector<std::filesystem::path>& paths);

    decode::DecoderPool& m_pool;
    ReportFunction m_report;
    std::uint64_t m_request = 0;
    std::jthread m_thread;
};

} // namespace diascope::app
