// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"
#include "base/Progress.h"
#include "decode/DecoderPool.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::cli {

/// Exit codes that scripts rely on.
enum ExitCode : int { kDone = 0, kBug = 1, kBadUsage = 2, kRefused = 3, kStopped = 4 };

/// What every command shares: global options, the decoder pool (started on first use), results out, stop on a signal.
class Session {
public:
    bool quiet = false;
    int threads = 0; ///< 0 = all cores.
    std::string device = "auto";

    [[nodiscard]] decode::DecoderPool& pool();
    /// One result: one JSON object on one line of standard output.
    void result(const base::Json& json) const;
    /// The result of an input that was refused, and the exit code that follows.
    void refused(const std::string& input, const std::exception& error);
    void message(const std::string& text) const;
    /// Why the command failed: said even with --quiet.
    void failure(const std::string& text) const;
    /// A bar with rate and time left on a terminal, a plain line every 10 s otherwise. On standard error.
    void progress(const base::Progress& step);
    [[nodiscard]] std::stop_token stopToken() const;
    [[nodiscard]] int exitCode() const { return m_refused > 0 ? kRefused : kDone; }
    [[nodiscard]] int effectiveThreads() const;

private:
    std::unique_ptr<decode::DecoderPool> m_pool;
    void clearBar() const;
    int m_refused = 0;
    double m_lastProgress = -1e9;
    std::string m_stage;          ///< Of the last call of progress(), and since when and from where.
    double m_stageBegan = 0.0;
    std::int64_t m_stageFirst = 0;
    mutable std::atomic<bool> m_barShown{false}; ///< The terminal's line is not ended; a PauseSignal may say something too.
};

/// While it lives, SIGUSR1 does `action`, on a thread of its own. Without one the signal does nothing.
class PauseSignal {
public:
    explicit PauseSignal(std::function<void()> action);
    ~PauseSignal();
    PauseSignal(const PauseSignal&) = delete;
    PauseSignal& operator=(const PauseSignal&) = delete;
};

/// A command registers its options on `app` and returns what to run when it was chosen.
using Action = std::function<int(Session&)>;
using ActionSink = std::function<void(CLI::App*, Action)>;

void addAudit(CLI::App& app, const ActionSink& sink);
void addInfo(CLI::App& app, const ActionSink& sink);
void addDecode(CLI::App& app, const ActionSink& sink);
void addPredict(CLI::App& app, const ActionSink& sink);
void addExplain(CLI::App& app, const ActionSink& sink);
void addDemo(CLI::App& app, const ActionSink& sink);
void addRecipes(CLI::App& app, const ActionSink& sink);
void addTrain(CLI::App& app, const ActionSink& sink);
void addSearch(CLI::App& app, const ActionSink& sink);
void addSplit(CLI::App& app, const ActionSink& sink);
void addSubmit(CLI::App& app, const ActionSink& sink);
void addPreprocess(CLI::App& app, const ActionSink& sink);
void addPackage(CLI::App& app, const ActionSink& sink);
void addImportWeights(CLI::App& app, const ActionSink& sink);
void addExport(CLI::App& app, const ActionSink& sink);
void addEvaluate(CLI::App& app, const ActionSink& sink);
void addBench(CLI::App& app, const ActionSink& sink);

/// Files of `inputs`, folders expanded in natural order. A missing input stays in the list, so that it is refused by name.
[[nodiscard]] std::vector<std::filesystem::path> expandInputs(const std::vector<std::string>& inputs, const std::stop_token& stop);

} // namespace diascope::cli
