// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/AuditBench.h"
#include "app/bench/ExplainBench.h"
#include "app/bench/Measure.h"
#include "app/bench/MetricsBench.h"
#include "app/bench/ModelBench.h"
#include "app/bench/SearchBench.h"
#include "app/bench/StoreBench.h"
#include "app/bench/TrainBench.h"
#include "app/cli/Cli.h"

#include "demo/Demo.h"
#include "nn/Device.h"

#include <algorithm>
#include <cstdlib>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX gives it no header in C++.

namespace diascope::cli {

namespace {

struct BenchArguments {
    std::vector<std::string> names;
    std::string data;
    std::string source, imageFolder, peer;
    std::vector<std::string> settings;
    int runs = 3;
};

/// A benchmark: what it measures, and which data it needs (made when missing).
struct Benchmark {
    std::string name;
    std::string mode; ///< "model", "store", "metrics", "search", "audit", "explain", or of diascope-bench: "start", "scroll".
    std::string data; ///< Architecture, or name of the data below.
};

const std::vector<Benchmark>& benchmarks()
{
    static const std::vector<Benchmark> all{
        {"model-renalnet", "model", "renalnet"}, {"model-resnet50", "model", "resnet50"},
        {"start-ct512", "start", "ct512"},       {"scroll-ct512", "scroll", "ct512"},
        {"start-ct512-j2k", "start", "ct512-j2k"}, {"scroll-ct512-j2k", "scroll", "ct512-j2k"},
        {"start-cine500", "start", "cine500"},   {"scroll-cine500", "scroll", "cine500"},
        {"start-ct2000", "start", "ct2000"},     {"scroll-ct2000", "scroll", "ct2000"},
        {"start-studies1000", "start", "studies1000"},
        {"store", "store", ""},                  {"metrics", "metrics", ""},
        {"search", "search", ""},                {"audit", "audit", ""},
        {"explain", "explain", ""},
    };
    return all;
}

/// Makes the data set below `folder` unless it is there; returns what to open.
std::filesystem::path makeData(Session& session, const std::filesystem::path& folder, const std::string& name)
{
    const auto path = folder / name;
    if (std::filesystem::exists(path)) {
        return path;
    }
    session.message("making " + path.string());
    const auto half = std::filesystem::path(path.string() + ".part");
    std::filesystem::remove_all(half);
    if (name == "ct512" || name == "ct512-j2k" || name == "ct2000") {
        demo::writeCtSeries(half, {.count = name == "ct2000" ? 2000 : 512,
                                   .storage = name == "ct512-j2k" ? demo::Storage::Jpeg2000Lossless : demo::Storage::Uncompressed},
                            session.stopToken());
    } else if (name == "cine500") {
        std::filesystem::create_directories(half);
        demo::writeUltrasoundCine(half / "cine.dcm", {.count = 500, .rows = 600, .columns = 800, .storage = demo::Storage::JpegBaseline}, session.stopToken());
    } else {
        demo::writeManyStudies(half, 1000, 7, session.stopToken());
    }
    std::filesystem::rename(half, path);
    return path;
}

/// Runs diascope-bench beside this program; its lines are ours.
int runWindowBench(const std::string& mode, const std::string& name, const std::string& path)
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "diascope-bench";
    std::vector<std::string> words{program.string(), mode, name, path};
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) {
        setenv("QT_QPA_PLATFORM", "offscreen", 0);
    }
    pid_t child = 0;
    if (const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ); error != 0) {
        throw base::Error(base::ErrorCode::NotFound, program.string(), "cannot be started");
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kBug;
}

/// The trainings among the names; only by name, because they need data of the user's.
void benchTraining(Session& session, const BenchArguments& arguments)
{
    for (const bench::TrainCase& benchmark : bench::trainCases()) {
        if (std::find(arguments.names.begin(), arguments.names.end(), benchmark.name) == arguments.names.end()) {
            continue;
        }
        if (arguments.source.empty()) {
            throw base::Error(base::ErrorCode::Usage, benchmark.name, "needs data to train on", "Name a table or folder with --source.");
        }
        const bench::TrainBenchOptions options{std::filesystem::read_symlink("/proc/self/exe"), arguments.source, arguments.imageFolder,
                                               arguments.settings, arguments.peer, session.threads, arguments.runs};
        for (const auto& figure : bench::trainFigures(benchmark, options)) {
            session.result(bench::toJson(figure, session.effectiveThreads(), "cpu"));
        }
    }
}

