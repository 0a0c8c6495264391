// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Preprocess.h"
#include "nn/Registry.h"
#include "pipeline/Resolve.h"
#include "pipeline/Train.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>

namespace diascope::pipeline {

namespace {

/// What one architecture costs. Activations: peak of a training step over that of its weights, rough estimates.
struct Cost {
    std::string_view architecture;
    double megaParameters;
    double activationBytesPerPixel; ///< Of one input image, float32.
};
constexpr std::array<Cost, 8> kCosts{{
    {"renalnet", 0.8, 700.0},
    {"tf_mobilenetv3_small_075", 2.05, 800.0},
    {"resnet18", 11.7, 900.0},
    {"resnet34", 21.8, 1300.0},
    {"resnet50", 25.6, 3200.0},
    {"se_resnext50_32x4d", 27.6, 4000.0},
    {"vgg16", 138.4, 2600.0},
    {"neuroflux_cnn", 13.3, 800.0},
}};
constexpr double kLibraryBytes = 600.0 * 1024 * 1024; ///< LibTorch, Qt and OpenCV once they have worked.
constexpr double kWeightCopies = 6.0;                 ///< Weights, gradients, two moments, best copy, checkpoint being written.

std::uint64_t availableBytes()
{
    std::ifstream info("/proc/meminfo");
    std::string word;
    for (std::uint64_t kilobytes = 0; info >> word;) {
        if (word == "MemAvailable:" && info >> kilobytes) {
            return kilobytes * 1024;
        }
    }
    return 0;
}

} // namespace

MemoryEstimate estimateMemory(const Plan& plan, std::int64_t images)
{
    const std::string& architecture = nn::architectureInfo(plan.model.architecture).name;
    const image::Preprocess graph = image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
    const auto* cost = std::find_if(kCosts.begin(), kCosts.end(), [&](const Cost& c) { return c.architecture == architecture; });
    const Cost& known = cost != kCosts.end() ? *cost : kCosts[4]; // a network that is not measured counts as ResNet50
    const double pixels = static_cast<double>(graph.outputWidth()) * graph.outputHeight();
    const double batch = plan.training.batchSize * (plan.pretrain.enabled ? 2.0 : 1.0); // without labels two views of each picture
    MemoryEstimate estimate;
    estimate.pixelBytes = static_cast<std::uint64_t>(pixels * graph.outputChannels() * static_cast<double>(std::max<std::int64_t>(0, images)));
    estimate.trainingBytes = static_cast<std::uint64_t>(kWeightCopies * 4e6 * known.megaParameters + known.activationBytesPerPixel * pixels * batch);
    estimate.totalBytes = estimate.pixelBytes + estimate.trainingBytes + static_cast<std::uint64_t>(kLibraryBytes);
    estimate.availableBytes = availableBytes();
    return estimate;
}

} // namespace diascope::pipeline
