// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <limits>
#include <optional>
#include <vector>

namespace diascope::train {

/// What ReduceLROnPlateau remembers; the other schedules are functions of the place alone.
struct PlateauState {
    double best = std::numeric_limits<double>::quiet_NaN(); ///< NaN before the first figure.
    int badEpochs = 0;
    std::vector<double> rates; ///< One per group.
};

/// Learning rates over a run, as torch.optim.lr_scheduler has them (plateau: Python's, not LibTorch's, which differs).
class Schedule {
public:
    /// `rates`: one per parameter group, the configured ones (OneCycle: the peaks). `batchesPerEpoch` >= 1.
    Schedule(ScheduleOptions options, std::vector<double> rates, int epochs, int batchesPerEpoch);

    /// Rates to use for batch `batch` of epoch `epoch`, both 0-based.
    [[nodiscard]] std::vector<double> rates(int epoch, int batch) const;
    /// OneCycle turns the momentum (Adam's beta1) against the rate, .95 to .85; the others leave it alone.
    [[nodiscard]] std::optional<double> momentum(int epoch, int batch) const;

    /// Plateau: the watched figure of a finished epoch; `smallerIsBetter` for a loss. Of no effect on the others.
    void endEpoch(double figure, bool smallerIsBetter);
    [[nodiscard]] const PlateauState& state() const { return m_plateau; }
    /// Throws Error{Mismatch} for another number of groups.
    void restore(PlateauState state);

    /// Whether the rates depend on how many epochs are planned: such a run cannot be prolonged by a resume.
    [[nodiscard]] static bool dependsOnLength(const ScheduleOptions& options);

private:
    [[nodiscard]] double factorOf(int epoch, int batch) const;
    [[nodiscard]] double oneCycle(double place, double first, double peak, double last) const;

    ScheduleOptions m_options;
    std::vector<double> m_rates;
    int m_epochs, m_batchesPerEpoch;
    PlateauState m_plateau;
};

} // namespace diascope::train
