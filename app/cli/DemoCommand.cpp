// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "demo/Demo.h"

#include <mutex>

namespace diascope::cli {

namespace {

struct DemoArguments {
    std::string folder;
    demo::DemoConfig config;
};

int makeDemo(Session& session, const DemoArguments& arguments)
{
    auto config = arguments.config;
    config.threads = session.threads;
    std::mutex mutex;
    const auto summary = demo::writeDemo(
        arguments.folder, config,
        [&](const base::Progress& step) {
            const std::scoped_lock lock(mutex);
            session.progress(step);
        },
        session.stopToken());
    session.result({{"folder", arguments.folder},
                    {"seed", config.seed},
                    {"ultrasoundPatients", summary.ultrasoundPatients},
                    {"ultrasoundImages", summary.ultrasoundImages},
                    {"ultrasoundCines", summary.ultrasoundCines},
                    {"ctPatients", summary.ctPatients},
                    {"ctSlices", summary.ctSlices},
                    {"ctPictures", summary.ctPictures},
                    {"files", summary.files},
                    {"bytes", summary.bytes},
                    {"seconds", summary.seconds}});
    return kDone;
}

} // namespace

void addDemo(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<DemoArguments>();
    auto* command = app.add_subcommand("demo", "Writes the demonstration data: DICOM, CSV and class folders; every patient is invented");
    command->add_option("folder", arguments->folder, "Where to")->required();
    command->add_option("--patients", arguments->config.patients, "Ultrasound patients")->check(CLI::Range(1, 9999))->capture_default_str();
    command->add_option("--seed", arguments->config.seed, "The same seed gives the same bytes")->capture_default_str();
    command->add_option("--ct-patients", arguments->config.ctPatients, "CT patients")->check(CLI::Range(0, 999))->capture_default_str();
    command->add_option("--ct-slices", arguments->config.ctSlices, "Slices a CT patient")->check(CLI::Range(1, 400))->capture_default_str();
    sink(command, [arguments](Session& session) { return makeDemo(session, *arguments); });
}

} // namespace diascope::cli
