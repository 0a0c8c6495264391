// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "base/Hash.h"
#include "nn/Classifier.h"
#include "train/Pause.h"

#include <torch/torch.h>

#include <bit>
#include <span>

namespace diascope::train {

using base::Error;
using base::ErrorCode;

namespace {

/// Takes numbers and texts one after another, doubles by their bits.
class Fingerprint {
public:
    Fingerprint& add(const std::string& text)
    {
        m_hash.update(text + ";");
        return *this;
    }
    Fingerprint& add(double value) { return add(std::to_string(std::bit_cast<std::uint64_t>(value))); }
    template <typename T> Fingerprint& addAll(const std::vector<T>& values)
    {
        add(std::to_string(values.size()));
        for (const T value : values) {
            add(static_cast<double>(value));
        }
        return *this;
    }
    void addLabels(const at::Tensor& tensor)
    {
        const at::Tensor labels = tensor.to(torch::kCPU, torch::kInt64).contiguous();
        m_hash.update(
            std::as_bytes(std::span(labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel()))));
    }
    [[nodiscard]] std::string hex() { return m_hash.hex(); }

private:
    base::Sha256 m_hash;
};

template <typename Enum> double number(Enum value)
{
    return static_cast<double>(static_cast<int>(value));
}

void addAugmentation(Fingerprint& print, const AugmentConfig& a)
{
    for (const double value :
        {a.mirror, a.upsideDown, a.affine.probability, a.affine.rotateDegrees, a.affine.shearDegrees, a.affine.scaleLow,
            a.affine.scaleHigh, a.affine.scaleAxesApart ? 1.0 : 0.0, a.affine.shift, a.elastic.probability,
            a.elastic.alpha, a.elastic.sigma, number(a.border), a.blur.probability,
            static_cast<double>(a.blur.smallest), static_cast<double>(a.blur.largest), a.tone.probability,
            a.tone.contrast, a.tone.brightness, a.holes.probability, static_cast<double>(a.holes.count),
            static_cast<double>(a.holes.height), static_cast<double>(a.holes.width), a.holes.fill}) {
        print.add(value);
    }
}

void addOptimisation(Fingerprint& print, const TrainConfig& c)
{
    const OptimiserOptions& o = c.optimiser;
    const ScheduleOptions& s = c.schedule;
    const LossOptions& l = c.lossOptions;
    for (const double value : {number(o.kind), o.beta1, o.beta2, o.epsilon, o.momentum, o.nesterov ? 1.0 : 0.0,
             o.smoothing, o.centred ? 1.0 : 0.0, number(s.kind), static_cast<double>(s.stepEpochs), s.factor,
             number(s.watched), static_cast<double>(s.patience), s.threshold, s.smallest,
             static_cast<double>(s.periodEpochs), s.warmup, s.divideFirst, s.divideLast, number(l.focal), l.focalAlpha,
             l.focalGamma, l.labelSmoothing, l.positiveWeight, c.clipNorm, c.emaDecay,
             static_cast<double>(c.freezeEpochs), static_cast<double>(c.microBatch)}) {
        print.add(value);
    }
    print.addAll(l.classWeights).add(c.trainable);
    if (Schedule::dependsOnLength(s)) { // only then does the planned length change the way there
        print.add(static_cast<double>(c.epochs));
    }
}

} // namespace

std::string Loop::fingerprint() const
{
    const TrainConfig& c = m_config;
    Fingerprint print;
    print.add(std::to_string(c.batchSize))
        .add(std::to_string(c.seed))
        .add(c.learningRate)
        .add(c.backboneLearningRate)
        .add(c.weightDecay);
    print.add(number(c.loss)).add(number(m_monitor)).add(c.augment ? 1.0 : 0.0).add(c.balance ? 1.0 : 0.0);
    print.addAll(c.mean)
        .addAll(c.stdDev)
        .add(number(c.sampler))
        .add(c.drawsPerSample)
        .add(number(c.precision))
        .add(c.channelsLast ? 1.0 : 0.0);
    print.add(c.mix.mixupProbability).add(c.mix.mixupAlpha).add(c.mix.cutmixProbability).add(c.mix.cutmixAlpha);
    if (c.keep == Keep::Last) { // only then: checkpoints from before there was a choice go on
        print.add("keep last");
    }
    addAugmentation(print, c.augmentation);
    addOptimisation(print, c);
    for (const TrainingData* part : {&m_training, &m_validation}) {
        const PictureShape& shape = part->images.shape();
        print.addAll(std::vector<std::int64_t>{shape.count, shape.channels, shape.height, shape.width})
            .add(number(shape.type));
        print.addLabels(part->labels);
    }
    return print.hex();
}

std::string Loop::differenceFrom(const Checkpoint& saved) const
{
    if (saved.threads != m_state.threads) {
        return "saved with " + std::to_string(saved.threads) + " threads, resumed with "
            + std::to_string(m_state.threads);
    }
    if (saved.buildId != m_state.buildId) {
        return "saved by " + saved.buildId + ", resumed by " + m_state.buildId;
    }
    if (saved.device != m_state.device || !m_onCpu) {
        return "saved on " + saved.device + ", resumed on " + m_state.device;
    }
    return {};
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
    Checkpoint saved = checkpointFromBytes(bytes, "checkpoint");
    if (saved.fingerprint != m_state.fingerprint) {
        throw Error(ErrorCode::Mismatch, "checkpoint", "it belongs to a run with other settings or other data",
            "Start a new run, or use the plan and the data of the old one.");
    }
    const std::string difference = differenceFrom(saved);
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
    saved.threads = m_state.threads;
    saved.device = m_state.device;
    saved.buildId = m_state.buildId;
    m_state = std::move(saved);
    if (!difference.empty() && m_state.notBitExactBecause.empty()) {
        m_state.notBitExactBecause = difference;
    }
    m_context.observer.onMessage("Resumed at epoch " + std::to_string(m_state.epoch + 1) + ", batch "
        + std::to_string(m_state.batch + 1)
        + (m_state.notBitExactBecause.empty() ? "." : ", not bit-identical: " + m_state.notBitExactBecause + "."));
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
    const std::string bytes = toBytes(state);
    for (;;) {
        try {
            m_context.sink->save(bytes, state.epoch, state.batch);
            return;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::DiskFull || m_context.pause == nullptr || m_context.stop.stop_requested()) {
                throw;
            }
            m_context.observer.onMessage(
                std::string(
                    "The disk is full, training is paused; the last checkpoint is intact. Make room, then go on. (")
                + error.what() + ")");
        }
        m_context.pause->close();
        m_context.pause->wait(m_context.stop);
    }
}

} // namespace diascope::train
