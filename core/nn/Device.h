// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace diascope::nn {

/// Loads LibTorch's CUDA library when this machine has an NVIDIA driver, so that one program serves CPU and GPU. Must run before anything
/// asks LibTorch about CUDA (the answer is kept for ever): first line of main. Later calls do nothing. Logs what came of it; never throws.
void loadAccelerator();

/// Where to compute, and why.
struct DeviceChoice {
    std::string name;   ///< "cpu" or "cuda:N".
    std::string reason; ///< For people: "asked for", "1 CUDA device found", "no NVIDIA driver on this machine".
};

/// `wanted`: "auto", "cpu", "cuda" (= the first) or "cuda:N". "auto" takes the first CUDA device when there is one.
/// Throws Error{Device} with the reason and a remedy when a CUDA device is asked for and not there, Error{Usage} for other words.
[[nodiscard]] DeviceChoice resolveDevice(const std::string& wanted);

} // namespace diascope::nn
