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
#include "predict/TestTimeViews.h"
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

struct Predictor::Private {
    nn::PackageManifest manifest;
    PackageIdentity identity;
    std::vector<std::string> warnings;
    image::Preprocess preprocess;
    std::vector<std::shared_ptr<nn::Classifier>> members;
    at::Device device = at::kCPU;

    [[nodiscard]] std::optional<int> classNamed(const std::string& name) const;
    /// The network's class numbers: with one logit, 1 is the positive class whatever the manifest's order.
    [[nodiscard]] int networkClass(int index) const;
    [[nodiscard]] std::vector<TestTimeView> viewsFor(const Options& options) const;
    void answer(Prediction& out, const std::vector<at::Tensor>& logits) const;
};

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

Predictor::Answer Predictor::predict(const image::Image& image, const SourceBinding& source, const Options& options)
{
    const std::vector<TestTimeView> asked = d->viewsFor(options);
    const bool plain = asked.size() == 1 && asked.front().steps.empty();
    const std::optional<int> wanted = d->classNamed(options.className);
    const explain::Method method = options.explain ? explain::methodNamed(options.method) : explain::Method::GradCam;
    const base::Stopwatch total;
    Answer out;
    Prediction& prediction = out.prediction;
    prediction.source = source;
    if (prediction.source.pixelSha256.empty()) {
        prediction.source.pixelSha256 = image::pixelHash(image);
    }
    prediction.package = d->identity;
    prediction.networkSaw = d->preprocess.networkImage(image);
    const at::Tensor input = inputOf(d->preprocess, prediction.networkSaw, d->device);

    const base::Stopwatch forward;
    std::optional<explain::ForwardWithMap> explained;
    std::vector<at::Tensor> logits;
    nn::translated("prediction", [&] {
        const torch::NoGradGuard noGradients;
        const c10::InferenceMode noBookkeeping(!options.explain); // An explanation needs the graph of the head.
        const at::Tensor views = plain ? input : applyViews(input, asked);
        for (std::size_t i = 0; i < d->members.size(); ++i) {
            nn::Classifier& member = *d->members[i];
            if (i == 0 && options.explain) {
                explained = explain::forwardAndExplain(member, input, method, wanted ? std::optional(d->networkClass(*wanted)) : std::nullopt);
            }
            // With one plain view the explained pass is the answer too.
            logits.push_back(i == 0 && plain && explained ? explained->logits : member.head(member.features(views)));
        }
        d->answer(prediction, logits);
        const int explainedClass = wanted.value_or(prediction.top);
        if (explained && explained->classIndex != d->networkClass(explainedClass)) {
            // Members or views outvoted the first pass: explain the class that is shown.
            explained = explain::forwardAndExplain(*d->members.front(), input, method, d->networkClass(explainedClass));
        }
    });
    prediction.forwardMs = forward.milliseconds();
    if (explained) {
        const image::SourceRect rect = d->preprocess.sourceRect(image.width, image.height);
        explained->map.className = d->manifest.classes[static_cast<std::size_t>(wanted.value_or(prediction.top))];
        out.explanation = Explanation{prediction.source, std::move(explained->map), rect.x0, rect.y0, rect.x1, rect.y1};
    }
    prediction.totalMs = total.milliseconds();
    return out;
}

} // namespace diascope::predict
