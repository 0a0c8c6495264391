// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/RunProgress.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace diascope::pipeline {

void RunProgress::take(const train::FoldsProgress& folds)
{
    m_done = folds.done;
    m_total = std::max(1, folds.total);
    const auto fold = m_atWork.find({folds.repeat, folds.fold});
    if (fold != m_atWork.end()) {
        m_finishedHere += 1.0 - fold->second.atFirst;
        m_atWork.erase(fold);
    }
}

double RunProgress::secondsLeft(double seconds) const
{
    double here = m_finishedHere, left = m_total - m_done;
    for (const auto& [key, fold] : m_atWork) {
        here += fold.share - fold.atFirst;
        left -= fold.share;
    }
    return here > 0.0 ? std::max(0.0, left) * seconds / here : -1.0;
}

base::Progress RunProgress::take(const train::BatchProgress& batch, double seconds)
{
    const double within = batch.batches > 0 ? static_cast<double>(batch.batch) / batch.batches : 0.0;
    const double share = batch.epochs > 0 ? (batch.epoch + within) / batch.epochs : 0.0;
    Fold& fold = m_atWork.try_emplace({batch.repeat, batch.fold}, Fold{share, share, 0.0}).first->second;
    fold.share = share;
    fold.imagesPerSecond = batch.imagesPerSecond;
    double done = m_done, rate = 0.0;
    for (const auto& [key, one] : m_atWork) {
        done += one.share;
        rate += one.imagesPerSecond;
    }
    base::Progress progress;
    const std::string epoch = "epoch " + std::to_string(batch.epoch + 1) + "/" + std::to_string(batch.epochs);
    const std::string first = std::to_string(m_done + 1), last = std::to_string(m_done + static_cast<int>(m_atWork.size()));
    progress.stage = m_total == 1             ? epoch
        : m_atWork.size() == 1 ? "fold " + first + " of " + std::to_string(m_total) + ", " + epoch
                               : "folds " + first + " to " + last + " of " + std::to_string(m_total) + " side by side";
    progress.stage += ", " + std::to_string(std::lround(rate)) + " images/s";
    const double batches = static_cast<double>(batch.epochs) * batch.batches;
    progress.total = static_cast<std::int64_t>(batches) * m_total;
    progress.done = std::min(progress.total, static_cast<std::int64_t>(std::llround(done * batches)));
    progress.secondsLeft = m_total == 1 ? batch.secondsLeft : secondsLeft(seconds);
    return progress;
}

} // namespace diascope::pipeline
