// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/ExplainBench.h"

#include "app/bench/ModelBench.h"
#include "base/Clock.h"
#include "explain/GradCam.h"
#include "nn/Classifier.h"
#include "nn/Device.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "predict/Frames.h"
#include "predict/PixelFigures.h"

#include <torch/torch.h>

#include <filesystem>

#include <unistd.h>

namespace diascope::bench {

namespace {

std::unique_ptr<predict::Predictor> loaded(const nn::PackageManifest& manifest, const nn::PackageCases& cases, const std::string& device)
{
    const auto file = std::filesystem::temp_directory_path() / ("diascope-bench-explain-" + std::to_string(getpid()) + ".safetensors");
    nn::writePackage(file, manifest, {nn::makeClassifier(manifest.modelSpec, 1)->state()}, {}, cases);
    auto predictor = predict::Predictor::load(file, device);
    std::filesystem::remove(file);
    return predictor;
}

/// Evidence of the largest size that a package may carry, with numbers that mean nothing.
std::pair<nn::PackageManifest, nn::PackageCases> withEvidence(nn::PackageManifest manifest, std::int64_t features)
{
    constexpr std::int64_t kCases = nn::PackageCases::kMostCases;
    manifest.evidence.setScore = "lac";
    manifest.evidence.quantiles = {{.score = "lac", .alpha = 0.1, .quantile = 0.6, .n = 100}};
    manifest.evidence.neighbours = {.member = 0, .neighbours = 10, .threshold = 0.5, .quantile = 0.99, .n = 100, .trainedOn = kCases};
    manifest.evidence.sources = {.headers = 1, .samples = 1, .modalities = {""}, .units = {""}, .leastWidth = 640, .mostWidth = 640,
                                 .leastHeight = 480, .mostHeight = 480};
    manifest.evidence.pixels = predict::fitPixels(at::rand({kCases, static_cast<std::int64_t>(predict::kPixelFigures)}, at::kDouble));
    manifest.evidence.pixels.threshold = 1.0;
    const at::Tensor rows = at::rand({kCases, features});
    const at::Tensor numbers = at::arange(kCases, at::kLong);
    return {manifest, {(rows / rows.norm(2, {1}, true)).to(at::kHalf), at::zeros({kCases}, at::kLong), numbers, numbers}};
}

void addNetwork(const std::string& architecture, const std::string& device, std::vector<Figure>& figures)
{
    const nn::PackageManifest manifest = measuredManifest(architecture);
    const auto network = nn::makeClassifier(manifest.modelSpec, 1);
    network->train(false);
    network->to(at::Device(nn::resolveDevice(device).name));
    network->toChannelsLast();
    network->freeze();
    const bool small = network->parameterCount() < 5'000'000;
    const int warmUp = small ? 20 : 4, runs = small ? 200 : 20;
    const auto input = at::rand({1, manifest.modelSpec.inputChannels, 224, 224}).to(network->device()).contiguous(at::MemoryFormat::ChannelsLast);
    const auto bare = [&] {
        at::Tensor f;
        {
            const at::NoGradGuard noGrad;
            f = network->features(input);
        }
        f = f.detach().requires_grad_(true);
        (void)torch::autograd::grad({network->head(f)[0][0]}, {f})[0].cpu();
    };
    const auto map = [&] { (void)explain::forwardAndExplain(*network, input, explain::Method::GradCam); };
    const std::string how = "median of " + std::to_string(runs) + " pairs";
    figures.push_back({architecture + ".forwardBackward", median(timeEach(warmUp, runs, bare)), "ms", "bare forward, backward from the logit to the last feature map"});
    figures.push_back({architecture + ".gradCam", median(timeEach(warmUp, runs, map)), "ms", "logits and map"});
    figures.push_back({architecture + ".gradCamOverForwardBackward", pairedRatio(warmUp, runs, map, bare), "ratio", how});

    std::int64_t features = 0;
    {
        const at::NoGradGuard noGrad;
        features = network->features(input).size(1);
    }
    const auto plain = loaded(manifest, {}, device);
    const auto [told, cases] = withEvidence(manifest, features);
    const auto trusting = loaded(told, cases, device);
    const auto picture = noisePicture();
    figures.push_back({architecture + ".evidenceOverPredict",
                       pairedRatio(warmUp, runs, [&] { (void)trusting->predict(picture, {}); }, [&] { (void)plain->predict(picture, {}); }), "ratio", how});
}

/// Counts, and asks for a stop behind frame `stopBehind`.
class StoppingObserver final : public predict::FrameObserver {
public:
    explicit StoppingObserver(int stopBehind) : m_stopBehind(stopBehind) {}
    void onFrame(int frame, const predict::Predictor::Answer&) override
    {
        if (frame == m_stopBehind) {
            since = base::Stopwatch();
            stop.request_stop();
        }
    }
    void onRefused(int, const base::Error&) override {}
    void onProgress(const base::Progress&) override {}
    std::stop_source stop;
    base::Stopwatch since;

private:
    int m_stopBehind;
};

void addCine(const std::string& device, std::vector<Figure>& figures)
{
    constexpr int kFrames = 100;
    const auto predictor = loaded(measuredManifest("renalnet"), {}, device);
    const predict::FrameSource cine{kFrames, [](int frame) { return noisePicture(static_cast<std::uint64_t>(frame)); }, {}};
    predict::Predictor::Options options;
    options.explain = true;
    StoppingObserver whole(kFrames), half(kFrames / 2);
    const base::Stopwatch watch;
    const int answered = predict::predictFrames(*predictor, cine, options, whole, whole.stop.get_token());
    const std::string how = std::to_string(answered) + " frames of 640x480, RenalNet, each made, scored and mapped";
    figures.push_back({"cine100.seconds", watch.milliseconds() / 1000.0, "s", how});
    (void)predict::predictFrames(*predictor, cine, options, half, half.stop.get_token());
    figures.push_back({"cine100.stop", half.since.milliseconds(), "ms", "from the stop behind frame 50 to the return"});
}

} // namespace

std::vector<Figure> explainFigures(const std::string& device, int threads)
{
    if (threads > 0) {
        at::set_num_threads(threads);
    }
    std::vector<Figure> figures;
    for (const char* architecture : {"renalnet", "resnet50"}) {
        addNetwork(architecture, device, figures);
    }
    addCine(device, figures);
    return figures;
}

} // namespace diascope::bench
