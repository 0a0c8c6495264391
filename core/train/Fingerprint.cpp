// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Fingerprint.h"

#include "train/Schedule.h"

#include <torch/torch.h>

#include <bit>
#include <span>

namespace diascope::train {

namespace {

template <typename Enum> double number(Enum value)
{
    return static_cast<double>(static_cast<int>(value));
}

} // namespace

Fingerprint& Fingerprint::add(const std::string& text)
{
    m_hash.update(text + ";");
    return *this;
}

Fingerprint& Fingerprint::add(double value)
{
    return add(std::to_string(std::bit_cast<std::uint64_t>(value)));
}

void Fingerprint::addLabels(const at::Tensor& tensor)
{
    const at::Tensor labels = tensor.to(torch::kCPU, torch::kInt64).contiguous();
    m_hash.update(
        std::as_bytes(std::span(labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel()))));
}

void Fingerprint::addAugmentation(const AugmentConfig& a)
{
    for (const double value :
        {a.mirror, a.upsideDown, a.affine.probability, a.affine.rotateDegrees, a.affine.shearDegrees, a.affine.scaleLow,
            a.affine.scaleHigh, a.affine.scaleAxesApart ? 1.0 : 0.0, a.affine.shift, a.elastic.probability,
            a.elastic.alpha, a.elastic.sigma, number(a.border), a.blur.probability,
            static_cast<double>(a.blur.smallest), static_cast<double>(a.blur.largest), a.tone.probability,
            a.tone.contrast, a.tone.brightness, a.holes.probability, static_cast<double>(a.holes.count),
            static_cast<double>(a.holes.height), static_cast<double>(a.holes.width), a.holes.fill, a.crop.probability,
            a.crop.areaLow, a.crop.areaHigh, a.crop.aspectLow, a.crop.aspectHigh}) {
        add(value);
    }
}

void Fingerprint::addOptimisation(const TrainConfig& c)
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
        add(value);
    }
    addAll(l.classWeights).add(c.trainable);
    if (Schedule::dependsOnLength(s)) { // only then does the planned length change the way there
        add(static_cast<double>(c.epochs));
    }
}

} // namespace diascope::train
