// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/StudyScanner.h"

#include "base/Clock.h"
#include "base/Log.h"
#include "study/FolderScan.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace diascope::app {

namespace {

constexpr std::size_t kMaxFiles = 200'000;
constexpr double kReportEverySeconds = 0.4;

/// The shared state of the header readers of one scan.
struct Findings {
    std::mutex mutex;
    std::vector<study::Instance> instances;
    std::vector<base::Problem> problems;
    std::atomic<std::size_t> next{0};
    std::atomic<int> done{0};
};

void readHeaders(decode::DecoderPool& pool, const std::vector<std::filesystem::path>& files, Findings& findings,
                 const std::stop_token& stop)
{
    for (std::size_t i = findings.next++; i < files.size() && !stop.stop_requested(); i = findings.next++) {
        try {
            auto result = pool.info(files[i]);
            const std::scoped_lock lock(findings.mutex);
            if (result.info.frames > 0) {
                findings.instances.push_back({files[i], std::move(result.info)});
            } else if (result.info.kind != "dicomdir") {
                findings.problems.push_back({base::ErrorCode::Unsupported, files[i].string(), "holds no picture"});
            }
        } catch (const base::Error& error) {
            const std::scoped_lock lock(findings.mutex);
            findings.problems.push_back(base::toProblem(error));
        } catch (const std::exception& error) {
            const std::scoped_lock lock(findings.mutex);
            findings.problems.push_back({base::ErrorCode::Internal, files[i].string(), error.what()});
        }
        ++findings.done;
    }
}

ScanReport snapshot(Findings& findings, std::uint64_t request, std::size_t total)
{
    ScanReport report;
    report.request = request;
    report.filesTotal = static_cast<int>(total);
    report.filesDone = findings.done.load();
    std::vector<study::Instance> instances;
    {
        const std::scoped_lock lock(findings.mutex);
        instances = findings.instances;
        report.problems = findings.problems;
    }
    report.series = std::make_shared<const std::vector<study::Series>>(study::groupIntoSeries(std::move(instances)));
    return report;
}

} // namespace

StudyScanner::StudyScanner(decode::DecoderPool& pool, ReportFunction report)
    : m_pool(pool), m_report(std::move(report))
{
}

StudyScanner::~StudyScanner() { stop(); }

std::uint64_t StudyScanner::start(std::vector<std::filesystem::path> paths)
{
    stop();
    const auto request = ++m_request;
    m_thread = std::jthread([this, request, paths = std::move(paths)](const std::stop_token& token) {
        try {
            scan(token, request, paths);
        } catch (const std::exception& error) {
            ScanReport report;
            report.request = request;
            report.series = std::make_shared<const std::vector<study::Series>>();
            report.finished = true;
            report.problems.push_back({base::ErrorCode::Internal, "reading the folder", error.what()});
            m_report(std::move(report));
        }
    });
    return request;
}

void StudyScanner::stop()
{
    if (m_thread.joinable()) {
        m_thread.request_stop();
        m_thread.join();
    }
}

void StudyScanner::scan(std::stop_token stop, std::uint64_t request, const std::vector<std::filesystem::path>& paths)
{
    Findings findings;
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        auto listing = study::listFiles(path, kMaxFiles, stop);
        files.insert(files.end(), listing.files.begin(), listing.files.end());
        findings.problems.insert(findings.problems.end(), listing.problems.begin(), listing.problems.end());
    }

    // The first file with pixels is shown before the rest is read.
    while (findings.instances.empty() && findings.next < files.size() && !stop.stop_requested()) {
        const std::vector<std::filesystem::path> one{files[findings.next]};
        Findings first;
        readHeaders(m_pool, one, first, stop);
        ++findings.next;
        ++findings.done;
        std::move(first.instances.begin(), first.instances.end(), std::back_inserter(findings.instances));
        std::move(first.problems.begin(), first.problems.end(), std::back_inserter(findings.problems));
    }
    if (!findings.instances.empty() && files.size() > 1) {
        m_report(snapshot(findings, request, files.size()));
    }

    std::vector<std::jthread> readers;
    const int count = std::min<int>(m_pool.workers(), static_cast<int>(files.size()));
    for (int i = 0; i < count; ++i) {
        readers.emplace_back([&] { readHeaders(m_pool, files, findings, stop); });
    }
    base::Stopwatch sinceReport;
    while (findings.done < static_cast<int>(files.size()) && !stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (sinceReport.seconds() > kReportEverySeconds) {
            m_report(snapshot(findings, request, files.size()));
            sinceReport.restart();
        }
    }
    readers.clear();
    if (!stop.stop_requested()) {
        auto report = snapshot(findings, request, files.size());
        report.finished = true;
        m_report(std::move(report));
    }
}

} // namespace diascope::app
