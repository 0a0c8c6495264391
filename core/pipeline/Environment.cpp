// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Environment.h"

#include "base/Clock.h"
#include "pipeline/Resolve.h"

#include <torch/torch.h>

#include <fstream>
#include <string>
#include <thread>

namespace diascope::pipeline {

std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) {
            const std::size_t colon = line.find(": ");
            return colon == std::string::npos ? std::string() : line.substr(colon + 2);
        }
    }
    return {};
}

base::Json environmentJson(const Plan& plan, const nn::DeviceChoice& device)
{
    base::Json json;
    json["version"] = 1;
    json["build"] = buildId();
    json["started"] = base::utcNow();
    json["device"] = device.name;
    json["deviceReason"] = device.reason;
    json["threads"] = at::get_num_threads();
    json["threadsWanted"] = plan.threads;
    json["processor"] = processorName();
    json["processorThreads"] = std::thread::hardware_concurrency();
    json["vectorInstructions"] = at::get_cpu_capability();
    return json;
}

} // namespace diascope::pipeline
