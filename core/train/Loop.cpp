// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "base/Hash.h"
#include "nn/Classifier.h"
#include "train/Scope.h"

#include <torch/torch.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace diascope::train {

using base::Error;
using base::ErrorCode;

namespace {

/// The generator of torch's own draws (dropout), keyed by place: a resumed run needs no saved generator.
std::uint64_t torchSeed(std::uint64_t seed, int epoch, int batch)
{
    return base::splitmix64(base::splitmix64(seed ^ base::splitmix64(static_cast<std::uint64_t>(epoch))) + static_cast<std::uint64_t>(batch));
}

at::Tensor lossOf(const at::Tensor& logits, const at::Tensor& labels, Loss loss)
{
    if (loss == Loss::BinaryCrossEntropy) {
        return torch::binary_cross_entropy_with_logits(logits.squeeze(1), labels.to(logits.dtype()));
    }
    return torch::cross_entropy_loss(logits, labels);
}

} // namespace

Loop::Loop(nn::Classifier& model, const TrainingData& training, const TrainingData& validation, const TrainConfig& config,
           const FitContext& context)
    : m_model(model), m_config(config), m_context(context), m_training(training), m_validation(validation)
{
    const at::Tensor labels = training.labels.to(torch::kCPU, torch::kInt64).contiguous();
    m_labels.assign(labels.const_data_ptr<std::int64_t>(), labels.const_data_ptr<std::int64_t>() + labels.numel());
    m_frozenBackbone = config.backboneLearningRate == 0.0;
    m_state.threads = at::get_num_threads();
    m_state.device = config.device;
    m_state.buildId = config.buildId;
    chooseMonitor();
    m_state.fingerprint = fingerprint();
}

void Loop::placeData()
{
    const at::Device device(m_config.device);
    m_onCpu = device.is_cpu();
    m_model.to(device);
    m_training.labels = m_training.labels.to(device);
    m_normalisation = normalisationOf(m_config, m_training.images.size(1));
    if (m_onCpu) {
        return;
    }
    try {
        const at::Tensor training = m_training.images.to(device);
        m_validation.images = m_validation.images.to(device);
        m_training.images = training;
    } catch (const c10::OutOfMemoryError&) {
        m_context.observer.onMessage("The images do not fit into the accelerator's memory; each batch is copied to it.");
    }
}

void Loop::makeOptimiser()
{
    ParameterGroup backbone{m_model.backboneParameters(), m_config.backboneLearningRate};
    ParameterGroup head{m_model.headParameters(), m_config.learningRate};
    for (auto& [name, parameter] : backbone.parameters) {
        parameter.set_requires_grad(!m_frozenBackbone);
    }
    std::vector<ParameterGroup> groups;
    if (!m_frozenBackbone) {
        groups.push_back(std::move(backbone));
    }
    groups.push_back(std::move(head));
    AdamWOptions options;
    options.weightDecay = m_config.weightDecay;
    m_optimiser.emplace(std::move(groups), options);
}

void Loop::chooseMonitor()
{
    m_monitor = m_config.monitor;
    const at::Tensor labels = m_validation.labels;
    const bool oneClass = labels.numel() > 0 && (labels == labels[0]).all().item<bool>();
    if (m_monitor == Monitor::Auc && oneClass) {
        m_monitor = Monitor::Loss;
        m_context.observer.onMessage("The validation part holds one class only, so its AUC is undefined: the validation loss is monitored instead.");
    }
}

std::string Loop::fingerprint() const
{
    base::Sha256 hash;
    const auto add = [&hash](const std::string& text) { hash.update(text + ";"); };
    add(std::to_string(m_config.batchSize));
    add(std::to_string(m_config.seed));
    for (const double value : {m_config.learningRate, m_config.backboneLearningRate, m_config.weightDecay}) {
        add(std::to_string(std::bit_cast<std::uint64_t>(value)));
    }
    add(std::to_string(static_cast<int>(m_config.loss)) + std::to_string(static_cast<int>(m_monitor)));
    add(std::to_string(m_config.augment) + std::to_string(m_config.balance));
    for (const auto* values : {&m_config.mean, &m_config.stdDev}) {
        for (const float value : *values) {
            add(std::to_string(std::bit_cast<std::uint32_t>(value)));
        }
    }
    for (const TrainingData* part : {&m_training, &m_validation}) {
        for (const std::int64_t size : part->images.sizes()) {
            add(std::to_string(size));
        }
        const at::Tensor labels = part->labels.to(torch::kCPU, torch::kInt64).contiguous();
        hash.update(std::as_bytes(std::span(labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel()))));
    }
    return hash.hex();
}

