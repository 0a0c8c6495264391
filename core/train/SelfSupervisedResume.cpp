// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Classifier.h"
#include "train/Fingerprint.h"
#include "train/Hold.h"
#include "train/SelfSupervisedLoop.h"

#include <torch/torch.h>

namespace diascope::train {

std::string SelfSupervisedLoop::fingerprint(const SelfSupervisedOptions& options) const
{
    const TrainConfig& c = m_config;
    Fingerprint print;
    print.add("without labels").add(std::to_string(c.batchSize)).add(std::to_string(c.seed));
    print.add(c.learningRate).add(c.backboneLearningRate).add(c.weightDecay);
    print.add(options.projection).add(options.bottleneck);
    print.addAll(c.mean).addAll(c.stdDev).addWord(c.precision).add(c.channelsLast ? 1.0 : 0.0);
    print.addAugmentation(c.augmentation);
    print.addOptimisation(c);
    const PictureShape& shape = m_images.shape();
    print.addAll(std::vector<std::int64_t>{shape.count, shape.channels, shape.height, shape.width}).addWord(shape.type);
    return print.hex();
}

nn::State SelfSupervisedLoop::weights() const
{
    nn::State all = m_model.state();
    for (const auto& [name, tensor] : m_heads.collect(nn::Module::Part::Both)) {
        all.emplace_back("simsiam." + name, tensor);
    }
    return all;
}

nn::State SelfSupervisedLoop::moments() const
{
    nn::State all = m_optimiser->state();
    all.emplace_back("epoch/spreadSum", m_spreadSum);
    return all;
}

void SelfSupervisedLoop::resume(const std::string& bytes)
{
    Checkpoint saved = continuedFrom(bytes, m_state);
    copyInto(saved.weights, weights(), "checkpoint");
    copyInto(saved.moments, moments(), "checkpoint");
    m_lossSum.fill_(saved.lossSum);
    m_schedule->restore(saved.plateau);
    saved.weights.clear();
    saved.moments.clear();
    m_state = std::move(saved);
    m_context.observer.onMessage(resumeNote(m_state));
}

void SelfSupervisedLoop::saveCheckpoint()
{
    if (m_context.sink == nullptr) {
        return;
    }
    Checkpoint checkpoint = m_state;
    if (m_state.batch > 0) {
        checkFinite();
        checkpoint.lossSum = m_lossSum.item<double>();
        checkpoint.epochSeconds = m_state.epochSeconds + m_epochWatch.seconds();
    }
    checkpoint.plateau = m_schedule->state();
    checkpoint.weights = weights();
    checkpoint.moments = moments();
    saveOrWait(m_context, {toBytes(checkpoint), checkpoint.epoch, checkpoint.batch});
}

} // namespace diascope::train
