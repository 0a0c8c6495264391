// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Classifier.h"
#include "nn/RandomScope.h"
#include "train/Hold.h"
#include "train/Loop.h"
#include "train/Scope.h"
#include "train/SelfSupervisedLoop.h"

#include <torch/torch.h>

#include <cmath>
#include <span>

namespace diascope::train {

using base::Error;
using base::ErrorCode;

bool SelfSupervisedLoop::mayGoOn()
{
    const auto save = [this] {
        saveCheckpoint();
        m_state.epochSeconds += m_epochWatch.seconds(); // the pause itself does not count
    };
    return passGate(m_context, save, [this] { m_epochWatch.restart(); });
}

double SelfSupervisedLoop::drawsDone() const
{
    return m_state.batch > 0 ? static_cast<double>(m_ranges[static_cast<std::size_t>(m_state.batch - 1)].end) : 0.0;
}

void SelfSupervisedLoop::trainBatch(const BatchRange& range)
{
    m_optimiser->setLearningRates(m_schedule->rates(m_state.epoch, m_state.batch));
    if (const auto momentum = m_schedule->momentum(m_state.epoch, m_state.batch)) {
        m_optimiser->setMomentum(*momentum);
    }
    try {
        const base::Stopwatch preparing;
        const at::Tensor first = view(range, 0), second = view(range, 1);
        m_state.idleSeconds += preparing.seconds();
        learn(first, second);
    } catch (const std::exception& failure) {
        if (!isOutOfMemory(failure)) {
            throw;
        }
        // In parts it would be another training: batch norm compares the pictures of one pass.
        throw Error(ErrorCode::OutOfMemory, "training",
            "two views of " + std::to_string(range.size()) + " pictures do not fit into memory: " + failure.what(),
            "Lower training.batchSize, or use smaller pictures.");
    }
    if (m_onCpu) {
        checkFinite(); // free of charge here; an accelerator would have to be waited for
    }
}

at::Tensor SelfSupervisedLoop::view(const BatchRange& range, int number) const
{
    const at::NoGradGuard noGrad;
    const std::span<const std::int64_t> samples(m_order.data() + range.begin, static_cast<std::size_t>(range.size()));
    const PictureSize size{m_images.shape().height, m_images.shape().width};
    std::vector<AugmentDraw> draws;
    for (std::int64_t place = range.begin; place < range.end; ++place) { // each place of the epoch has two draws
        draws.push_back(drawAugment(m_config.augmentation, {m_config.seed, m_state.epoch, 2 * place + number}, size));
    }
    const Pictures::Taken pictures = m_images.take(samples);
    return makeInput(pictures.images, {pictures.rows, draws}, m_config.augmentation, m_normalisation, m_config.channelsLast);
}

void SelfSupervisedLoop::learn(const at::Tensor& first, const at::Tensor& second)
{
    const nn::RandomScope random(torchSeed(m_config.seed, m_state.epoch, m_state.batch), m_onCpu);
    m_model.train(true);
    m_optimiser->clearGradients();
    SiameseOutputs outputs;
    outputs.firstProjection = projection(first);
    outputs.secondProjection = projection(second);
    outputs.firstPrediction = m_heads.predict(outputs.firstProjection);
    outputs.secondPrediction = m_heads.predict(outputs.secondProjection);
    const at::Tensor losses = siameseLoss(outputs); // n
    losses.mean().backward();
    if (m_config.clipNorm > 0.0) {
        clipGradients(m_optimiser->gradients(), m_config.clipNorm);
    }
    m_optimiser->step();
    ++m_state.optimiserSteps;
    m_lossSum += losses.detach().to(torch::kFloat64).sum();
    m_spreadSum += outputSpread(outputs.firstProjection) * static_cast<double>(first.size(0));
}

at::Tensor SelfSupervisedLoop::projection(const at::Tensor& view)
{
    at::Tensor map;
    {
        const AutocastScope autocast(view.device(), m_state.precision);
        map = m_model.features(view); // n,features,h,w
    }
    return m_heads.project(map.to(torch::kFloat32));
}

void SelfSupervisedLoop::checkFinite() const
{
    if (!std::isfinite(m_lossSum.item<double>())) {
        throw Error(ErrorCode::Plan, "training",
            "the loss is not a finite number any more (epoch " + std::to_string(m_state.epoch + 1) + ", batch "
                + std::to_string(m_state.batch + 1) + ")",
            "Lower training.learningRate and training.backboneLearningRate.");
    }
}

void SelfSupervisedLoop::reportBatch(bool last)
{
    constexpr double kEverySeconds = 1.0 / 30.0;
    if (!last && m_lastReport.seconds() < kEverySeconds) {
        return;
    }
    m_lastReport.restart();
    checkFinite();
    const double done = drawsDone(), draws = static_cast<double>(m_ranges.back().end);
    const double seconds = m_state.epochSeconds + m_epochWatch.seconds();
    BatchProgress progress;
    progress.repeat = m_config.repeat;
    progress.fold = m_config.fold;
    progress.epoch = m_state.epoch;
    progress.epochs = m_config.epochs;
    progress.batch = m_state.batch;
    progress.batches = static_cast<int>(m_ranges.size());
    progress.loss = m_lossSum.item<double>() / done;
    progress.imagesPerSecond = done / seconds;
    progress.secondsLeft = (m_config.epochs - m_state.epoch - done / draws) * seconds * draws / done;
    m_context.observer.onBatch(progress);
}

} // namespace diascope::train
