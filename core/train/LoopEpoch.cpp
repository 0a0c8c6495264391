// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "nn/Classifier.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

double monitoredFigure(const PartFigures& figures, Monitor monitor)
{
    switch (monitor) {
    case Monitor::Auc:
        return figures.auc.value_or(0.0);
    case Monitor::Loss:
        return figures.loss;
    case Monitor::Accuracy:
        return figures.accuracy.value_or(0.0);
    case Monitor::BalancedAccuracy:
        return figures.balancedAccuracy.value_or(0.0);
    }
    return 0.0;
}

bool Loop::improves(const PartFigures& figures) const
{
    if (m_state.bestEpoch < 0) {
        return true;
    }
    const double now = monitoredFigure(figures, m_monitor);
    return m_monitor == Monitor::Loss ? now < m_state.bestMonitored : now > m_state.bestMonitored;
}

void Loop::takeBest(const PartFigures& figures)
{
    m_state.bestEpoch = m_state.epoch;
    m_state.bestMonitored = monitoredFigure(figures, m_monitor);
    m_state.bestValidation = figures;
}

void Loop::keepWeights()
{
    m_kept = nn::deepCopy(m_average ? m_average->state() : m_model.state());
}

int Loop::keptEpoch() const
{
    return m_config.keep == Keep::Last ? m_state.epoch - 1 : m_state.bestEpoch;
}

PartFigures Loop::trainingFigures() const
{
    const at::Tensor order = torch::tensor(m_order, torch::kInt64);
    PartFigures figures
        = figuresOf(m_epochLogits, m_training.labels.to(torch::kCPU).index_select(0, order), m_config.loss);
    figures.loss
        = m_lossSum.item<double>() / static_cast<double>(m_order.size()); // the one that was trained on, mixing and all
    return figures;
}

EpochReport Loop::reportOf(const PartFigures& validation, double trainSeconds) const
{
    EpochReport report;
    report.repeat = m_config.repeat;
    report.fold = m_config.fold;
    report.epoch = m_state.epoch;
    report.epochs = m_config.epochs;
    report.train = trainingFigures();
    report.validation = validation;
    report.learningRates = m_optimiser->learningRates();
    if (m_frozenBackbone && report.learningRates.size() > 1) {
        report.learningRates.front() = 0.0;
    }
    const double seconds = m_state.epochSeconds + trainSeconds;
    report.imagesPerSecond = static_cast<double>(m_order.size()) / seconds;
    report.idlePercent = 100.0 * m_state.idleSeconds / seconds;
    report.seconds = seconds + m_validationSeconds;
    return report;
}

/// Best, patience and the schedule's plateau.
void Loop::judge(EpochReport& report)
{
    report.best = improves(report.validation);
    m_state.staleEpochs = report.best ? 0 : m_state.staleEpochs + 1;
    // Of epochs with the same figure (usual with few validation images) the one with the lower loss is kept; patience
    // runs on.
    const bool tieBroken = !report.best && monitoredFigure(report.validation, m_monitor) == m_state.bestMonitored
        && report.validation.loss < m_state.bestValidation.loss;
    if (report.best || tieBroken) {
        takeBest(report.validation);
    }
    if (m_config.keep == Keep::Last || m_state.bestEpoch == m_state.epoch) {
        keepWeights();
    }
    const bool noAuc = m_config.schedule.watched == Monitor::Auc && !report.validation.auc;
    const Monitor watched = noAuc ? Monitor::Loss : m_config.schedule.watched;
    m_schedule->endEpoch(monitoredFigure(report.validation, watched), watched == Monitor::Loss);
}

bool Loop::finishEpoch()
{
    const double trainSeconds = m_epochWatch.seconds();
    const base::Stopwatch validating;
    at::Tensor logits;
    {
        std::optional<BorrowedWeights> averaged;
        if (m_average) {
            averaged.emplace(m_model.state(), m_average->state());
        }
        logits = validationLogits(m_context.stop);
    }
    if (!logits.defined()) {
        return false;
    }
    m_validationSeconds = validating.seconds();
    const PartFigures validation = figuresOf(logits, m_validation.labels, m_config.loss);
    if (!std::isfinite(validation.loss)) {
        throw Diverged(base::ErrorCode::Plan, "training",
            "the validation loss is not a finite number in epoch " + std::to_string(m_state.epoch + 1),
            "Lower training.learningRate and training.backboneLearningRate.");
    }
    EpochReport report = reportOf(validation, trainSeconds);
    judge(report);
    ++m_state.epoch;
    m_state.batch = 0;
    m_state.lossSum = m_state.epochSeconds = m_state.idleSeconds = 0.0;
    m_epochLogits = at::Tensor();
    m_lossSum.zero_();
    m_epochWatch.restart();
    m_context.observer.onEpoch(report);
    saveCheckpoint();
    return true;
}

} // namespace diascope::train