int bench(Session& session, const BenchArguments& arguments)
{
    benchTraining(session, arguments);
    const auto wanted = [&](const std::string& name) {
        return arguments.names.empty() || std::find(arguments.names.begin(), arguments.names.end(), name) != arguments.names.end();
    };
    const auto folder = arguments.data.empty() ? std::filesystem::temp_directory_path() / "diascope-bench-data" : std::filesystem::path(arguments.data);
    std::filesystem::create_directories(folder);
    int code = kDone;
    for (const auto& benchmark : benchmarks()) {
        if (!wanted(benchmark.name)) {
            continue;
        }
        if (benchmark.mode == "store") {
            if (arguments.source.empty()) {
                session.message("store: left out, it needs --source with a folder of pictures");
                continue;
            }
            for (const auto& figure : bench::storeFigures(arguments.source, arguments.peer, session.effectiveThreads(), session.stopToken())) {
                session.result(bench::toJson(figure, session.effectiveThreads(), "cpu"));
            }
        } else if (benchmark.mode == "metrics") {
            for (const auto& figure : bench::metricsFigures({arguments.peer, session.threads, arguments.runs, session.stopToken()})) {
                session.result(bench::toJson(figure, session.effectiveThreads(), "cpu"));
            }
        } else if (benchmark.mode == "search") {
            for (const auto& figure : bench::searchFigures()) {
                session.result(bench::toJson(figure, 1, "cpu"));
            }
        } else if (benchmark.mode == "audit") {
            for (const auto& figure : bench::auditFigures({folder, arguments.peer, session.effectiveThreads()}, session.stopToken())) {
                session.result(bench::toJson(figure, session.effectiveThreads(), "cpu"));
            }
        } else if (benchmark.mode == "explain") {
            const auto device = nn::resolveDevice(session.device).name;
            for (const auto& figure : bench::explainFigures(device, session.threads)) {
                session.result(bench::toJson(figure, session.effectiveThreads(), device));
            }
        } else if (benchmark.mode == "model") {
            const auto device = nn::resolveDevice(session.device).name;
            for (const auto& figure : bench::modelFigures(benchmark.data, device, session.threads)) {
                session.result(bench::toJson(figure, session.effectiveThreads(), device));
            }
        } else {
            const auto path = makeData(session, folder, benchmark.data);
            code = std::max(code, runWindowBench(benchmark.mode, benchmark.data, path.string()));
        }
    }
    return code;
}

} // namespace

void addBench(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<BenchArguments>();
    auto* command = app.add_subcommand("bench", "The project's own benchmarks; without names all of them (some minutes)");
    std::vector<std::string> names;
    for (const auto& benchmark : benchmarks()) {
        names.push_back(benchmark.name);
    }
    for (const auto& benchmark : bench::trainCases()) {
        names.push_back(benchmark.name);
    }
    command->add_option("names", arguments->names, "Which")->check(CLI::IsMember(names));
    command->add_option("--data", arguments->data, "Folder for the generated data (kept for the next time); empty = the system's temporary folder");
    command->add_option("--source", arguments->source, "Your own pictures, for the benchmarks that read some: a table or folder. The train-… and cv-… ones need it and run only by name; "
                        "cv-… wants a column 'fold'");
    command->add_option("--image-folder", arguments->imageFolder, "Where the images of a table lie");
    command->add_option("--set", arguments->settings, "More keys of the plan for them: key=value");
    command->add_option("--runs", arguments->runs, "Runs of each of them; figures are medians")->check(CLI::Range(1, 99));
    command->add_option("--peer", arguments->peer,
                        "Program to compare them with, run in turn: called with NAME SOURCE IMAGE-FOLDER, prints JSON with imagesPerSecond or seconds, "
                        "startSeconds, peakMiB");
    sink(command, [arguments](Session& session) { return bench(session, *arguments); });
}

} // namespace diascope::cli
