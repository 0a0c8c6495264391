// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/OldSection.h"

#include <algorithm>
#include <cmath>

namespace diascope::pipeline {

using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

void takeShares(OldSection& section)
{
    constexpr const char* kKey = "train_val_test_split";
    std::vector<double> shares;
    section.reader().read(kKey, shares);
    if (section.reader().child(kKey) == nullptr) {
        return;
    }
    const bool legal = shares.size() == 3
        && std::all_of(shares.begin(), shares.end(), [](double x) { return x >= 0.0; })
        && std::abs(shares[0] + shares[1] + shares[2] - 1.0) < 1e-6;
    if (!legal) {
        throw section.error(kKey, "must be three shares (training, validation, test) that add up to 1");
    }
    section.plan().split.validationFraction = shares[1];
    section.plan().split.testFraction = shares[2];
}

void takeNeurofluxData(OldSection& section)
{
    Plan& plan = section.plan();
    std::vector<int> size;
    section.reader()
        .require("data_dir", plan.data.source)
        .read("image_size", size)
        .read("random_seed", plan.training.seed);
    if (!size.empty()) {
        setSize(section, "image_size", size);
    }
    takeShares(section);
    section.leave("num_workers",
        "it counts PyTorch's loading processes; here pictures are decoded once, by all cores. "
        "Set threads to use fewer.");
    section.leave(
        "class_names", "the classes are the names of the folders, in alphabetical order; the answers carry the names.");
    section.reader().finish();
}

/// The recipe for a network of Neuroflux's model factory, with that network in it.
Plan neurofluxRecipe(const std::string& network, const std::string& file, const std::vector<Recipe>& recipes)
{
    const std::vector<std::string> known{"resnet50", "neuroflux", "vgg16"};
    if (std::find(known.begin(), known.end(), network) == known.end()) {
        const std::string near = base::nearestMatch(network, known);
        throw Error(ErrorCode::Plan, file,
            "model_name '" + base::visibleText(network) + "' is not one of resnet50, neuroflux, vgg16"
                + (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    Plan plan = recipeNamed(recipes, network == "neuroflux" ? "neuroflux-cnn" : "neuroflux-resnet50");
    if (network == "vgg16") {
        plan.model.architecture = "vgg16";
        plan.model.head.clear();
        plan.model.hidden = 0;
        plan.training.trainable = "all"; // the recipe names a layer of ResNet50
    }
    return plan;
}

void takeHyperparameters(OldSection& section)
{
    Plan& plan = section.plan();
    section.reader().read("dropout_rate", plan.model.dropout);
    if (plan.model.head == "neuroflux") {
        section.reader().read("hidden_size", plan.model.hidden);
    } else {
        section.leave("hidden_size", "this network has no hidden layer whose width can be chosen.");
    }
    section.leave("conv_channels",
        "the published program ignores it and builds the network with 32 channels, 13,235,013 "
        "weights, as this one does");
}

void takeOptimiser(OldSection& section, const std::string& name)
{
    for (const auto& [theirs, ours] : {std::pair("Adam", "adam"), std::pair("AdamW", "adamw"), std::pair("SGD", "sgd"), std::pair("RMSprop", "rmsprop")}) {
        if (name == theirs) {
            section.plan().training.optimiser.kind = ours;
            return;
        }
    }
    section.note("optimizer", "'" + base::visibleText(name) + "' is not known here; the recipe's optimiser stays.");
}

/// Keys of the older vgg16_config.json.
void takeOlderKeys(OldSection& section)
{
    Plan& plan = section.plan();
    std::string loss, optimizer;
    bool pretrained = false, frozen = false;
    section.reader().read("early_stopping_patience", plan.training.patience).read("loss_function", loss);
    section.reader()
        .read("optimizer", optimizer)
        .read("pretrained", pretrained)
        .read("freeze_feature_extractor", frozen);
    if (loss == "CrossEntropyLoss") {
        plan.training.loss = "cross-entropy";
    } else if (!loss.empty()) {
        section.note(
            "loss_function", "'" + base::visibleText(loss) + "' has no counterpart here; the recipe's loss stays.");
    }
    if (!optimizer.empty()) {
        takeOptimiser(section, optimizer);
    }
    if (pretrained) {
        section.note("pretrained",
            "no weights are fetched from the network: name a safetensors file under model.weights "
            "(see import-weights). Without one the network starts from scratch.");
    }
    if (frozen && section.reader().child("fine_tune_at_epoch") == nullptr) {
        plan.training.trainable = "head";
    }
    section.reader().read("fine_tune_at_epoch", plan.training.freezeEpochs);
    section.leave("num_classes", "the classes are counted in the data.");
}

void takeNeurofluxModel(OldSection& section)
{
    Plan& plan = section.plan();
    double rate = plan.training.learningRate;
    std::vector<int> size;
    section.reader().read("learning_rate", rate).read("weight_decay", plan.training.weightDecay);
    section.reader().read("num_epochs", plan.training.epochs).read("batch_size", plan.training.batchSize);
    section.reader().read("image_size", size);
    setLearningRate(plan, rate);
    if (!size.empty()) {
        setSize(section, "image_size", size);
    }
    section.reader().read("lr_factor", plan.training.schedule.factor).read("lr_patience", plan.training.schedule.patience);
    section.section("hyperparams", takeHyperparameters);
    takeOlderKeys(section);
    section.leave("model_save_path", "the model is kept in the run folder, as package.safetensors.");
    section.reader().finish();
}

} // namespace

OldConfig planFromNeuroflux(const OldFile& dataset, const OldFile& model, const std::vector<Recipe>& recipes)
{
    const Json datasetJson = base::parseJson(dataset.text, dataset.name, kLargestOldConfig);
    const Json modelJson = base::parseJson(model.text, model.name, kLargestOldConfig);
    OldConfig out;
    OldSection modelSection(modelJson, model.name, out);
    std::string network;
    modelSection.reader().require("model_name", network);
    out.plan = neurofluxRecipe(network, model.name, recipes);
    OldSection dataSection(datasetJson, dataset.name, out);
    takeNeurofluxData(dataSection);
    takeNeurofluxModel(modelSection);
    return out;
}

} // namespace diascope::pipeline
