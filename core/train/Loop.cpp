// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "base/Text.h"
#include "nn/Classifier.h"
#include "train/Freeze.h"

#include <torch/torch.h>


namespace diascope::train {

using base::Error;
using base::ErrorCode;

namespace {

std::string milliseconds(double seconds)
{
    return base::fixedText(seconds * 1000.0, 1) + " ms";
}

} // namespace

Loop::Loop(nn::Classifier& model, const TrainingData& training, const TrainingData& validation,
    const TrainConfig& config, const FitContext& context)
    : m_model(model)
    , m_config(config)
    , m_context(context)
    , m_training(training)
    , m_validation(validation)
{
    const at::Tensor labels = training.labels.to(torch::kCPU, torch::kInt64).contiguous();
    m_labels.assign(labels.const_data_ptr<std::int64_t>(), labels.const_data_ptr<std::int64_t>() + labels.numel());
    m_drawsPerEpoch = static_cast<std::int64_t>(
        epochOrder(m_labels, 0, {config.balance, config.seed, config.sampler, config.drawsPerSample}).size());
    m_batchesPerEpoch = static_cast<int>(batchRanges(m_drawsPerEpoch, config.batchSize).size());
    if (m_drawsPerEpoch < 2) {
        throw Error(
            ErrorCode::Plan, "training.drawsPerSample", "an epoch would draw fewer than two images", "Raise it.");
    }
    m_state.threads = at::get_num_threads();
    m_state.device = config.device;
    m_state.buildId = config.buildId;
    m_state.microBatch = config.microBatch < config.batchSize ? config.microBatch : 0;
    chooseMonitor();
    m_state.fingerprint = fingerprint();
}

void Loop::placeData()
{
    const at::Device device(m_config.device);
    m_onCpu = device.is_cpu();
    m_model.to(device);
    if (m_config.channelsLast) {
        m_model.toChannelsLast();
    }
    m_training.labels = m_training.labels.to(device);
    m_normalisation = normalisationOf(m_config, m_training.images.shape().channels);
    if (m_onCpu) {
        return;
    }
    try {
        const Pictures training = m_training.images.on(device);
        m_validation.images = m_validation.images.on(device);
        m_training.images = training;
    } catch (const c10::OutOfMemoryError&) {
        m_context.observer.onMessage(
            "The images do not fit into the accelerator's memory; each batch is copied to it.");
    }
}

void Loop::makeOptimiser()
{
    m_trainable = m_config.backboneLearningRate > 0.0 ? trainableBackbone(m_model, m_config.trainable)
                                                      : std::set<std::string>();
    std::vector<ParameterGroup> groups;
    ParameterGroup backbone{{}, m_config.backboneLearningRate};
    for (const auto& parameter : m_model.backboneParameters()) {
        if (m_trainable.contains(parameter.first)) {
            backbone.parameters.push_back(parameter);
        }
    }
    if (!backbone.parameters.empty()) {
        groups.push_back(std::move(backbone));
    }
    groups.push_back({m_model.headParameters(), m_config.learningRate});
    std::vector<double> rates;
    for (const ParameterGroup& group : groups) {
        rates.push_back(group.learningRate);
    }
    OptimiserOptions options = m_config.optimiser;
    options.weightDecay = m_config.weightDecay;
    m_optimiser.emplace(std::move(groups), options);
    m_schedule.emplace(m_config.schedule, std::move(rates), m_config.epochs, m_batchesPerEpoch);
    if (m_config.emaDecay > 0.0) {
        m_average.emplace(m_model.state(), m_config.emaDecay);
    }
}

void Loop::chooseMonitor()
{
    m_monitor = m_config.monitor;
    const at::Tensor labels = m_validation.labels;
    const bool oneClass = labels.numel() > 0 && (labels == labels[0]).all().item<bool>();
    if (m_monitor == Monitor::Auc && oneClass) {
        m_monitor = Monitor::Loss;
        m_context.observer.onMessage("The validation part holds one class only, so its AUC is undefined: the "
                                     "validation loss is monitored instead.");
    }
}

void Loop::choosePrecision()
{
    m_state.precision = m_config.precision;
    if (m_config.precision == Precision::Auto) {
        bool remembered = false;
        const PrecisionChoice choice = train::choosePrecision(m_model, m_training.images.shape().height,
            m_training.images.shape().width, m_config.channelsLast, m_context.precisions, remembered);
        m_state.precision = choice.precision;
        m_context.observer.onMessage(
            std::string(choice.precision == Precision::BFloat16 ? "The backbone computes in bfloat16"
                                                                : "Everything is computed in float32")
            + ": a step on four pictures takes " + milliseconds(choice.float32Seconds) + " in float32 and "
            + milliseconds(choice.bfloat16Seconds) + " in bfloat16" + (remembered ? ", as an earlier run on this machine found." : "."));
    }
}

void Loop::sayWhatIsLeftOut()
{
    if (m_config.augment) {
        for (const std::string& note : m_config.augmentation.idleOperations()) {
            m_context.observer.onMessage(note);
        }
    }
}

void Loop::enterStage()
{
    m_frozenBackbone = m_trainable.empty() || m_state.epoch < m_config.freezeEpochs;
    setTrainable(m_model, m_frozenBackbone ? std::set<std::string>() : m_trainable);
    if (!m_trainable.empty() && m_config.freezeEpochs > 0 && m_state.epoch == m_config.freezeEpochs
        && m_state.batch == 0) {
        m_context.observer.onMessage(
            "Epoch " + std::to_string(m_state.epoch + 1) + ": the backbone trains from here on.");
    }
}

TrainOutcome Loop::run()
{
    placeData();
    makeOptimiser();
    if (m_context.resumeFrom.empty()) {
        choosePrecision();
        sayWhatIsLeftOut();
    } else {
        resume(m_context.resumeFrom);
    }
    if (m_state.precision == Precision::Float16 && !m_scaler) {
        m_scaler.emplace(at::Device(m_config.device));
    }
    keepFeatures();
    try {
        return runEpochs();
    } catch (const Diverged& failure) {
        if (m_state.bestEpoch < 0) {
            throw;
        }
        const std::string why = failure.detail();
        m_context.observer.onMessage(
            "Training ends here: " + why + ". Epoch " + std::to_string(keptEpoch() + 1)
            + (m_config.keep == Keep::Last ? ", the last before that," : ", the best,") + " is kept.");
        TrainOutcome outcome = finish(RunState::Finished, false);
        outcome.divergedBecause = why;
        return outcome;
    }
}

TrainOutcome Loop::runEpochs()
{
    const auto patienceIsOver = [this] { return m_config.patience > 0 && m_state.staleEpochs >= m_config.patience; };
    while (m_state.epoch < m_config.epochs && !patienceIsOver()) {
        if (!trainEpoch() || !finishEpoch()) {
            saveCheckpoint();
            return finish(RunState::Stopped, false);
        }
    }
    return finish(RunState::Finished, m_state.epoch < m_config.epochs);
}

TrainOutcome Loop::finish(RunState state, bool stoppedEarly)
{
    TrainOutcome outcome;
    outcome.state = state;
    outcome.epochsDone = m_state.epoch;
    outcome.stoppedEarly = stoppedEarly;
    outcome.bestEpoch = m_state.bestEpoch;
    outcome.keptEpoch = keptEpoch();
    outcome.bestMonitored = m_state.bestMonitored;
    outcome.bestValidation = m_state.bestValidation;
    outcome.monitor = m_monitor;
    outcome.notBitExactBecause = m_state.notBitExactBecause;
    outcome.bitExact = m_onCpu && m_state.notBitExactBecause.empty();
    m_optimiser->clearGradients();
    if (!m_kept.empty()) {
        copyInto(m_kept, m_model.state(), "kept epoch");
        if (state == RunState::Finished) {
            outcome.validationLogits = validationLogits({});
        }
    }
    setTrainable(m_model, trainableBackbone(m_model, "all"));
    m_model.train(false);
    m_model.to(torch::kCPU);
    return outcome;
}

} // namespace diascope::train
