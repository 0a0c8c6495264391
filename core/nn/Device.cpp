// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Device.h"

#include "base/Error.h"
#include "base/Log.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <dlfcn.h>

#include <charconv>
#include <mutex>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;

/// Why there is no CUDA; empty after the library was loaded. Written once.
std::string& obstacle()
{
    static std::string text = "LibTorch's CUDA library was not loaded";
    return text;
}

std::string loadLibraries()
{
    if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) == nullptr) {
        return "there is no NVIDIA driver on this machine";
    }
    // Global, so that its kernels register with the libtorch_cpu that is linked.
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* reason = dlerror();
        return std::string("there is an NVIDIA driver, but LibTorch's CUDA library cannot be loaded (") + (reason != nullptr ? reason : "no reason given")
            + ")";
    }
    return {};
}

/// Number of usable CUDA devices. A driver that does not answer counts as none, with the reason kept.
int deviceCount()
{
    loadAccelerator();
    if (!obstacle().empty()) {
        return 0;
    }
    return static_cast<int>(translated("CUDA", [] { return torch::cuda::device_count(); }));
}

std::string whyNoDevice()
{
    return obstacle().empty() ? "the CUDA driver finds no device" : obstacle();
}

} // namespace

void loadAccelerator()
{
    static std::once_flag once;
    std::call_once(once, [] {
        obstacle() = loadLibraries();
        base::logInfo(obstacle().empty() ? "LibTorch's CUDA library is loaded" : "computing on the CPU: " + obstacle());
    });
}

DeviceChoice resolveDevice(const std::string& wanted)
{
    if (wanted == "cpu") {
        return {"cpu", "asked for"};
    }
    if (wanted == "auto") {
        const int count = deviceCount();
        return count > 0 ? DeviceChoice{"cuda:0", "auto: the first of " + std::to_string(count) + " CUDA devices"}
                         : DeviceChoice{"cpu", "auto: " + whyNoDevice()};
    }
    int index = 0;
    constexpr std::string_view kPrefix = "cuda:";
    if (wanted != "cuda") {
        const char* end = wanted.data() + wanted.size();
        const bool prefixed = wanted.starts_with(kPrefix) && wanted.size() > kPrefix.size();
        const auto parsed = prefixed ? std::from_chars(wanted.data() + kPrefix.size(), end, index) : std::from_chars_result{end, std::errc::invalid_argument};
        if (parsed.ec != std::errc() || parsed.ptr != end || index < 0) {
            throw Error(ErrorCode::Usage, "device '" + wanted + "'", "is not one of auto, cpu, cuda, cuda:N");
        }
    }
    const int count = deviceCount();
    if (index >= count) {
        const std::string why = count == 0 ? whyNoDevice() : "there are only " + std::to_string(count) + " CUDA devices, numbered from 0";
        throw Error(ErrorCode::Device, wanted, why, "Use --device auto or cpu, or install an NVIDIA driver and the CUDA build of LibTorch.");
    }
    return {"cuda:" + std::to_string(index), "asked for"};
}

} // namespace diascope::nn
