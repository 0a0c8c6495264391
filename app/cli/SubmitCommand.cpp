// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/ViewOptions.h"

#include "base/AtomicFile.h"
#include "base/Csv.h"
#include "base/Text.h"
#include "dataset/Dataset.h"
#include "nn/PackageManifest.h"
#include "predict/Predictor.h"

namespace diascope::cli {

namespace {

struct SubmitArguments {
    std::string package, out;
    dataset::Source source;
    predict::Predictor::Options options;
};

/// RenalNet's form for two classes (img_IDs, target = probability of the positive class), else one column a class.
std::vector<std::string> headerFor(const nn::PackageManifest& manifest)
{
    std::vector<std::string> header{"img_IDs"};
    if (manifest.classes.size() == 2) {
        header.emplace_back("target");
        return header;
    }
    for (const auto& name : manifest.classes) {
        header.push_back("p_" + name);
    }
    return header;
}

std::vector<std::string> rowFor(const nn::PackageManifest& manifest, const std::string& id, const predict::Prediction& prediction)
{
    std::vector<std::string> row{id};
    for (const auto& answer : prediction.classes) {
        if (manifest.classes.size() != 2 || answer.name == manifest.positiveClass) {
            row.push_back(base::numberText(answer.probability));
        }
    }
    return row;
}

/// A picture that cannot be read gets no row: an invented number would look like an answer.
int submit(Session& session, const SubmitArguments& arguments)
{
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    const auto progress = [&](const base::Progress& step) { session.progress(step); };
    const dataset::Dataset data = dataset::readDataset(arguments.source, session.pool(), progress, session.stopToken());
    for (const auto& problem : data.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    std::string text = base::csvRow(headerFor(predictor->manifest())) + "\n";
    std::size_t done = 0, refused = 0;
    for (const dataset::Sample& sample : data.samples) {
        if (session.stopToken().stop_requested()) {
            return kStopped;
        }
        try {
            const auto image = session.pool().frame(sample.file, {.frame = sample.frame});
            const auto answer = predictor->predict(image, {sample.file.string(), sample.frame, {}, {}}, arguments.options);
            text += base::csvRow(rowFor(predictor->manifest(), sample.id, answer.prediction)) + "\n";
            ++done;
        } catch (const base::Error& error) {
            session.message(sample.id + ": " + error.detail());
            ++refused;
        }
        session.progress({.stage = "predicting", .done = static_cast<std::int64_t>(done + refused), .total = static_cast<std::int64_t>(data.samples.size())});
    }
    base::writeFileAtomically(arguments.out, text);
    session.result({{"out", arguments.out}, {"rows", done}, {"refused", refused + data.problems.size()}, {"package", predictor->identity().sha256}});
    return refused + data.problems.size() > 0 ? kRefused : kDone;
}

} // namespace

void addSubmit(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<SubmitArguments>();
    arguments->source.ignoreLabels = true;
    auto* command = app.add_subcommand("submit", "Predicts a table of pictures into a submission: img_IDs,target");
    command->add_option("--package", arguments->package, "Model package (.safetensors)")->required();
    command->add_option("--data", arguments->source.path, "Table (Test.csv) or folder of pictures")->required();
    command->add_option("--image-folder", arguments->source.imageFolder, "Where the table's pictures lie; empty = beside it");
    command->add_option("--image-column", arguments->source.imageColumn, "Column of the pictures; empty = guessed");
    addViewOptions(*command, arguments->options);
    command->add_option("--out", arguments->out, "File to write")->required();
    sink(command, [arguments](Session& session) { return submit(session, *arguments); });
}

} // namespace diascope::cli
