// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Batches.h"

#include "train/FrozenFeatures.h"
#include "train/Losses.h"
#include "train/Mixing.h"

#include <torch/torch.h>

namespace diascope::train {

EpochBatches::EpochBatches(const TrainingData& data, const TrainConfig& config, const Normalisation& normalisation,
    std::vector<std::int64_t> order, int epoch, const FrozenFeatures* features)
    : m_data(data)
    , m_config(config)
    , m_normalisation(normalisation)
    , m_order(std::move(order))
    , m_ranges(batchRanges(static_cast<std::int64_t>(m_order.size()), config.batchSize))
    , m_epoch(epoch)
    , m_features(features)
    , m_rows(features != nullptr ? data.images.rows() : std::vector<std::int64_t>())
    ,
    // On the CPU a second thread would only take turns with the network's own.
    m_makesAhead(data.images.device().is_cpu() && !normalisation.mean.is_cpu())
{
}

Batch EpochBatches::take(int batch, std::int64_t outputs)
{
    if (m_features != nullptr) {
        return ofFeatures(batch, outputs);
    }
    if (m_makesAhead) {
        return m_batches.take(batch, count(), [this, outputs](int b) { return make(b, read(b), outputs); });
    }
    if (m_data.images.streams()) {
        return make(batch, m_pictures.take(batch, count(), [this](int b) { return read(b); }), outputs);
    }
    return make(batch, read(batch), outputs);
}

Pictures::Taken EpochBatches::read(int batch) const
{
    const BatchRange& range = m_ranges[static_cast<std::size_t>(batch)];
    return m_data.images.take({m_order.data() + range.begin, static_cast<std::size_t>(range.size())});
}

Batch EpochBatches::make(int batch, const Pictures::Taken& pictures, std::int64_t outputs) const
{
    const at::NoGradGuard noGrad;
    const BatchRange& range = m_ranges[static_cast<std::size_t>(batch)];
    const std::int64_t height = m_data.images.shape().height, width = m_data.images.shape().width;
    std::vector<AugmentDraw> draws;
    for (std::int64_t place = range.begin; m_config.augment && place < range.end; ++place) {
        draws.push_back(drawAugment(m_config.augmentation, {m_config.seed, m_epoch, place}, {height, width}));
    }
    const MixDraw mix = drawMix(m_config.mix, {m_config.seed, m_epoch, batch}, range.size(), height, width);
    Batch result;
    result.input = mixedPictures(makeInput(pictures.images, {pictures.rows, draws}, m_config.augmentation,
                                     m_normalisation, m_config.channelsLast),
        mix);
    result.targets = mixedTargets(hardTargets(range, outputs), mix);
    result.divisor = lossDivisor(result.targets, m_config.lossOptions);
    return result;
}

at::Tensor EpochBatches::hardTargets(const BatchRange& range, std::int64_t outputs) const
{
    const std::vector<std::int64_t> samples(m_order.begin() + range.begin, m_order.begin() + range.end);
    const at::Tensor drawn = torch::tensor(samples, torch::kInt64).to(m_data.labels.device());
    return targetsOf(m_data.labels.index_select(0, drawn), outputs, m_config.loss, at::kFloat);
}

Batch EpochBatches::ofFeatures(int batch, std::int64_t outputs) const
{
    const at::NoGradGuard noGrad;
    const BatchRange& range = m_ranges[static_cast<std::size_t>(batch)];
    std::vector<std::int64_t> rows;
    for (std::int64_t place = range.begin; place < range.end; ++place) {
        rows.push_back(m_rows[static_cast<std::size_t>(m_order[static_cast<std::size_t>(place)])]);
    }
    Batch result;
    result.input = m_features->take(rows, m_normalisation.mean.device());
    result.targets = hardTargets(range, outputs);
    result.divisor = lossDivisor(result.targets, m_config.lossOptions);
    return result;
}

} // namespace diascope::train
