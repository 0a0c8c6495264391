// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Hash.h"
#include "nn/Classifier.h"
#include "nn/RandomScope.h"
#include "train/Freeze.h"
#include "train/Hold.h"
#include "train/Loop.h"
#include "train/Losses.h"
#include "train/Scope.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace diascope::train {

namespace {

constexpr double kReportEverySeconds = 1.0 / 30.0;

} // namespace

std::uint64_t torchSeed(std::uint64_t seed, int epoch, int batch)
{
    return base::splitmix64(base::splitmix64(seed ^ base::splitmix64(static_cast<std::uint64_t>(epoch)))
        + static_cast<std::uint64_t>(batch));
}

bool Loop::trainEpoch()
{
    enterStage();
    m_epochWatch.restart();
    const base::Stopwatch ordering;
    EpochBatches batches(m_training, m_config, m_normalisation,
        epochOrder(
            m_labels, m_state.epoch, {m_config.balance, m_config.seed, m_config.sampler, m_config.drawsPerSample}),
        m_state.epoch, m_trainingFeatures.features.get());
    m_order = batches.order();
    const at::Device device(m_config.device);
    if (m_state.batch == 0) {
        m_state.lossSum = m_state.epochSeconds = m_state.idleSeconds = 0.0;
        m_epochLogits = at::Tensor();
    }
    m_lossSum = torch::full({}, m_state.lossSum, torch::TensorOptions().dtype(torch::kFloat64).device(device));
    m_state.idleSeconds += ordering.seconds();
    while (m_state.batch < batches.count()) {
        if (!mayGoOn()) {
            return false;
        }
        trainBatch(batches);
        ++m_state.batch;
        reportBatch(m_state.batch == batches.count());
        if (m_config.checkpointBatches > 0 && m_state.batch % m_config.checkpointBatches == 0
            && m_state.batch < batches.count()) {
            saveCheckpoint();
        }
    }
    return true;
}

bool Loop::mayGoOn()
{
    const auto save = [this] {
        saveCheckpoint();
        m_state.epochSeconds += m_epochWatch.seconds(); // the pause itself does not count
    };
    return passGate(m_context, save, [this] { m_epochWatch.restart(); });
}

void Loop::trainBatch(EpochBatches& batches)
{
    const BatchRange range = batches.range(m_state.batch);
    m_optimiser->setLearningRates(m_schedule->rates(m_state.epoch, m_state.batch));
    if (const auto momentum = m_schedule->momentum(m_state.epoch, m_state.batch)) {
        m_optimiser->setMomentum(*momentum);
    }
    for (;;) {
        try {
            const base::Stopwatch preparing;
            const Batch batch = batches.take(m_state.batch, m_model.spec().outputs);
            m_state.idleSeconds += preparing.seconds();
            const nn::RandomScope random(torchSeed(m_config.seed, m_state.epoch, m_state.batch), m_onCpu);
            m_optimiser->clearGradients();
            at::Tensor loss = torch::zeros_like(m_lossSum);
            for (const BatchRange& part : batchRanges(
                     range.size(), m_state.microBatch > 0 ? m_state.microBatch : static_cast<int>(range.size()))) {
                loss += forwardBackward(batch, part, range.begin);
            }
            m_lossSum += loss * (static_cast<double>(range.size()) / batch.divisor);
            if (m_onCpu) {
                checkFinite(); // free of charge here; an accelerator would have to be waited for
            }
            applyGradients();
            return;
        } catch (const std::exception& failure) {
            if (!isOutOfMemory(failure)) {
                throw;
            }
            shrinkMicroBatch(failure.what());
        }
    }
}

at::Tensor Loop::forwardBackward(const Batch& batch, const BatchRange& part, std::int64_t firstDraw)
{
    const at::Tensor logits = outputs(batch.input.slice(0, part.begin, part.end)); // n,outputs
    const at::Tensor loss
        = elementLosses(logits, batch.targets.slice(0, part.begin, part.end), m_config.loss, m_config.lossOptions)
              .sum();
    const at::Tensor share = loss / batch.divisor;
    (m_scaler ? m_scaler->scaled(share) : share).backward();
    const at::NoGradGuard noGrad;
    if (!m_epochLogits.defined()) {
        m_epochLogits = torch::zeros({static_cast<std::int64_t>(m_order.size()), logits.size(1)},
            torch::TensorOptions().device(logits.device()));
    }
    m_epochLogits.slice(0, firstDraw + part.begin, firstDraw + part.end).copy_(logits.detach());
    return loss.detach().to(torch::kFloat64);
}

at::Tensor Loop::outputs(const at::Tensor& input)
{
    if (m_trainingFeatures.features != nullptr) {
        m_model.train(true);
        return m_model.logits(input);
    }
    at::Tensor features;
    if (m_frozenBackbone) {
        // Frozen whole: no graph is kept, and its batch norms do not drift.
        m_model.train(false);
        const at::NoGradGuard noGrad;
        const AutocastScope autocast(input.device(), m_state.precision);
        features = m_model.features(input);
        m_model.train(true);
    } else {
        trainUnfrozen(m_model);
        const AutocastScope autocast(input.device(), m_state.precision);
        features = m_model.features(input);
    }
    return m_model.head(features.to(torch::kFloat32));
}

void Loop::applyGradients()
{
    if (m_scaler && !m_scaler->unscale(m_optimiser->gradients())) {
        return; // as torch.amp: a step with infinite gradients is left out, the scale is lower now
    }
    if (m_config.clipNorm > 0.0) {
        clipGradients(m_optimiser->gradients(), m_config.clipNorm);
    }
    m_optimiser->step();
    ++m_state.optimiserSteps;
    if (m_average) {
        m_average->update(m_state.optimiserSteps);
    }
}

void Loop::shrinkMicroBatch(const std::string& why)
{
    const int before = m_state.microBatch > 0 ? m_state.microBatch : m_config.batchSize;
    if (before <= 2) {
        throw base::Error(base::ErrorCode::OutOfMemory, "training", "two images at once do not fit into memory: " + why,
            "Use smaller images or a smaller network, or close other programs.");
    }
    m_state.microBatch = std::max(2, before / 2);
    m_state.notBitExactBecause = "memory ran out in epoch " + std::to_string(m_state.epoch + 1)
        + ", so batches are computed in parts of " + std::to_string(m_state.microBatch);
    m_context.observer.onMessage("Memory ran out: batches of " + std::to_string(m_config.batchSize)
        + " are now computed in parts of " + std::to_string(m_state.microBatch)
        + ". The optimiser still sees whole batches; batch normalisation sees the parts.");
}

void Loop::checkFinite()
{
    if (!std::isfinite(m_lossSum.item<double>())) {
        throw Diverged(base::ErrorCode::Plan, "training",
            "the loss is not a finite number any more (epoch " + std::to_string(m_state.epoch + 1) + ", batch "
                + std::to_string(m_state.batch + 1) + ")",
            "Lower training.learningRate and training.backboneLearningRate, and look at the images for odd ones.");
    }
}

void Loop::reportBatch(bool last)
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
    progress.batches = m_batchesPerEpoch;
    progress.loss = m_lossSum.item<double>() / done;
    progress.imagesPerSecond = done / seconds;
    const double epochsLeft = m_config.epochs - m_state.epoch - done / draws;
    progress.secondsLeft = epochsLeft * (seconds * draws / done + m_validationSeconds);
    m_context.observer.onBatch(progress);
}

} // namespace diascope::train
