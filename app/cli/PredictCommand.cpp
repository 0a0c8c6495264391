// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/InputFrames.h"
#include "app/cli/ViewOptions.h"

#include "predict/PredictionJson.h"
#include "predict/Predictor.h"

namespace diascope::cli {

namespace {

struct PredictArguments {
    std::string package;
    std::vector<std::string> inputs;
    predict::Predictor::Options options;
};

int predictAll(Session& session, const PredictArguments& arguments)
{
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    return forEachFrame(session, arguments.inputs, [&](const InputFrame& input) {
        session.result(predict::toJson(predictor->predict(input.image, input.source, arguments.options).prediction));
        if (input.frames > 1) {
            session.progress({.stage = "Scoring frames", .done = input.source.frame + 1, .total = input.frames});
        }
    });
}

} // namespace

void addPredict(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<PredictArguments>();
    auto* command = app.add_subcommand("predict", "Classes of each image or frame: probability, prediction set, whether it is unlike the training data");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    addViewOptions(*command, arguments->options);
    command->add_option("inputs", arguments->inputs, "Files and folders")->required();
    sink(command, [arguments](Session& session) { return predictAll(session, *arguments); });
}

} // namespace diascope::cli
