// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace diascope::train {

namespace {

/// From `from` at 0 to `to` at 1, along half a cosine.
double annealed(double from, double to, double share)
{
    return to + (from - to) / 2.0 * (1.0 + std::cos(std::numbers::pi * share));
}

} // namespace

Schedule::Schedule(ScheduleOptions options, std::vector<double> rates, int epochs, int batchesPerEpoch)
    : m_options(options)
    , m_rates(std::move(rates))
    , m_epochs(epochs)
    , m_batchesPerEpoch(std::max(1, batchesPerEpoch))
{
    m_plateau.rates = m_rates;
}

bool Schedule::dependsOnLength(const ScheduleOptions& options)
{
    switch (options.kind) {
    case ScheduleKind::Cosine:
        return options.periodEpochs == 0;
    case ScheduleKind::OneCycle:
    case ScheduleKind::WarmupCosine:
        return true;
    default:
        return false;
    }
}

std::vector<double> Schedule::rates(int epoch, int batch) const
{
    if (m_options.kind == ScheduleKind::Plateau) {
        return m_plateau.rates;
    }
    std::vector<double> result;
    for (const double rate : m_rates) {
        switch (m_options.kind) {
        case ScheduleKind::Cosine: {
            const int period = m_options.periodEpochs > 0 ? m_options.periodEpochs : m_epochs;
            result.push_back(annealed(rate, std::min(m_options.smallest, rate), static_cast<double>(epoch) / period));
            break;
        }
        case ScheduleKind::OneCycle: {
            const double first = rate / m_options.divideFirst;
            result.push_back(oneCycle(
                static_cast<double>(epoch) * m_batchesPerEpoch + batch, first, rate, first / m_options.divideLast));
            break;
        }
        default:
            result.push_back(rate * factorOf(epoch, batch));
        }
    }
    return result;
}

double Schedule::factorOf(int epoch, int batch) const
{
    if (m_options.kind == ScheduleKind::Step) {
        return std::pow(m_options.factor, epoch / m_options.stepEpochs);
    }
    if (m_options.kind == ScheduleKind::WarmupCosine) {
        const double share = (static_cast<double>(epoch) * m_batchesPerEpoch + batch + 1.0)
            / (static_cast<double>(m_epochs) * m_batchesPerEpoch + 1.0);
        return share < m_options.warmup ? share / m_options.warmup
                                        : annealed(1.0, 0.0, (share - m_options.warmup) / (1.0 - m_options.warmup));
    }
    return 1.0;
}

/// PyTorch's two phases: up to the step warmup * total - 1, then down to the last step.
double Schedule::oneCycle(double place, double first, double peak, double last) const
{
    const double end = static_cast<double>(m_epochs) * m_batchesPerEpoch - 1.0;
    const double top = m_options.warmup * (end + 1.0) - 1.0;
    if (place <= top) {
        return annealed(first, peak, top > 0.0 ? place / top : 1.0);
    }
    return annealed(peak, last, end > top ? std::min(1.0, (place - top) / (end - top)) : 1.0);
}

std::optional<double> Schedule::momentum(int epoch, int batch) const
{
    if (m_options.kind != ScheduleKind::OneCycle) {
        return std::nullopt;
    }
    constexpr double kHigh = 0.95, kLow = 0.85;
    return oneCycle(static_cast<double>(epoch) * m_batchesPerEpoch + batch, kHigh, kLow, kHigh);
}

void Schedule::endEpoch(double figure, bool smallerIsBetter)
{
    if (m_options.kind != ScheduleKind::Plateau) {
        return;
    }
    const double best = m_plateau.best, t = m_options.threshold;
    const bool better = std::isnan(best) ? !std::isnan(figure)
                                         : (smallerIsBetter ? figure < best * (1.0 - t) : figure > best * (1.0 + t));
    if (better) {
        m_plateau.best = figure;
        m_plateau.badEpochs = 0;
        return;
    }
    if (++m_plateau.badEpochs <= m_options.patience) {
        return;
    }
    m_plateau.badEpochs = 0;
    constexpr double kLeastChange = 1e-8; // PyTorch's eps: smaller changes are not made
    for (double& rate : m_plateau.rates) {
        const double lower = std::max(rate * m_options.factor, m_options.smallest);
        rate = rate - lower > kLeastChange ? lower : rate;
    }
}

void Schedule::restore(PlateauState state)
{
    if (state.rates.size() != m_rates.size()) {
        throw base::Error(base::ErrorCode::Mismatch, "checkpoint",
            "it has " + std::to_string(state.rates.size()) + " learning rates, the run has "
                + std::to_string(m_rates.size()));
    }
    m_plateau = std::move(state);
}

} // namespace diascope::train
