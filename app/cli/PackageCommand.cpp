// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "nn/PackageFile.h"
#include "pipeline/Package.h"
#include "predict/Predictor.h"

namespace diascope::cli {

namespace {

struct PackageArguments {
    std::string package, run, data, out;
};

/// Loading verifies everything: hash, classes against outputs, weights against the network, and the stored test vectors.
int verify(Session& session, const PackageArguments& arguments)
{
    try {
        const auto predictor = predict::Predictor::load(arguments.package, session.device);
        base::Json checks = base::Json::array();
        for (const char* check : {"hash", "manifest", "classes fit outputs", "weights fit network", "test vectors re-computed"}) {
            checks.push_back({{"check", check}, {"ok", true}});
        }
        session.result({{"package", arguments.package}, {"ok", true}, {"sha256", predictor->identity().sha256}, {"checks", checks}});
    } catch (const base::Error& error) {
        session.result({{"package", arguments.package},
                        {"ok", false},
                        {"checks", base::Json::array({{{"check", base::name(error.code())}, {"ok", false}, {"message", error.what()}}})}});
        session.message(error.what());
        return kRefused;
    }
    return kDone;
}

int show(Session& session, const PackageArguments& arguments)
{
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    base::Json json = nn::toJson(predictor->manifest());
    json["package"] = arguments.package;
    json["sha256"] = predictor->identity().sha256;
    session.result(json);
    return kDone;
}

int make(Session& session, const PackageArguments& arguments)
{
    const auto file = pipeline::makePackage(arguments.run, session.pool(), arguments.out);
    session.message("wrote " + file.string());
    return verify(session, {.package = file.string(), .run = {}, .data = {}, .out = {}});
}

int evidence(Session& session, const PackageArguments& arguments)
{
    const auto file = pipeline::addEvidence(arguments.package, arguments.data, session.pool(), arguments.out);
    session.message("wrote " + file.string());
    return verify(session, {.package = file.string(), .run = {}, .data = {}, .out = {}});
}

} // namespace

void addPackage(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<PackageArguments>();
    auto* package = app.add_subcommand("package", "Makes, verifies and shows model packages");
    package->require_subcommand(1);

    auto* makeCommand = package->add_subcommand("make", "From a finished run");
    makeCommand->add_option("--run", arguments->run, "Run folder")->required();
    makeCommand->add_option("--out", arguments->out, "Package to write (.safetensors)")->required();
    sink(makeCommand, [arguments](Session& session) { return make(session, *arguments); });

    auto* evidenceCommand = package->add_subcommand("evidence", "Adds calibration, prediction sets and what is usual to a package of an older version");
    evidenceCommand->add_option("package", arguments->package, "Model package (.safetensors)")->required();
    evidenceCommand->add_option("--data", arguments->data, "The data that it learned from")->required();
    evidenceCommand->add_option("--out", arguments->out, "Package to write (.safetensors)")->required();
    sink(evidenceCommand, [arguments](Session& session) { return evidence(session, *arguments); });

    auto* verifyCommand = package->add_subcommand("verify", "Re-runs the stored test vectors");
    verifyCommand->add_option("package", arguments->package, "Model package (.safetensors)")->required();
    sink(verifyCommand, [arguments](Session& session) { return verify(session, *arguments); });

    auto* showCommand = package->add_subcommand("show", "The manifest");
    showCommand->add_option("package", arguments->package, "Model package (.safetensors)")->required();
    sink(showCommand, [arguments](Session& session) { return show(session, *arguments); });
}

} // namespace diascope::cli