void Loop::resume(const std::string& bytes)
{
    Checkpoint saved = checkpointFromBytes(bytes, "checkpoint");
    if (saved.fingerprint != m_state.fingerprint) {
        throw Error(ErrorCode::Mismatch, "checkpoint", "it belongs to a run with other settings or other data",
                    "Start a new run, or use the plan and the data of the old one.");
    }
    std::string difference;
    if (saved.threads != m_state.threads) {
        difference = "saved with " + std::to_string(saved.threads) + " threads, resumed with " + std::to_string(m_state.threads);
    } else if (saved.buildId != m_state.buildId) {
        difference = "saved by " + saved.buildId + ", resumed by " + m_state.buildId;
    } else if (saved.device != m_state.device || !m_onCpu) {
        difference = "saved on " + saved.device + ", resumed on " + m_state.device;
    }
    copyInto(saved.weights, m_model.state(), "checkpoint");
    copyInto(saved.moments, m_optimiser->moments(), "checkpoint");
    m_optimiser->setSteps(saved.optimiserSteps);
    m_best = std::move(saved.best);
    if (saved.epochLogits.defined() && saved.epochLogits.numel() > 0) {
        m_epochLogits = saved.epochLogits.to(at::Device(m_config.device));
    }
    saved.epochLogits = at::Tensor();
    saved.weights.clear();
    saved.moments.clear();
    saved.threads = m_state.threads;
    saved.device = m_state.device;
    saved.buildId = m_state.buildId;
    m_state = std::move(saved);
    if (!difference.empty() && m_state.notBitExactBecause.empty()) {
        m_state.notBitExactBecause = difference;
    }
    m_context.observer.onMessage("Resumed at epoch " + std::to_string(m_state.epoch + 1) + ", batch " + std::to_string(m_state.batch + 1) +
                                 (m_state.notBitExactBecause.empty() ? "." : ", not bit-identical: " + m_state.notBitExactBecause + "."));
}

TrainOutcome Loop::run()
{
    placeData();
    makeOptimiser();
    if (!m_context.resumeFrom.empty()) {
        resume(m_context.resumeFrom);
    }
    const auto patienceIsOver = [this] { return m_config.patience > 0 && m_state.staleEpochs >= m_config.patience; };
    while (m_state.epoch < m_config.epochs && !patienceIsOver()) {
        if (!trainEpoch() || !finishEpoch()) {
            saveCheckpoint();
            return finish(RunState::Stopped, false);
        }
    }
    return finish(RunState::Finished, m_state.epoch < m_config.epochs);
}

bool Loop::trainEpoch()
{
    m_epochWatch.restart();
    const base::Stopwatch ordering;
    m_order = epochOrder(m_labels, m_state.epoch, {m_config.balance, m_config.seed});
    const std::vector<BatchRange> ranges = batchRanges(static_cast<std::int64_t>(m_order.size()), m_config.batchSize);
    const at::Device device(m_config.device);
    if (m_state.batch == 0) {
        m_state.lossSum = m_state.epochSeconds = m_state.idleSeconds = 0.0;
        m_epochLogits = at::Tensor();
    }
    m_lossSum = torch::full({}, m_state.lossSum, torch::TensorOptions().dtype(torch::kFloat64).device(device));
    m_state.idleSeconds += ordering.seconds();
    while (m_state.batch < static_cast<int>(ranges.size())) {
        if (m_context.stop.stop_requested()) {
            return false;
        }
        trainBatch(ranges[static_cast<std::size_t>(m_state.batch)]);
        ++m_state.batch;
        reportBatch(ranges.size(), m_state.batch == static_cast<int>(ranges.size()));
    }
    return true;
}

