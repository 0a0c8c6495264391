// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "nn/Classifier.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

namespace {

constexpr double kReportEverySeconds = 1.0 / 30.0;

} // namespace

void Loop::reportBatch(std::size_t batches, bool last)
{
    if (!last && m_lastReport.seconds() < kReportEverySeconds) {
        return;
    }
    m_lastReport.restart();
    checkFinite();
    const auto draws = static_cast<double>(m_order.size());
    const double done = std::min(draws, static_cast<double>(m_state.batch) * m_config.batchSize);
    const double seconds = m_state.epochSeconds + m_epochWatch.seconds();
    BatchProgress progress;
    progress.repeat = m_config.repeat;
    progress.fold = m_config.fold;
    progress.epoch = m_state.epoch;
    progress.epochs = m_config.epochs;
    progress.batch = m_state.batch;
    progress.batches = static_cast<int>(batches);
    progress.loss = m_lossSum.item<double>() / done;
    progress.imagesPerSecond = done / seconds;
    const double epochsLeft = m_config.epochs - m_state.epoch - done / draws;
    progress.secondsLeft = epochsLeft * (seconds * draws / done + m_validationSeconds);
    m_context.observer.onBatch(progress);
}

double Loop::monitoredOf(const PartFigures& figures) const
{
    return m_monitor == Monitor::Loss ? figures.loss : figures.auc.value_or(0.0);
}

bool Loop::improves(const PartFigures& figures) const
{
    if (m_state.bestEpoch < 0) {
        return true;
    }
    const double now = monitoredOf(figures);
    return m_monitor == Monitor::Loss ? now < m_state.bestMonitored : now > m_state.bestMonitored;
}

void Loop::takeBest(const PartFigures& figures)
{
    m_state.bestEpoch = m_state.epoch;
    m_state.bestMonitored = monitoredOf(figures);
    m_state.bestValidation = figures;
    m_best = nn::deepCopy(m_model.state());
}

bool Loop::finishEpoch()
{
    const double trainSeconds = m_epochWatch.seconds();
    const base::Stopwatch validating;
    const at::Tensor logits = logitsOf(m_model, m_validation.images, m_config, m_context.stop);
    if (!logits.defined()) {
        return false;
    }
    m_validationSeconds = validating.seconds();
    EpochReport report;
    report.repeat = m_config.repeat;
    report.fold = m_config.fold;
    report.epoch = m_state.epoch;
    report.epochs = m_config.epochs;
    report.validation = figuresOf(logits, m_validation.labels, m_config.loss);
    if (!std::isfinite(report.validation.loss)) {
        throw base::Error(base::ErrorCode::Plan, "training", "the validation loss is not a finite number in epoch " + std::to_string(m_state.epoch + 1),
                          "Lower training.learningRate and training.backboneLearningRate.");
    }
    const at::Tensor order = torch::from_blob(m_order.data(), {static_cast<std::int64_t>(m_order.size())}, torch::kInt64);
    report.train = figuresOf(m_epochLogits, m_training.labels.to(torch::kCPU).index_select(0, order), m_config.loss);
    report.train.loss = m_lossSum.item<double>() / static_cast<double>(m_order.size());
    report.learningRates = m_optimiser->learningRates();
    const double seconds = m_state.epochSeconds + trainSeconds;
    report.imagesPerSecond = static_cast<double>(m_order.size()) / seconds;
    report.idlePercent = 100.0 * m_state.idleSeconds / seconds;
    report.seconds = seconds + m_validationSeconds;

    report.best = improves(report.validation);
    m_state.staleEpochs = report.best ? 0 : m_state.staleEpochs + 1;
    // Of epochs with the same AUC (usual with few validation images) the one with the lower loss is kept; patience runs on.
    const bool tieBroken = !report.best && monitoredOf(report.validation) == m_state.bestMonitored && report.validation.loss < m_state.bestValidation.loss;
    if (report.best || tieBroken) {
        takeBest(report.validation);
    }
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

void Loop::saveCheckpoint()
{
    if (m_context.sink == nullptr) {
        return;
    }
    Checkpoint checkpoint = m_state;
    if (m_state.batch > 0) {
        checkFinite();
        checkpoint.lossSum = m_lossSum.item<double>();
        checkpoint.epochSeconds = m_state.epochSeconds + m_epochWatch.seconds();
        checkpoint.epochLogits = m_epochLogits;
    }
    checkpoint.optimiserSteps = m_optimiser->steps();
    checkpoint.weights = m_model.state();
    checkpoint.best = m_best;
    checkpoint.moments = m_optimiser->moments();
    m_context.sink->save(toBytes(checkpoint), checkpoint.epoch, checkpoint.batch);
}

TrainOutcome Loop::finish(RunState state, bool stoppedEarly)
{
    TrainOutcome outcome;
    outcome.state = state;
    outcome.epochsDone = m_state.epoch;
    outcome.stoppedEarly = stoppedEarly;
    outcome.bestEpoch = m_state.bestEpoch;
    outcome.bestMonitored = m_state.bestMonitored;
    outcome.bestValidation = m_state.bestValidation;
    outcome.monitor = m_monitor;
    outcome.notBitExactBecause = m_state.notBitExactBecause;
    outcome.bitExact = m_onCpu && m_state.notBitExactBecause.empty();
    m_optimiser->clearGradients();
    if (!m_best.empty()) {
        copyInto(m_best, m_model.state(), "best epoch");
        if (state == RunState::Finished) {
            outcome.validationLogits = logitsOf(m_model, m_validation.images, m_config);
        }
    }
    m_model.train(false);
    m_model.to(torch::kCPU);
    return outcome;
}

} // namespace diascope::train
