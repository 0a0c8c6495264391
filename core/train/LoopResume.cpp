// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "nn/Classifier.h"
#include "train/Fingerprint.h"
#include "train/Hold.h"
#include "train/Scope.h"

#include <torch/torch.h>

namespace diascope::train {

std::string Loop::fingerprint() const
{
    const TrainConfig& c = m_config;
    Fingerprint print;
    print.add(std::to_string(c.batchSize))
        .add(std::to_string(c.seed))
        .add(c.learningRate)
        .add(c.backboneLearningRate)
        .add(c.weightDecay);
    print.addWord(c.loss).addWord(m_monitor).add(c.augment ? 1.0 : 0.0).add(c.balance ? 1.0 : 0.0);
    print.addAll(c.mean)
        .addAll(c.stdDev)
        .addWord(c.sampler)
        .add(c.drawsPerSample)
        .addWord(c.precision)
        .add(c.channelsLast ? 1.0 : 0.0);
    print.add(c.mix.mixupProbability).add(c.mix.mixupAlpha).add(c.mix.cutmixProbability).add(c.mix.cutmixAlpha);
    if (c.keep == Keep::Last) { // only then: checkpoints from before there was a choice go on
        print.add("keep last");
    }
    print.addAugmentation(c.augmentation);
    print.addOptimisation(c);
    for (const TrainingData* part : {&m_training, &m_validation}) {
        const PictureShape& shape = part->images.shape();
        print.addAll(std::vector<std::int64_t>{shape.count, shape.channels, shape.height, shape.width})
            .addWord(shape.type);
        print.addLabels(part->labels);
    }
    return print.hex();
}

nn::State Loop::optimiserState() const
{
    nn::State state = m_optimiser->state();
    if (m_scaler) {
        state.emplace_back("scaler/scale", m_scaler->scale());
        state.emplace_back("scaler/goodSteps", m_scaler->goodSteps());
    }
    return state;
}

void Loop::resume(const std::string& bytes)
{
    Checkpoint saved = continuedFrom(bytes, m_state);
    if (saved.precision == Precision::Float16) {
        m_scaler.emplace(at::Device(m_config.device));
    }
    copyInto(saved.weights, m_model.state(), "checkpoint");
    copyInto(saved.moments, optimiserState(), "checkpoint");
    copyInto(saved.average, m_average ? m_average->state() : nn::State(), "checkpoint");
    m_schedule->restore(saved.plateau);
    m_kept = std::move(saved.best);
    if (saved.epochLogits.defined() && saved.epochLogits.numel() > 0) {
        m_epochLogits = saved.epochLogits.to(at::Device(m_config.device));
    }
    saved.epochLogits = at::Tensor();
    saved.weights.clear();
    saved.moments.clear();
    saved.average.clear();
    m_state = std::move(saved);
    m_context.observer.onMessage(resumeNote(m_state));
}

Checkpoint Loop::checkpoint()
{
    Checkpoint checkpoint = m_state;
    if (m_state.batch > 0) {
        checkFinite();
        checkpoint.lossSum = m_lossSum.item<double>();
        checkpoint.epochSeconds = m_state.epochSeconds + m_epochWatch.seconds();
        checkpoint.epochLogits = m_epochLogits;
    }
    checkpoint.plateau = m_schedule->state();
    checkpoint.weights = m_model.state();
    checkpoint.best = m_kept;
    checkpoint.moments = optimiserState();
    checkpoint.average = m_average ? m_average->state() : nn::State();
    return checkpoint;
}

void Loop::saveCheckpoint()
{
    if (m_context.sink == nullptr) {
        return;
    }
    const Checkpoint state = checkpoint();
    constexpr std::size_t kLarge = std::size_t{64} << 20U;
    if (sizeOf(state) > kLarge) {
        m_optimiser->clearGradients(); // the next batch would do it
        releaseFreedMemory();
    }
    saveOrWait(m_context, {toBytes(state), state.epoch, state.batch});
}

} // namespace diascope::train
