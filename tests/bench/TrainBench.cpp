// SPDX-License-Identifier: GPL-3.0-or-later
// By hand: TrainBench [architecture=renalnet] [images=304] [epochs=3] [threads=2] [frozen=0] [layout=nhwc|nchw]
// [augment=1] [precision=float32] [profile=0] One line of JSON a figure. The RenalNet recipe end to end from 8-bit pictures in
// memory, and its parts alone; profile=N prints the N dearest operators of a training step.
#include "OpProfile.h"

#include "base/Clock.h"
#include "base/Rng.h"
#include "nn/Classifier.h"
#include "nn/Device.h"
#include "nn/Registry.h"
#include "train/Batches.h"
#include "train/Fit.h"
#include "train/Freeze.h"
#include "train/Losses.h"
#include "train/Optimiser.h"
#include "train/Precision.h"
#include "train/Scope.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

using namespace diascope;

namespace {

std::map<std::string, std::string> g_options{{"architecture", "renalnet"}, {"images", "304"}, {"epochs", "3"},
    {"threads", "2"}, {"frozen", "0"}, {"layout", "nhwc"}, {"augment", "1"}, {"precision", "float32"},
    {"device", "cpu"}, {"batch", "32"}, {"profile", "0"}};

int number(const char* key)
{
    return std::stoi(g_options.at(key));
}

void report(const std::string& name, double value, const char* unit)
{
    std::printf("{\"name\":\"%s.%s\",\"value\":%.2f,\"unit\":\"%s\",\"threads\":%s,\"device\":\"%s\",\"note\":\"frozen "
                "%s, %s, augment %s, %s\"}\n",
        g_options.at("architecture").c_str(), name.c_str(), value, unit, g_options.at("threads").c_str(),
        g_options.at("device").c_str(), g_options.at("frozen").c_str(), g_options.at("layout").c_str(),
        g_options.at("augment").c_str(), g_options.at("precision").c_str());
    std::fflush(stdout);
}

train::TrainingData noise(std::int64_t count, std::int64_t channels, std::uint64_t seed)
{
    base::Rng rng = base::Rng::stream(seed, "bench");
    const at::Tensor images = torch::empty({count, channels, 224, 224}, torch::kUInt8);
    auto* const pixels = images.data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < images.numel(); ++i) {
        pixels[i] = static_cast<std::uint8_t>(rng.next32());
    }
    return {images, torch::arange(count).remainder(2)};
}

train::TrainConfig renalNetRecipe()
{
    train::TrainConfig config;
    config.epochs = number("epochs") + 1;
    config.batchSize = number("batch");
    config.learningRate = 1e-4;
    config.backboneLearningRate = 1e-5;
    config.freezeEpochs = number("frozen") != 0 ? 1000 : 0;
    config.patience = 0;
    config.augment = number("augment") != 0;
    config.augmentation = train::AugmentConfig::renalNet();
    config.mix = {0.5, 0.4, 0.5, 1.0};
    config.lossOptions = {.focal = train::Focal::RenalNet, .focalAlpha = 2.0, .labelSmoothing = 0.1};
    config.schedule.kind = train::ScheduleKind::Plateau;
    config.sampler = train::Sampler::Weighted;
    config.drawsPerSample = 2.0;
    config.channelsLast = g_options.at("layout") == "nhwc";
    const std::string& precision = g_options.at("precision");
    config.precision = precision == "bfloat16" ? train::Precision::BFloat16
        : precision == "auto"                  ? train::Precision::Auto
                                               : train::Precision::Float32;
    config.threads = number("threads");
    config.device = g_options.at("device");
    return config;
}

