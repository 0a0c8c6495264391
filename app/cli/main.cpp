// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Versions.h"
#include "app/cli/Cli.h"

#include "base/Log.h"
#include "nn/Device.h"

#include <iostream>

namespace {

using namespace diascope;

int run(int argc, char** argv)
{
    CLI::App app("Diascope on the command line. Research and education software. Not a medical device. Not for diagnosis or "
                 "treatment decisions.",
                 "diascope-cli");
    app.set_version_flag("--version", [] { return app::versionText(); });
    app.require_subcommand(1);
    app.fallthrough();

    cli::Session session;
    app.add_flag("--quiet", session.quiet, "No messages and no progress");
    app.add_option("--threads", session.threads, "Threads and decoder processes; 0 = all cores")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--device", session.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    bool json = true;
    app.add_flag("--json", json, "One JSON object a line on standard output (always so)");

    cli::Action chosen;
    const cli::ActionSink sink = [&chosen](CLI::App* command, cli::Action action) {
        command->callback([&chosen, action = std::move(action)] { chosen = action; });
    };
    cli::addInfo(app, sink);
    cli::addDecode(app, sink);
    cli::addPredict(app, sink);
    cli::addExplain(app, sink);
    cli::addDemo(app, sink);
    cli::addRecipes(app, sink);
    cli::addTrain(app, sink);
    cli::addSearch(app, sink);
    cli::addSplit(app, sink);
    cli::addSubmit(app, sink);
    cli::addAudit(app, sink);
    cli::addPreprocess(app, sink);
    cli::addPackage(app, sink);
    cli::addImportWeights(app, sink);
    cli::addExport(app, sink);
    cli::addEvaluate(app, sink);
    cli::addBench(app, sink);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? cli::kDone : cli::kBadUsage;
    }
    (void)session.stopToken(); // Blocks the signals before any thread starts.
    return chosen(session);
}

/// The exit code of a failure that ended a whole command.
int exitCodeOf(base::ErrorCode code)
{
    switch (code) {
    case base::ErrorCode::Internal:
        return cli::kBug;
    case base::ErrorCode::Stopped:
    case base::ErrorCode::DiskFull:
        return cli::kStopped;
    case base::ErrorCode::Usage:
    case base::ErrorCode::Plan:
    case base::ErrorCode::Device:
    case base::ErrorCode::Busy:
        return cli::kBadUsage;
    default:
        return cli::kRefused;
    }
}

} // namespace

int main(int argc, char** argv)
{
    diascope::base::setLogLevel(diascope::base::LogLevel::Warning);
    diascope::nn::loadAccelerator(); // Before anything asks LibTorch about CUDA.
    try {
        return run(argc, argv);
    } catch (const diascope::base::Error& error) {
        std::cerr << "diascope-cli: " << error.what() << std::endl;
        return exitCodeOf(error.code());
    } catch (const std::exception& error) {
        std::cerr << "diascope-cli: this is our bug, please report it: " << error.what() << std::endl;
        return diascope::cli::kBug;
    }
}
