// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "train/EpochReport.h"

#include <map>
#include <utility>

namespace diascope::pipeline {

/// How far a whole run has come, out of what its folds say, also when they are trained side by side. A value; used on one thread.
class RunProgress {
public:
    /// How many folds are done, at the start and after each.
    void take(const train::FoldsProgress& folds);
    /// After a batch of one fold; `seconds` since the first fold began in this program. The stage reads "epoch 4/30, 412 images/s", with folds "fold 3 of
    /// 15, epoch 4/30, 412 images/s" or "folds 3 to 4 of 15 side by side, 801 images/s". `done` and `total` are batches of the whole run; the time left is an
    /// upper limit, because folds may stop early.
    [[nodiscard]] base::Progress take(const train::BatchProgress& batch, double seconds);

private:
    struct Fold {
        double share = 0.0;      ///< Of its epochs.
        double atFirst = 0.0;    ///< The same when it was first heard of: what an earlier program did.
        double imagesPerSecond = 0.0;
    };
    [[nodiscard]] double secondsLeft(double seconds) const;

    std::map<std::pair<int, int>, Fold> m_atWork;
    double m_finishedHere = 0.0; ///< Folds' worth of work of this program.
    int m_done = 0, m_total = 1;
};

} // namespace diascope::pipeline
