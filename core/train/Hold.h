// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Fit.h"

#include <functional>
#include <string>

namespace diascope::train {

/// Before each batch: waits while the gate is closed, after `save`, and says so. `goOn` is called when it opens. False
/// when the run is stopped.
[[nodiscard]] bool passGate(
    const FitContext& context, const std::function<void()>& save, const std::function<void()>& goOn);

/// A checkpoint on its way to the sink.
struct SavedState {
    std::string bytes;
    int epoch = 0, batch = 0;
};
/// Hands it over. Where the disk is full and there is a gate, that is closed, and it is tried again once it is open.
void saveOrWait(const FitContext& context, const SavedState& state);

} // namespace diascope::train
