// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "base/AtomicFile.h"
#include "nn/ExportWeights.h"
#include "nn/ImportWeights.h"
#include "nn/Registry.h"

namespace diascope::cli {

namespace {

struct ImportArguments {
    std::string architecture, weights, out;
    std::string head = "file";
    int classes = 0, channels = 0;
    nn::ImportOptions options;
};

nn::HeadRule headRuleOf(const std::string& word)
{
    return word == "fresh" ? nn::HeadRule::Fresh : word == "auto" ? nn::HeadRule::Auto : nn::HeadRule::FromFile;
}

base::Json toJson(const nn::ImportReport& report, const nn::ModelSpec& spec, const nn::WeightFile& file)
{
    base::Json renames = base::Json::object();
    for (const auto& [theirs, ours] : report.renamed) {
        renames[theirs] = ours;
    }
    return {{"matched", report.matched},
            {"renamed", report.renamed.size()},
            {"missing", report.missing},
            {"unexpected", report.unexpected},
            {"renames", renames},
            {"notes", report.notes},
            {"refusals", report.refusals},
            {"modelSpec", nn::toJson(spec)},
            {"format", file.format},
            {"under", file.under},
            {"stripped", file.stripped}};
}

/// The report goes to standard output whether or not the weights were taken; a file is written only when they were.
int importInto(Session& session, const ImportArguments& arguments)
{
    (void)nn::architectureInfo(arguments.architecture, "--arch");
    const nn::WeightFile file = nn::readWeights(arguments.weights);
    nn::ModelSpec spec = nn::specOfWeights(nn::defaultSpec(arguments.architecture), file);
    spec.outputs = arguments.classes > 0 ? arguments.classes : spec.outputs;
    spec.inputChannels = arguments.channels > 0 ? arguments.channels : spec.inputChannels;
    nn::ImportOptions options = arguments.options;
    options.head = headRuleOf(arguments.head);
    nn::MatchedWeights matched = nn::matchWeights(spec, file, options);
    for (const auto& note : file.notes) {
        matched.report.notes.push_back(note);
    }
    base::Json json = toJson(matched.report, spec, file);
    if (!matched.report.accepted()) {
        session.result(json);
        std::string text = arguments.weights + ": refused, nothing was written";
        for (const auto& refusal : matched.report.refusals) {
            text += "; " + refusal;
        }
        session.message(text + (options.head == nn::HeadRule::FromFile ? " (--head auto or --head fresh leaves the classifier out)" : ""));
        return kBadUsage;
    }
    json["sha256"] = base::writeFileAtomically(arguments.out, nn::serialiseWeights(spec, matched.state));
    json["out"] = arguments.out;
    session.result(json);
    session.message(nn::summary(matched.report, std::filesystem::path(arguments.weights).filename().string()));
    return kDone;
}

} // namespace

void addImportWeights(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<ImportArguments>();
    auto* command = app.add_subcommand("import-weights", "Reads torchvision, timm, Cadene or Keras-ordered weights (.safetensors, .pth) into our names");
    command->add_option("--arch", arguments->architecture, "Architecture, as 'recipes' and plans name it")->required();
    command->add_option("--weights", arguments->weights, "Safetensors file, PyTorch checkpoint or model package")->required();
    command->add_option("--out", arguments->out, "File to write (.safetensors)")->required();
    command->add_option("--head,--keep-head", arguments->head, "Classifier: file = must come from the file, auto = where it fits, fresh = left out")
        ->check(CLI::IsMember({"file", "auto", "fresh"}))
        ->capture_default_str();
    command->add_option("--classes", arguments->classes, "Outputs of the network; 0 = those of the file")->check(CLI::Range(0, 100000))->capture_default_str();
    command->add_option("--channels", arguments->channels, "Input channels; 0 = those of the file (RenalNet from a timm trunk: 1)")
        ->check(CLI::Range(0, 64))
        ->capture_default_str();
    command->add_option("--layout", arguments->options.layout, "Order of the numbers")->check(CLI::IsMember({"auto", "pytorch", "keras"}))->capture_default_str();
    command->add_flag("--bgr", arguments->options.bgr, "The first convolution reads blue, green, red (Keras' own VGG16)");
    command->add_option("--ignore", arguments->options.ignore, "Prefixes of tensors in the file to leave out");
    sink(command, [arguments](Session& session) { return importInto(session, *arguments); });
}

} // namespace diascope::cli
