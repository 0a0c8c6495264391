// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "base/AtomicFile.h"
#include "nn/ExportWeights.h"
#include "nn/PackageFile.h"

namespace diascope::cli {

namespace {

struct ExportArguments {
    std::string package, weights;
    int member = 0;
};

int exportWeights(Session& session, const ExportArguments& arguments)
{
    const nn::PackageFile package = nn::readPackage(arguments.package);
    const auto sha256 = base::writeFileAtomically(arguments.weights, nn::serialiseMember(package, static_cast<std::size_t>(arguments.member)));
    const auto members = package.members.size();
    session.result({{"package", arguments.package},
                    {"weights", arguments.weights},
                    {"sha256", sha256},
                    {"member", arguments.member},
                    {"members", members},
                    {"tensors", package.members[static_cast<std::size_t>(arguments.member)].size()},
                    {"modelSpec", nn::toJson(package.manifest.modelSpec)},
                    {"classes", package.manifest.classes}});
    if (members > 1) {
        session.message("wrote network " + std::to_string(arguments.member) + " of " + std::to_string(members) + "; choose another with --member");
    }
    return kDone;
}

} // namespace

void addExport(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<ExportArguments>();
    auto* command = app.add_subcommand("export", "Writes the weights of a package for other programs, under their usual names");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    command->add_option("--weights-only", arguments->weights, "File to write (.safetensors)")->required();
    command->add_option("--member", arguments->member, "Which network of an ensemble, from 0")->check(CLI::NonNegativeNumber)->capture_default_str();
    sink(command, [arguments](Session& session) { return exportWeights(session, *arguments); });
}

} // namespace diascope::cli
