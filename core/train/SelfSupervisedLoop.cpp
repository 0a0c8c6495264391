// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/SelfSupervisedLoop.h"

#include "base/Text.h"
#include "nn/Classifier.h"
#include "train/Freeze.h"

#include <torch/torch.h>


namespace diascope::train {

using base::Error;
using base::ErrorCode;

namespace {

constexpr double kCollapsed = 0.1;

/// As published, a last batch that is not whole is left out; another one follows in another order in the next epoch.
std::vector<BatchRange> wholeBatches(std::int64_t count, int batchSize)
{
    std::vector<BatchRange> ranges = batchRanges(count, batchSize);
    if (ranges.size() > 1) {
        std::erase_if(ranges, [batchSize](const BatchRange& range) { return range.size() < batchSize; });
        ranges.back().end = ranges.back().begin + batchSize; // batchRanges() may have joined a last one of one picture
    }
    return ranges;
}

/// Channels of the last feature map for pictures of this size.
std::int64_t featuresOf(nn::Classifier& model, const PictureShape& pictures)
{
    const at::NoGradGuard noGrad;
    const nn::EvalGuard eval(model);
    return model.features(torch::zeros({1, pictures.channels, pictures.height, pictures.width})).size(1);
}

} // namespace

SelfSupervisedLoop::SelfSupervisedLoop(nn::Classifier& model, const TrainingData& pictures, const TrainConfig& config,
    const SelfSupervisedOptions& options, const FitContext& context)
    : m_model(model)
    , m_config(config)
    , m_context(context)
    , m_images(pictures.images)
    , m_count(pictures.images.count())
    , m_ranges(wholeBatches(m_count, config.batchSize))
    , m_heads({featuresOf(model, pictures.images.shape()), options.projection, options.bottleneck},
          base::Rng::stream(config.seed, "pretrain/heads").next64())
{
    m_state.threads = at::get_num_threads();
    m_state.device = config.device;
    m_state.buildId = config.buildId;
    m_state.fingerprint = fingerprint(options);
}

void SelfSupervisedLoop::place()
{
    const at::Device device(m_config.device);
    m_onCpu = device.is_cpu();
    m_model.to(device);
    if (m_config.channelsLast) {
        m_model.toChannelsLast();
    }
    for (const auto& [name, tensor] : m_heads.collect(nn::Module::Part::Both)) {
        tensor.set_data(tensor.detach().to(device));
    }
    m_normalisation = normalisationOf(m_config, m_images.shape().channels);
    const auto scalar = torch::TensorOptions().dtype(torch::kFloat64).device(device);
    m_lossSum = torch::zeros({}, scalar);
    m_spreadSum = torch::zeros({}, scalar);
}

void SelfSupervisedLoop::makeOptimiser()
{
    setTrainable(m_model, trainableBackbone(m_model, "all"));
    nn::State heads = m_heads.collect(nn::Module::Part::Parameters);
    std::erase_if(heads, [](const auto& entry) { return !entry.second.requires_grad(); });
    std::vector<ParameterGroup> groups{
        {m_model.backboneParameters(), m_config.backboneLearningRate}, {std::move(heads), m_config.learningRate}};
    OptimiserOptions options = m_config.optimiser;
    options.weightDecay = m_config.weightDecay;
    m_optimiser.emplace(std::move(groups), options);
    m_schedule.emplace(m_config.schedule, std::vector<double>{m_config.backboneLearningRate, m_config.learningRate},
        m_config.epochs, static_cast<int>(m_ranges.size()));
}

void SelfSupervisedLoop::choosePrecision()
{
    m_state.precision = m_config.precision;
    if (m_config.precision == Precision::Auto) {
        bool remembered = false;
        m_state.precision = train::choosePrecision(m_model, m_images.shape().height, m_images.shape().width,
            m_config.channelsLast, m_context.precisions, remembered).precision;
        m_context.observer.onMessage(m_state.precision == Precision::BFloat16 ? "The backbone computes in bfloat16."
                                                                              : "Everything is computed in float32.");
    }
}

SelfSupervisedOutcome SelfSupervisedLoop::run()
{
    place();
    makeOptimiser();
    if (m_context.resumeFrom.empty()) {
        choosePrecision();
        for (const std::string& note : m_config.augmentation.idleOperations()) {
            m_context.observer.onMessage(note);
        }
    } else {
        resume(m_context.resumeFrom);
    }
    while (m_state.epoch < m_config.epochs) {
        if (!trainEpoch()) {
            saveCheckpoint();
            return finish(RunState::Stopped);
        }
        finishEpoch();
    }
    return finish(RunState::Finished);
}

bool SelfSupervisedLoop::trainEpoch()
{
    m_epochWatch.restart();
    const std::vector<std::int64_t> alike(static_cast<std::size_t>(m_count), 0);
    SamplingConfig everything;
    everything.balance = false;
    everything.seed = m_config.seed;
    m_order = epochOrder(alike, m_state.epoch, everything);
    const auto batches = static_cast<int>(m_ranges.size());
    while (m_state.batch < batches) {
        if (!mayGoOn()) {
            return false;
        }
        trainBatch(m_ranges[static_cast<std::size_t>(m_state.batch)]);
        ++m_state.batch;
        reportBatch(m_state.batch == batches);
        if (m_config.checkpointBatches > 0 && m_state.batch % m_config.checkpointBatches == 0
            && m_state.batch < batches) {
            saveCheckpoint();
        }
    }
    return true;
}

void SelfSupervisedLoop::finishEpoch()
{
    const double draws = drawsDone(), seconds = m_state.epochSeconds + m_epochWatch.seconds();
    EpochReport report;
    report.repeat = m_config.repeat;
    report.fold = m_config.fold;
    report.epoch = m_state.epoch;
    report.epochs = m_config.epochs;
    report.train.loss = m_lossSum.item<double>() / draws;
    report.train.samples = static_cast<std::int64_t>(draws);
    report.spread = m_spreadSum.item<double>() / draws;
    report.learningRates = m_optimiser->learningRates();
    report.imagesPerSecond = draws / seconds;
    report.idlePercent = 100.0 * m_state.idleSeconds / seconds;
    report.seconds = seconds;
    m_state.bestEpoch = m_state.epoch;
    m_state.bestValidation.loss = report.train.loss;
    m_state.bestMonitored = *report.spread;
    ++m_state.epoch;
    m_state.batch = 0;
    m_state.lossSum = m_state.epochSeconds = m_state.idleSeconds = 0.0;
    m_lossSum.zero_();
    m_spreadSum.zero_();
    m_epochWatch.restart();
    m_context.observer.onEpoch(report);
    if (*report.spread < kCollapsed) {
        throw Error(ErrorCode::Plan, "training",
            "the network has collapsed: in epoch " + std::to_string(m_state.epoch)
                + " it gave nearly the same output for every picture (spread " + base::fixedText(*report.spread, 3)
                + ", below 0.1)",
            "Look whether the pictures differ at all. Lower the learning rates, or take a larger batch.");
    }
    saveCheckpoint();
}

SelfSupervisedOutcome SelfSupervisedLoop::finish(RunState state)
{
    SelfSupervisedOutcome outcome;
    outcome.state = state;
    outcome.epochsDone = m_state.epoch;
    outcome.loss = m_state.bestValidation.loss;
    outcome.spread = m_state.bestMonitored;
    outcome.notBitExactBecause = m_state.notBitExactBecause;
    outcome.bitExact = m_onCpu && m_state.notBitExactBecause.empty();
    m_optimiser->clearGradients();
    m_model.train(false);
    m_model.to(torch::kCPU);
    return outcome;
}

} // namespace diascope::train
