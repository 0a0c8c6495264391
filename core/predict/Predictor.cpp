// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Predictor.h"

#include "base/Clock.h"
#include "base/Error.h"
#include "explain/GradCam.h"
#include "image/Preprocess.h"
#include "nn/Classifier.h"
#include "nn/Device.h"
#include "nn/PackageFile.h"
#include "nn/TorchErrors.h"
#include "predict/Calibration.h"
#include "predict/PredictorData.h"
#include "predict/TestVectorCheck.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::predict {

using base::Error;
using base::ErrorCode;

namespace {

constexpr double kTolerance = 1e-4;
constexpr double kAcceleratorTolerance = 1e-3; ///< TF32 and other orders of summation.

std::vector<double> row(const at::Tensor& logits, std::int64_t index)
{
    const at::Tensor line = logits[index].to(at::kCPU, at::kDouble).contiguous();
    return {line.const_data_ptr<double>(), line.const_data_ptr<double>() + line.numel()};
}

void addTo(std::vector<double>& sum, const std::vector<double>& values, double weight)
{
    sum.resize(values.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) {
        sum[i] += weight * values[i];
    }
}

int topOf(const std::vector<double>& probabilities)
{
    return static_cast<int>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

} // namespace

std::optional<int> Predictor::Private::classNamed(const std::string& name) const
{
    if (name.empty()) {
        return std::nullopt;
    }
    const auto at = std::find(manifest.classes.begin(), manifest.classes.end(), name);
    if (at == manifest.classes.end()) {
        throw Error(ErrorCode::Usage, name, "the package \"" + manifest.name + "\" has no such class; nearest: " + base::nearestMatch(name, manifest.classes));
    }
    return static_cast<int>(at - manifest.classes.begin());
}

int Predictor::Private::networkClass(int index) const
{
    if (manifest.output != "sigmoid") {
        return index;
    }
    return manifest.classes[static_cast<std::size_t>(index)] == manifest.positiveClass ? 1 : 0;
}

std::vector<TestTimeView> Predictor::Private::viewsFor(const Options& options) const
{
    if (!options.views.empty()) {
        return parseViews(options.views);
    }
    return options.ttaViews > 0 ? standardViews(options.ttaViews) : parseViews(manifest.ttaViews);
}

/// Fills probabilities from V,K logits of each member: the mean over views is a member's answer, the mean over members the package's.
void Predictor::Private::answer(Prediction& out, const std::vector<at::Tensor>& logits) const
{
    std::vector<double> probability, logit;
    for (const at::Tensor& ofMember : logits) {
        std::vector<double> fold;
        const auto views = ofMember.size(0);
        for (std::int64_t view = 0; view < views; ++view) {
            const std::vector<double> values = row(ofMember, view);
            addTo(fold, probabilities(manifest, values), 1.0 / static_cast<double>(views));
            addTo(logit, logitsByClass(manifest, values), 1.0 / static_cast<double>(views * static_cast<std::int64_t>(logits.size())));
        }
        addTo(probability, fold, 1.0 / static_cast<double>(logits.size()));
        out.folds.push_back(std::move(fold));
    }
    for (std::size_t i = 0; i < manifest.classes.size(); ++i) {
        out.classes.push_back({manifest.classes[i], probability[i], logit[i]});
    }
    out.top = topOf(probability);
    out.verdict = verdict(manifest, probability);
    out.threshold = manifest.threshold;
    out.thresholdLocked = manifest.thresholdLocked;
}

Predictor::Predictor(std::unique_ptr<Private> data) : d(std::move(data)) {}
Predictor::~Predictor() = default;

std::unique_ptr<Predictor> Predictor::load(const std::filesystem::path& package, const std::string& device)
{
    const nn::DeviceChoice choice = nn::resolveDevice(device);
    nn::PackageFile file = nn::readPackage(package);
    auto data = std::make_unique<Private>();
    data->device = nn::translated("choosing the device", [&] { return at::Device(choice.name); });
    data->preprocess = image::Preprocess::fromJson(file.manifest.preprocess, package.filename().string());
    if (data->preprocess.outputChannels() != file.manifest.modelSpec.inputChannels) {
        throw Error(ErrorCode::Mismatch, package.filename().string(),
                    "the preprocessing gives " + std::to_string(data->preprocess.outputChannels()) + " channels, the network takes "
                        + std::to_string(file.manifest.modelSpec.inputChannels));
    }
    for (std::size_t i = 0; i < file.members.size(); ++i) {
        data->members.push_back(nn::makeMember(file, i));
        data->members.back()->train(false);
        data->members.back()->toChannelsLast();
        if (!data->device.is_cpu()) {
            data->members.back()->to(data->device);
        }
        data->members.back()->freeze(); // It only answers from now on; the test vectors below go through what will answer.
    }
    checkTestVectors(file.testVectors, data->preprocess, data->members, package.filename().string(),
                     data->device.is_cpu() ? kTolerance : kAcceleratorTolerance);
    data->trust = Trust(file.manifest.evidence, file.cases, file.manifest.classes);
    data->identity = {file.manifest.name, file.manifest.version, file.sha256, file.manifest.trainedOn, file.manifest.calibration.method != "none",
                      describe(file.manifest.calibration)};
    data->manifest = std::move(file.manifest);
    data->warnings = std::move(file.warnings);
    return std::unique_ptr<Predictor>(new Predictor(std::move(data)));
}

const nn::PackageManifest& Predictor::manifest() const
{
    return d->manifest;
}

const PackageIdentity& Predictor::identity() const
{
    return d->identity;
}

const std::vector<std::string>& Predictor::warnings() const
{
    return d->warnings;
}

std::string Predictor::device() const
{
    return d->device.str();
}

Predictor::Private::Passes Predictor::Private::passes(const at::Tensor& input, const Asked& asked) const
{
    const bool identityFirst = asked.views.front().steps.empty(), plain = asked.views.size() == 1 && identityFirst;
    const at::Tensor views = plain ? input : applyViews(input, asked.views);
    Passes out;
    for (std::size_t i = 0; i < members.size(); ++i) {
        nn::Classifier& member = *members[i];
        at::Tensor features; // of the untransformed picture
        if (static_cast<int>(i) == asked.explainedMember) {
            out.explained = explain::forwardAndExplain(member, input, asked.method, asked.networkClass);
            features = out.explained->features;
        }
        if (plain && features.defined()) {
            out.logits.push_back(out.explained->logits); // With one plain view the explained pass is the answer too.
        } else {
            const at::Tensor all = member.features(views);
            features = features.defined() || !identityFirst ? features : all.slice(0, 0, 1);
            out.logits.push_back(member.head(all));
        }
        if (trust.needsEmbedding() && static_cast<int>(i) == trust.member()) {
            out.embedding = embeddingsOf(features.defined() ? features : member.features(input))[0];
        }
    }
    return out;
}

Predictor::Answer Predictor::predict(const image::Image& image, const SourceBinding& source, const Options& options)
{
    Private::Asked asked;
    asked.views = d->viewsFor(options);
    const std::optional<int> wanted = d->classNamed(options.className);
    if (options.explain) {
        d->checkExplanation(options);
        asked.method = explain::methodNamed(options.method);
        asked.networkClass = wanted ? std::optional(d->networkClass(*wanted)) : std::nullopt;
        // The pass that answers explains as well, where one map of one pass is wanted.
        asked.explainedMember = asked.method == explain::Method::Occlusion ? kMeanOfFolds : options.explainFold;
    }
    const base::Stopwatch total;
    Answer out;
    Prediction& prediction = out.prediction;
    prediction.source = source;
    if (prediction.source.pixelSha256.empty()) {
        prediction.source.pixelSha256 = image::pixelHash(image);
    }
    prediction.package = d->identity;
    prediction.networkSaw = d->preprocess.networkImage(image);
    const at::Tensor input = d->inputFor(prediction.networkSaw);

    const base::Stopwatch forward;
    Private::Passes passes;
    nn::translated("prediction", [&] {
        const torch::NoGradGuard noGradients;
        const c10::InferenceMode noBookkeeping(!options.explain); // An explanation needs the graph of the head.
        passes = d->passes(input, asked);
        d->answer(prediction, passes.logits);
        d->trust.judge(prediction, image, passes.embedding);
    });
    if (options.explain) {
        const int explainedClass = wanted.value_or(prediction.top);
        if (passes.explained && passes.explained->classIndex == d->networkClass(explainedClass)) {
            out.explanation = Explanation{prediction.source, std::move(passes.explained->map), 0.0, 0.0, 0.0, 0.0, options.explainFold};
        } else { // Members or views outvoted the first pass, or many passes are needed: the class that is shown is explained.
            out.explanation = d->explanationOf(input, options, explainedClass);
            out.explanation->source = prediction.source;
        }
        d->place(*out.explanation, image, explainedClass);
    }
    prediction.forwardMs = forward.milliseconds();
    prediction.totalMs = total.milliseconds();
    return out;
}

} // namespace diascope::predict
