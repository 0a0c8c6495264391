// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/Npy.h"
#include "app/cli/Png.h"
#include "app/cli/ViewOptions.h"

#include "image/HeatOverlay.h"
#include "image/Render.h"
#include "predict/PredictionJson.h"
#include "predict/Predictor.h"

#include <functional>

namespace diascope::cli {

namespace {

struct PredictArguments {
    std::string package, out;
    std::vector<std::string> inputs;
    predict::Predictor::Options options;
};

/// One decoded frame of an input and what an answer to it belongs to.
struct InputFrame {
    std::filesystem::path file;
    image::Image image;
    predict::SourceBinding source;
};

/// Calls `use` for each frame of each input; an input that fails is refused by name and the next one goes on.
int forEachFrame(Session& session, const std::vector<std::string>& inputs, const std::function<void(const InputFrame&)>& use)
{
    for (const auto& file : expandInputs(inputs, session.stopToken())) {
        try {
            const auto info = session.pool().info(file).info;
            if (info.frames == 0) {
                throw base::Error(base::ErrorCode::Unsupported, file.string(), "holds no picture");
            }
            for (int frame = 0; frame < info.frames; ++frame) {
                if (session.stopToken().stop_requested()) {
                    return kStopped;
                }
                InputFrame input{file, session.pool().frame(file, {.frame = frame}), {}};
                input.source = {file.string(), frame, info.sopInstanceUid, {}};
                use(input);
            }
        } catch (const std::exception& error) {
            session.refused(file.string(), error);
        }
    }
    return session.exitCode();
}

int predictAll(Session& session, const PredictArguments& arguments)
{
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    return forEachFrame(session, arguments.inputs, [&](const InputFrame& input) {
        session.result(predict::toJson(predictor->predict(input.image, input.source, arguments.options).prediction));
    });
}

image::HeatGrid gridOf(const predict::Explanation& explanation)
{
    return {.rows = explanation.map.rows,
            .columns = explanation.map.columns,
            .values = explanation.map.values,
            .covers = {explanation.x0, explanation.y0, explanation.x1, explanation.y1}};
}

/// The whole picture at its own size with the map over it.
image::Rgb32 blended(const image::Image& image, const image::HeatGrid& grid)
{
    const image::View view{.source = {0, 0, double(image.width), double(image.height)}, .width = image.width, .height = image.height};
    auto picture = image::renderToRgb32(image, {.view = view, .window = image::defaultWindow(image)});
    image::blendHeat(grid, {}, view, image::targetOf(picture));
    return picture;
}

/// The map at the size of the picture; NaN where the network did not look.
std::vector<float> fullSize(const image::HeatGrid& grid, int width, int height)
{
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            values.push_back(static_cast<float>(image::heatAt(grid, {x + 0.5, y + 0.5})));
        }
    }
    return values;
}

void explainFrame(Session& session, const predict::Predictor::Answer& answer, const InputFrame& input, const std::string& out)
{
    const auto& explanation = *answer.explanation;
    const auto stem = input.file.stem().string() + "_f" + std::to_string(input.source.frame) + "_" + explanation.map.method;
    const auto overlay = std::filesystem::path(out) / (stem + ".png");
    const auto full = std::filesystem::path(out) / (stem + ".npy");
    const auto native = std::filesystem::path(out) / (stem + "_native.npy");
    const auto grid = gridOf(explanation);
    writePng(overlay, blended(input.image, grid));
    const auto values = fullSize(grid, input.image.width, input.image.height);
    writeNpy(full, "<f4", {input.image.height, input.image.width}, std::as_bytes(std::span(values)));
    writeNpy(native, "<f4", {explanation.map.rows, explanation.map.columns}, std::as_bytes(std::span(explanation.map.values)));
    session.result(predict::toJson(explanation, overlay.string(), full.string()));
}

int explainAll(Session& session, const PredictArguments& arguments)
{
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    std::filesystem::create_directories(arguments.out);
    auto options = arguments.options;
    options.explain = true;
    return forEachFrame(session, arguments.inputs, [&](const InputFrame& input) {
        explainFrame(session, predictor->predict(input.image, input.source, options), input, arguments.out);
    });
}

} // namespace

void addPredict(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<PredictArguments>();
    auto* command = app.add_subcommand("predict", "Classes of each image or frame, with probability and logit");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    addViewOptions(*command, arguments->options);
    command->add_option("inputs", arguments->inputs, "Files and folders")->required();
    sink(command, [arguments](Session& session) { return predictAll(session, *arguments); });
}

void addExplain(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<PredictArguments>();
    auto* command = app.add_subcommand("explain", "Where the evidence lies: overlay .png, full-size and native-grid .npy");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    command->add_option("--method", arguments->options.method, "gradcam, gradcam++, xgradcam, layercam, hirescam, eigencam or attention")->capture_default_str();
    command->add_option("--class", arguments->options.className, "Class to explain; empty = the most probable one");
    command->add_option("--out", arguments->out, "Folder to write to")->required();
    command->add_option("inputs", arguments->inputs, "Files and folders")->required();
    sink(command, [arguments](Session& session) { return explainAll(session, *arguments); });
}

} // namespace diascope::cli
