// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

namespace diascope::cli {

namespace {

struct InfoArguments {
    std::vector<std::string> inputs;
    decode::InfoOptions options;
};

int info(Session& session, const InfoArguments& arguments)
{
    for (const auto& file : expandInputs(arguments.inputs, session.stopToken())) {
        if (session.stopToken().stop_requested()) {
            return kStopped;
        }
        try {
            const auto found = session.pool().info(file, arguments.options);
            base::Json json{{"input", file.string()}};
            json.update(image::toJson(found.info));
            json.erase("patient"); // Identity goes to a screen or a --tags listing on request, not into script logs.
            if (arguments.options.pixelSha256) {
                json["pixelSha256"] = found.pixelSha256;
            }
            if (arguments.options.tags) {
                json["tags"] = found.tags;
            }
            session.result(json);
        } catch (const std::exception& error) {
            session.refused(file.string(), error);
        }
    }
    return session.exitCode();
}

} // namespace

void addInfo(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<InfoArguments>();
    auto* command = app.add_subcommand("info", "What a file or folder holds");
    command->add_option("inputs", arguments->inputs, "Files and folders")->required();
    command->add_flag("--pixel-sha256", arguments->options.pixelSha256, "SHA-256 over all frames of stored values");
    command->add_flag("--tags", arguments->options.tags, "The DICOM data set as a tree (holds patient identity)");
    sink(command, [arguments](Session& session) { return info(session, *arguments); });
}

} // namespace diascope::cli