void Loop::trainBatch(const BatchRange& range)
{
    for (;;) {
        try {
            torch::manual_seed(torchSeed(m_config.seed, m_state.epoch, m_state.batch));
            m_optimiser->clearGradients();
            at::Tensor loss = torch::zeros_like(m_lossSum);
            for (const BatchRange& chunk : batchRanges(range.size(), m_state.microBatch > 0 ? m_state.microBatch : static_cast<int>(range.size()))) {
                loss += forwardBackward({range.begin + chunk.begin, range.begin + chunk.end}, range.size());
            }
            m_lossSum += loss;
            if (m_onCpu) {
                checkFinite(); // free of charge here; an accelerator would have to be waited for
            }
            m_optimiser->step();
            return;
        } catch (const std::exception& failure) {
            if (!isOutOfMemory(failure)) {
                throw;
            }
            shrinkMicroBatch(failure.what());
        }
    }
}

at::Tensor Loop::forwardBackward(const BatchRange& chunk, std::int64_t batchSize)
{
    const base::Stopwatch preparing;
    const at::Device device(m_config.device);
    const at::Tensor drawn = torch::from_blob(m_order.data() + chunk.begin, {chunk.size()}, torch::kInt64).clone();
    const at::Tensor images = m_training.images.index_select(0, drawn.to(m_training.images.device())).to(device); // N,C,H,W uint8
    std::vector<AugmentDraw> draws;
    for (std::int64_t place = chunk.begin; m_config.augment && place < chunk.end; ++place) {
        draws.push_back(drawAugment(m_config.seed, m_state.epoch, place));
    }
    const at::Tensor input = makeInput(images, draws, m_normalisation);
    const at::Tensor labels = m_training.labels.index_select(0, drawn.to(device));
    m_state.idleSeconds += preparing.seconds();

    const at::Tensor logits = outputs(input); // N,outputs
    const double share = static_cast<double>(chunk.size()) / static_cast<double>(batchSize);
    const at::Tensor loss = lossOf(logits, labels, m_config.loss);
    (loss * share).backward();
    const at::NoGradGuard noGrad;
    if (!m_epochLogits.defined()) {
        m_epochLogits = torch::zeros({static_cast<std::int64_t>(m_order.size()), logits.size(1)}, torch::TensorOptions().device(device));
    }
    m_epochLogits.slice(0, chunk.begin, chunk.end).copy_(logits.detach());
    return loss.detach().to(torch::kFloat64) * static_cast<double>(chunk.size());
}

at::Tensor Loop::outputs(const at::Tensor& input)
{
    if (!m_frozenBackbone) {
        m_model.train(true);
        return m_model.forward(input);
    }
    // A frozen backbone is frozen whole: its batch norms must not drift either.
    m_model.train(false);
    at::Tensor features;
    {
        const at::NoGradGuard noGrad;
        features = m_model.features(input);
    }
    m_model.train(true);
    return m_model.head(features);
}

void Loop::shrinkMicroBatch(const std::string& why)
{
    const int before = m_state.microBatch > 0 ? m_state.microBatch : m_config.batchSize;
    if (before <= 2) {
        throw Error(ErrorCode::OutOfMemory, "training", "two images at once do not fit into memory: " + why,
                    "Use smaller images or a smaller network, or close other programs.");
    }
    m_state.microBatch = std::max(2, before / 2);
    m_state.notBitExactBecause = "memory ran out in epoch " + std::to_string(m_state.epoch + 1) + ", so batches are computed in parts of " +
                                 std::to_string(m_state.microBatch);
    m_context.observer.onMessage("Memory ran out: batches of " + std::to_string(m_config.batchSize) + " are now computed in parts of " +
                                 std::to_string(m_state.microBatch) + ". The optimiser still sees whole batches; batch normalisation sees the parts.");
}

void Loop::checkFinite()
{
    if (!std::isfinite(m_lossSum.item<double>())) {
        throw Error(ErrorCode::Plan, "training", "the loss is not a finite number any more (epoch " + std::to_string(m_state.epoch + 1) + ", batch " +
                    std::to_string(m_state.batch + 1) + ")", "Lower training.learningRate and training.backboneLearningRate, and look at the images for odd ones.");
    }
}

} // namespace diascope::train
