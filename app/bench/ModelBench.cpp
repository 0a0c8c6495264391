// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/ModelBench.h"

#include "base/Rng.h"
#include "nn/Classifier.h"
#include "nn/Device.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "predict/Predictor.h"

#include <torch/torch.h>

#include <filesystem>

#include <unistd.h>

namespace diascope::bench {

image::Image noisePicture(std::uint64_t number)
{
    auto rng = base::Rng::stream(7, "bench picture", number);
    std::vector<std::byte> pixels(640 * 480);
    for (auto& pixel : pixels) {
        pixel = static_cast<std::byte>(rng.next32() & 0xff);
    }
    return image::makeImage(640, 480, 1, image::PixelType::UInt8, std::move(pixels));
}

nn::PackageManifest measuredManifest(const std::string& architecture)
{
    nn::PackageManifest manifest;
    manifest.name = "bench";
    manifest.version = "1";
    manifest.created = "2026-01-01T00:00:00Z";
    manifest.modelSpec = nn::defaultSpec(architecture);
    manifest.modelSpec.outputs = 1;
    manifest.classes = {"negative", "positive"};
    manifest.positiveClass = "positive";
    manifest.output = "sigmoid";
    const bool grey = manifest.modelSpec.inputChannels == 1;
    manifest.preprocess = base::Json::array({{{"op", grey ? "grey" : "rgb"}},
                                             {{"op", "resize"}, {"width", 224}, {"height", 224}, {"filter", "bilinear"}, {"antialias", true}},
                                             {{"op", "normalise"}, {"mean", std::vector<double>(grey ? 1 : 3, 0.5)}, {"std", std::vector<double>(grey ? 1 : 3, 0.5)}}});
    manifest.trainedOn = "nothing: random weights for measurements";
    manifest.intendedUse = "measurements";
    manifest.limitations = "answers mean nothing";
    return manifest;
}

std::vector<Figure> modelFigures(const std::string& architecture, const std::string& device, int threads)
{
    if (threads > 0) {
        at::set_num_threads(threads);
    }
    const auto manifest = measuredManifest(architecture);
    const auto network = nn::makeClassifier(manifest.modelSpec, 1);
    const auto file = std::filesystem::temp_directory_path() / ("diascope-bench-" + std::to_string(getpid()) + ".safetensors");
    nn::writePackage(file, manifest, {network->state()}, {});
    const auto predictor = predict::Predictor::load(file, device);
    std::filesystem::remove(file);

    const c10::InferenceMode inference;
    network->train(false);
    network->to(at::Device(nn::resolveDevice(device).name));
    network->toChannelsLast();
    const auto input = at::rand({1, manifest.modelSpec.inputChannels, 224, 224}).to(network->device()).contiguous(at::MemoryFormat::ChannelsLast);
    const auto source = noisePicture();
    const auto bare = [&] { (void)network->forward(input).cpu(); };
    const auto predict = [&] { (void)predictor->predict(source, {}); };
    predict::Predictor::Options withMap;
    withMap.explain = true;
    const auto explain = [&] { (void)predictor->predict(source, {}, withMap); };

    const bool small = network->parameterCount() < 5'000'000;
    const int warmUp = small ? 20 : 4, runs = small ? 200 : 20;
    const std::string how = "batch 1, 640x480 in, median of " + std::to_string(runs);
    std::vector<Figure> figures;
    figures.push_back({architecture + ".forward", median(timeEach(warmUp, runs, bare)), "ms", "bare forward pass, " + how});
    figures.push_back({architecture + ".predict", median(timeEach(warmUp, runs, predict)), "ms", how});
    figures.push_back({architecture + ".predictAndGradCam", median(timeEach(warmUp, runs, explain)), "ms", how});
    figures.push_back({architecture + ".predictOverForward", pairedRatio(warmUp, runs, predict, bare), "ratio", "median of pairs"});
    figures.push_back({architecture + ".gradCamOverForward", pairedRatio(warmUp, runs, explain, bare), "ratio", "median of pairs"});
    return figures;
}

} // namespace diascope::bench