class EpochList final : public train::TrainingObserver {
public:
    void onBatch(const train::BatchProgress&) override { }
    void onEpoch(const train::EpochReport& report) override { epochs.push_back(report); }
    void onMessage(const std::string& text) override { std::fprintf(stderr, "%s\n", text.c_str()); }
    std::vector<train::EpochReport> epochs;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void endToEnd(nn::Classifier& model, const train::TrainingData& data, const train::TrainConfig& config)
{
    EpochList list;
    const std::vector<std::int64_t> four{0, 1, 2, 3};
    const train::TrainingData validation{data.images.part(four), data.labels.slice(0, 0, 4)};
    (void)train::fit(model, data, validation, config, {list, {}, nullptr, {}, nullptr});
    std::vector<double> rates, idle;
    for (std::size_t e = 1; e < list.epochs.size(); ++e) {
        rates.push_back(list.epochs[e].imagesPerSecond);
        idle.push_back(list.epochs[e].idlePercent);
    }
    report("trainEndToEnd", median(rates), "images/s");
    report("idle", median(idle), "percent");
}

/// Images per second of `work` on one batch, the median of some seconds.
double rateOf(const std::function<void()>& work, double images)
{
    work();
    std::vector<double> seconds;
    const base::Stopwatch all;
    while (seconds.size() < 5 || all.seconds() < 4.0) {
        const base::Stopwatch watch;
        work();
        seconds.push_back(watch.seconds());
    }
    return images / median(seconds);
}

void parts(nn::Classifier& model, const train::TrainingData& data, const train::TrainConfig& config)
{
    const train::EngineScope engine(config.threads);
    const train::Normalisation normalisation = train::normalisationOf(config, data.images.shape().channels);
    std::vector<std::int64_t> order(static_cast<std::size_t>(config.batchSize));
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = static_cast<std::int64_t>(i);
    }
    train::EpochBatches batches(data, config, normalisation, order, 1);
    report("batchesAlone", rateOf([&] { (void)batches.take(0, 1); }, config.batchSize), "images/s");
    if (config.freezeEpochs > 0 || config.device != "cpu") {
        return;
    }
    train::Optimiser optimiser({{model.backboneParameters(), 1e-5}, {model.headParameters(), 1e-4}}, {});
    const train::Batch batch = batches.take(0, 1);
    const auto step = [&] {
        train::trainUnfrozen(model);
        optimiser.clearGradients();
        at::Tensor features;
        {
            const train::AutocastScope autocast(batch.input.device(), config.precision);
            features = model.features(batch.input);
        }
        train::meanLoss(model.head(features.to(torch::kFloat32)), batch.targets, config.loss, config.lossOptions).backward();
        optimiser.step();
    };
    if (number("profile") > 0) {
        step();
        constexpr int kSteps = 10;
        const bench::OpProfile profile;
        for (int i = 0; i < kSteps; ++i) {
            step();
        }
        profile.print(static_cast<std::size_t>(number("profile")), kSteps);
    }
    report("trainModelOnly", rateOf(step, config.batchSize), "images/s");
    report("optimiserStep", 1000.0 * config.batchSize / rateOf([&] { optimiser.step(); }, config.batchSize), "ms");
}

double peakMiB()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::stod(line.substr(6)) / 1024.0;
        }
    }
    return 0.0;
}

} // namespace

int main(int argc, char** argv)
{
    nn::loadAccelerator();
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const auto equals = argument.find('=');
        if (equals == std::string::npos || !g_options.contains(argument.substr(0, equals))) {
            std::fprintf(stderr, "unknown option %s\n", argv[i]);
            return 2;
        }
        g_options[argument.substr(0, equals)] = argument.substr(equals + 1);
    }
    nn::ModelSpec spec = nn::defaultSpec(g_options.at("architecture"));
    spec.outputs = 1;
    const auto model = nn::makeClassifier(spec, 1);
    const train::TrainingData data = noise(number("images"), spec.inputChannels, 1);
    const train::TrainConfig config = renalNetRecipe();
    endToEnd(*model, data, config);
    report("peak", peakMiB(), "MiB");
    parts(*model, data, config);
    return 0;
}
