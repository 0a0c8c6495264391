// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Preprocess.h"
#include "nn/Registry.h"
#include "pipeline/Resolve.h"
#include "pipeline/Train.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
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

/// The first number in a file of the system; nothing for "max" or when there is no such file.
std::optional<std::uint64_t> numberIn(const char* file)
{
    std::ifstream in(file);
    std::uint64_t number = 0;
    return in >> number ? std::optional(number) : std::nullopt;
}

/// What the system can give without swapping; within a container (cgroup 2) no more than its limit leaves. 0 = unknown.
std::uint64_t availableBytes()
{
    std::uint64_t available = 0;
    std::ifstream info("/proc/meminfo");
    std::string word;
    for (std::uint64_t kilobytes = 0; info >> word;) {
        if (word == "MemAvailable:" && info >> kilobytes) {
            available = kilobytes * 1024;
            break;
        }
    }
    const auto limit = numberIn("/sys/fs/cgroup/memory.max"), used = numberIn("/sys/fs/cgroup/memory.current");
    if (available != 0 && limit && used) {
        available = std::min(available, *limit - std::min(*used, *limit));
    }
    return available;
}

std::uint64_t trainingBytesOf(const Plan& plan, const image::Preprocess& graph)
{
    const std::string& architecture = nn::architectureInfo(plan.model.architecture).name;
    const auto* cost = std::find_if(kCosts.begin(), kCosts.end(), [&](const Cost& c) { return c.architecture == architecture; });
    const Cost& known = cost != kCosts.end() ? *cost : kCosts[4]; // a network that is not measured counts as ResNet50
    const double pixels = static_cast<double>(graph.outputWidth()) * graph.outputHeight() * plan.training.batchSize *
                          (plan.pretrain.enabled ? 2.0 : 1.0); // without labels two views of each picture
    return static_cast<std::uint64_t>(kWeightCopies * 4e6 * known.megaParameters + known.activationBytesPerPixel * pixels);
}

image::Preprocess graphOf(const Plan& plan)
{
    return image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess");
}

} // namespace

MemoryEstimate estimateMemory(const Plan& plan, std::int64_t images)
{
    const image::Preprocess graph = graphOf(plan);
    const double pixels = static_cast<double>(graph.outputWidth()) * graph.outputHeight() * graph.outputChannels();
    MemoryEstimate estimate;
    estimate.pixelBytes = static_cast<std::uint64_t>(pixels * static_cast<double>(std::max<std::int64_t>(0, images)));
    estimate.streams = estimate.pixelBytes > pixelBudget(plan);
    estimate.pixelBytes = estimate.streams ? 0 : estimate.pixelBytes;
    estimate.trainingBytes = trainingBytesOf(plan, graph);
    estimate.totalBytes = estimate.pixelBytes + estimate.trainingBytes + static_cast<std::uint64_t>(kLibraryBytes);
    estimate.availableBytes = availableBytes();
    return estimate;
}

std::uint64_t pixelBudget(const Plan& plan)
{
    if (plan.data.memoryMiB > 0) {
        return static_cast<std::uint64_t>(plan.data.memoryMiB) << 20U;
    }
    const std::uint64_t available = availableBytes();
    if (available == 0) {
        return ~std::uint64_t{0}; // unknown: an allocation that fails says so
    }
    const std::uint64_t others = trainingBytesOf(plan, graphOf(plan)) + static_cast<std::uint64_t>(kLibraryBytes);
    return available > others ? (available - others) / 10 * 9 : 0;
}

} // namespace diascope::pipeline
