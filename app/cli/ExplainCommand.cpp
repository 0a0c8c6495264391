// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/InputFrames.h"
#include "app/cli/Npy.h"
#include "app/cli/Png.h"

#include "explain/ChannelAttention.h"
#include "explain/MapQuality.h"
#include "explain/Randomisation.h"
#include "image/HeatOverlay.h"
#include "image/Render.h"
#include "nn/PackageManifest.h"
#include "predict/PredictionJson.h"
#include "predict/Predictor.h"

#include <algorithm>
#include <map>

namespace diascope::cli {

namespace {

struct ExplainArguments {
    std::string package, out, fold = "0";
    std::vector<std::string> inputs;
    predict::Predictor::Options options;
    bool quality = false, channels = false;
};

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

/// One call of `explain`.
class Explaining {
public:
    Explaining(Session& session, const ExplainArguments& arguments)
        : m_session(session), m_arguments(arguments), m_predictor(predict::Predictor::load(arguments.package, session.device)), m_options(arguments.options)
    {
        std::filesystem::create_directories(arguments.out);
        m_options.explain = true;
        m_options.explainFold = arguments.fold == "mean" ? predict::kMeanOfFolds : std::stoi(arguments.fold);
        m_options.work = {[&session](const base::Progress& step) { session.progress(step); }, session.stopToken()};
        m_options.ttaViews = 0;
        m_options.views = "identity"; // what is explained is one view, and nothing else is shown here
    }

    void explain(const InputFrame& input)
    {
        const auto classes = static_cast<std::ptrdiff_t>(m_predictor->manifest().classes.size());
        if (m_arguments.options.className != "all" || numberOf("all") < classes) { // which may be the name of one
            explainOne(input, m_options);
            return;
        }
        for (const std::string& name : m_predictor->manifest().classes) {
            predict::Predictor::Options ofClass = m_options;
            ofClass.className = name;
            explainOne(input, ofClass);
        }
    }

private:
    /// Files of two inputs with one name get numbers.
    [[nodiscard]] std::string stemFor(const InputFrame& input, const predict::Explanation& explanation)
    {
        std::string stem = input.file.stem().string() + "_f" + std::to_string(input.source.frame) + "_" + explanation.map.method;
        if (!m_arguments.options.className.empty()) {
            stem += "_c" + std::to_string(numberOf(explanation.map.className));
        }
        if (m_arguments.fold != "0") {
            stem += "_" + m_arguments.fold;
        }
        const int before = m_stems[stem]++;
        return before == 0 ? stem : stem + "-" + std::to_string(before + 1);
    }

    [[nodiscard]] std::ptrdiff_t numberOf(const std::string& className) const
    {
        const auto& classes = m_predictor->manifest().classes;
        return std::find(classes.begin(), classes.end(), className) - classes.begin();
    }

    void explainOne(const InputFrame& input, const predict::Predictor::Options& options)
    {
        const predict::Explanation explanation = *m_predictor->predict(input.image, input.source, options).explanation;
        const auto stem = stemFor(input, explanation);
        const auto overlay = std::filesystem::path(m_arguments.out) / (stem + ".png");
        const auto full = std::filesystem::path(m_arguments.out) / (stem + ".npy");
        const auto native = std::filesystem::path(m_arguments.out) / (stem + "_native.npy");
        const auto grid = gridOf(explanation);
        writePng(overlay, blended(input.image, grid));
        const auto values = fullSize(grid, input.image.width, input.image.height);
        writeNpy(full, "<f4", {input.image.height, input.image.width}, std::as_bytes(std::span(values)));
        writeNpy(native, "<f4", {explanation.map.rows, explanation.map.columns}, std::as_bytes(std::span(explanation.map.values)));
        base::Json json = predict::toJson(explanation, overlay.string(), full.string());
        json["native"] = native.string();
        addQuality(json, input, explanation, options);
        m_session.result(json);
    }

    void addQuality(base::Json& json, const InputFrame& input, const predict::Explanation& explanation, const predict::Predictor::Options& options) const
    {
        if (m_arguments.quality) {
            json["quality"].update(predict::toJson(m_predictor->quality(input.image, explanation, options.work)));
            if (options.method != "occlusion") { // whose test would take thousands of passes
                predict::Predictor::Options same = options;
                same.className = explanation.map.className;
                json["quality"]["randomisation"] = predict::toJson(m_predictor->randomisationTest({input.image}, same));
            }
        }
        if (m_arguments.channels) {
            json["channelAttention"] = predict::toJson(m_predictor->channelAttention(input.image, std::max(options.explainFold, 0)));
        }
    }

    Session& m_session;
    const ExplainArguments& m_arguments;
    std::unique_ptr<predict::Predictor> m_predictor;
    predict::Predictor::Options m_options;
    std::map<std::string, int> m_stems;
};

std::string checkedFold(const std::string& text)
{
    const bool number = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
    return number || text == "mean" ? std::string() : "'" + text + "' is neither a number of a fold nor \"mean\"";
}

} // namespace

void addExplain(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<ExplainArguments>();
    auto* command = app.add_subcommand("explain", "Where the evidence lies: overlay .png, full-size and native-grid .npy");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    command->add_option("--method", arguments->options.method, "gradcam, gradcam++, xgradcam, layercam, hirescam, eigencam, occlusion or attention")
        ->capture_default_str();
    command->add_option("--class", arguments->options.className, "Class to explain; empty = the most probable one, all = each of them");
    command->add_option("--fold", arguments->fold, "Fold of the package, from 0, or mean: the mean of all with their agreement")
        ->check(checkedFold)
        ->capture_default_str();
    command->add_option("--budget", arguments->options.occlusionBudget, "Forward passes of occlusion")->check(CLI::Range(4, 65536))->capture_default_str();
    command->add_flag("--quality", arguments->quality, "Grade each map: shifts, deletion and insertion, sector, parameter randomisation (slow)");
    command->add_flag("--channels", arguments->channels, "Tell how far squeeze-and-excitation layers let their channels through");
    command->add_option("--out", arguments->out, "Folder to write to")->required();
    command->add_option("inputs", arguments->inputs, "Files and folders")->required();
    sink(command, [arguments](Session& session) {
        Explaining explaining(session, *arguments);
        return forEachFrame(session, arguments->inputs, [&](const InputFrame& input) { explaining.explain(input); });
    });
}

} // namespace diascope::cli
