// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunPackage.h"

#include "base/Clock.h"
#include "base/Rng.h"
#include "nn/Classifier.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "pipeline/CalibrationEvidence.h"
#include "pipeline/Resolve.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::pipeline {

namespace {

constexpr int kPictureWidth = 96, kPictureHeight = 72;

/// A smooth ramp with bright spots: structure at several scales, the same on every machine (whole numbers only).
at::Tensor testPicture(int channels, std::uint64_t number)
{
    base::Rng rng = base::Rng::stream(2026, "package/test-picture", number);
    at::Tensor picture = torch::zeros({kPictureHeight, kPictureWidth, channels}, torch::kUInt8); // H,W,C
    std::uint8_t* const out = picture.data_ptr<std::uint8_t>();
    for (int y = 0; y < kPictureHeight; ++y) {
        for (int x = 0; x < kPictureWidth; ++x) {
            for (int c = 0; c < channels; ++c) {
                const int ramp = (x * (c + 2) + y * 3) % 160;
                const int spot = ((x / 12) * 5 + (y / 9) * 3 + c) % 7 == 0 ? 60 : 0;
                out[(y * kPictureWidth + x) * channels + c] = static_cast<std::uint8_t>(ramp + spot + static_cast<int>(rng.below(32)));
            }
        }
    }
    return picture;
}

image::Image imageOf(const at::Tensor& picture)
{
    const auto* const bytes = reinterpret_cast<const std::byte*>(picture.const_data_ptr<std::uint8_t>());
    const auto channels = static_cast<int>(picture.size(2));
    image::Image image = image::makeImage(static_cast<int>(picture.size(1)), static_cast<int>(picture.size(0)), channels, image::PixelType::UInt8,
                                          {bytes, bytes + picture.numel()});
    image.photometric = channels == 3 ? image::Photometric::Rgb : image::Photometric::Monochrome2;
    return image;
}

/// The whole path that a loader will repeat: picture -> graph -> networks -> mean of the logits.
nn::TestVectors testVectorsOf(const std::vector<nn::State>& members, const Experiment& experiment)
{
    const at::NoGradGuard noGrad;
    nn::TestVectors vectors;
    std::vector<at::Tensor> inputs;
    const image::Preprocess& graph = experiment.preprocess;
    for (const int channels : {1, 3}) {
        vectors.sources.push_back(testPicture(channels, static_cast<std::uint64_t>(channels)));
        const std::vector<float> values = graph.tensor(graph.networkImage(imageOf(vectors.sources.back())));
        inputs.push_back(torch::tensor(values, torch::kFloat32).view({1, graph.outputChannels(), graph.outputHeight(), graph.outputWidth()}));
    }
    at::Tensor sum;
    for (const nn::State& member : members) {
        const auto model = nn::makeEmptyClassifier(experiment.spec);
        nn::loadState(*model, member, "trained weights");
        model->train(false);
        std::vector<at::Tensor> logits;
        for (const at::Tensor& input : inputs) {
            logits.push_back(model->forward(input));
        }
        const at::Tensor all = torch::cat(logits).to(torch::kFloat64); // N,outputs
        sum = sum.defined() ? sum + all : all;
    }
    vectors.logits = (sum / static_cast<double>(members.size())).to(torch::kFloat32);
    return vectors;
}

std::string fileName(const std::string& path)
{
    const std::filesystem::path whole(path);
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

/// The plan without the folders of this machine.
std::string portablePlan(Plan plan)
{
    plan.data.source = fileName(plan.data.source);
    plan.data.imageFolder = fileName(plan.data.imageFolder);
    plan.data.storeFolder = fileName(plan.data.storeFolder);
    plan.model.weights = fileName(plan.model.weights);
    plan.tracking.mlflow = fileName(plan.tracking.mlflow);
    return toYaml(plan);
}

/// Why the figures of a package are a little too good.
std::string whatValidationChose(const Plan& plan, bool folds)
{
    if (plan.training.keep == "last") { // of an epoch only its being the last counts, which early stopping may decide
        return std::string(folds ? "The folds left out" : "One hold-out part") +
               (plan.training.patience > 0 ? " chose when to stop and the operating point" : " chose the operating point");
    }
    return folds ? "The fold left out chose each fold's best epoch, and all of them the operating point"
                 : "One hold-out part chose the best epoch and the operating point";
}

} // namespace

std::string describeData(const Experiment& experiment)
{
    std::string classes;
    for (const std::string& name : experiment.data.classNames) {
        classes += (classes.empty() ? "" : ", ") + name;
    }
    return std::to_string(experiment.data.samples.size()) + " images of " + std::to_string(experiment.folds.groups) + " groups (by " +
           experiment.data.groupedBy + "), classes " + classes + ".";
}

std::string writeRunPackage(const std::filesystem::path& file, const std::vector<nn::State>& members, const Experiment& experiment, const PackageParts& parts)
{
    const Plan& plan = experiment.plan;
    const std::vector<std::string>& classes = experiment.data.classNames;
    nn::PackageManifest manifest;
    manifest.name = plan.package.name;
    manifest.version = plan.package.version;
    manifest.created = base::utcNow();
    manifest.modelSpec = experiment.spec;
    manifest.preprocess = experiment.preprocess.toJson();
    manifest.classes = classes;
    manifest.output = experiment.config.loss == train::Loss::BinaryCrossEntropy ? "sigmoid" : "softmax";
    manifest.positiveClass = classes.size() == 2 ? classes[1] : std::string();
    manifest.calibration = parts.evidence.calibration;
    manifest.evidence = parts.evidence.evidence;
    manifest.threshold = classes.size() == 2 ? calibratedThreshold(manifest.calibration, parts.threshold.value) : parts.threshold.value;
    manifest.thresholdLocked = parts.threshold.locked;
    manifest.ttaViews = plan.predict.ttaViews;
    manifest.trainedOn = plan.package.trainedOn.empty() ? parts.trainedOn : plan.package.trainedOn;
    manifest.intendedUse = plan.package.intendedUse.empty() ? "Research and education. Not a medical device." : plan.package.intendedUse;
    manifest.limitations = whatValidationChose(plan, members.size() > 1) +
                           ", so the figures lean to the good side. " + calibrationSentence(parts.evidence) +
                           " Not tested on images of other devices or hospitals.";
    manifest.provenance.command = "diascope-cli train --plan plan.yaml --run RUN";
    manifest.provenance.plan = portablePlan(plan);
    manifest.provenance.seed = plan.training.seed;
    manifest.provenance.build = buildId();
    manifest.provenance.datasetSha256 = parts.datasetSha256;
    manifest.figures = parts.figures;
    if (manifest.figures.contains("threshold")) { // one scale in one file: that of the probabilities the package gives
        manifest.figures["threshold"] = manifest.threshold;
    }
    return nn::writePackage(file, manifest, members, testVectorsOf(members, experiment), parts.evidence.cases);
}

} // namespace diascope::pipeline
