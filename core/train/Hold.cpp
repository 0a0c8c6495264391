// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Hold.h"

#include "train/Pause.h"

namespace diascope::train {

bool passGate(const FitContext& context, const std::function<void()>& save, const std::function<void()>& goOn)
{
    if (context.pause != nullptr && context.pause->isClosed() && !context.stop.stop_requested()) {
        save();
        context.observer.onMessage("Paused.");
        context.pause->wait(context.stop);
        goOn();
        if (!context.stop.stop_requested()) {
            context.observer.onMessage("Going on.");
        }
    }
    return !context.stop.stop_requested();
}

void saveOrWait(const FitContext& context, const SavedState& state)
{
    for (;;) {
        try {
            context.sink->save(state.bytes, state.epoch, state.batch);
            return;
        } catch (const base::Error& error) {
            if (error.code() != base::ErrorCode::DiskFull || context.pause == nullptr
                || context.stop.stop_requested()) {
                throw;
            }
            context.observer.onMessage(
                std::string(
                    "The disk is full, training is paused; the last checkpoint is intact. Make room, then go on. (")
                + error.what() + ")");
        }
        context.pause->close();
        context.pause->wait(context.stop);
    }
}

} // namespace diascope::train
