// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Loop.h"

#include "nn/Classifier.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

namespace diascope::train {

/// True when all pictures have features now; what is new is kept for other runs.
bool Loop::fillFeatures(FeatureCache::Entry& entry, const Pictures& pictures)
{
    const Precision precision = entry.key == m_validationFeatures.key ? Precision::Float32 : m_state.precision;
    const FrozenFeatures::Completed done = entry.features->complete(m_model, pictures, m_config, precision, m_context.stop);
    if (!done.all) {
        if (!m_context.stop.stop_requested()) {
            m_context.observer.onMessage("The backbone is frozen, but its features are computed in every epoch, because they would take "
                + std::to_string(done.neededBytes >> 20U) + " MiB.");
        }
        return false;
    }
    const std::string failure = done.computed > 0 ? m_context.features->store(entry) : std::string();
    if (!failure.empty()) {
        m_context.observer.onMessage(failure);
    }
    m_context.observer.onMessage("The backbone is frozen: features of " + std::to_string(done.computed + done.found) + " pictures, "
        + std::to_string(done.computed) + " computed now, " + std::to_string(done.found) + " found.");
    return true;
}

void Loop::keepFeatures()
{
    const bool frozen = m_trainable.empty() || m_config.freezeEpochs >= m_config.epochs;
    if (m_context.features == nullptr || !frozen) {
        return;
    }
    if (const std::string why = whatMovesPictures(m_config); !why.empty()) {
        m_context.observer.onMessage("The backbone is frozen, but its features are computed in every epoch, because " + why + ".");
        return;
    }
    // Validation computes in float32 whatever the training does.
    m_validationFeatures = m_context.features->of(m_model, m_config, Precision::Float32);
    m_trainingFeatures = m_state.precision == Precision::Float32 ? m_validationFeatures
                                                                 : m_context.features->of(m_model, m_config, m_state.precision);
    const bool same = m_trainingFeatures.key == m_validationFeatures.key;
    for (const std::string& note : {m_validationFeatures.note, same ? std::string() : m_trainingFeatures.note}) {
        if (!note.empty()) {
            m_context.observer.onMessage(note);
        }
    }
    if (!fillFeatures(m_trainingFeatures, m_training.images) || !fillFeatures(m_validationFeatures, m_validation.images)) {
        m_trainingFeatures = m_validationFeatures = {};
    }
}

at::Tensor Loop::validationLogits(std::stop_token stop)
{
    if (m_validationFeatures.features == nullptr) {
        return logitsOf(m_model, m_validation.images, m_config, std::move(stop));
    }
    const at::NoGradGuard noGrad;
    const std::vector<std::int64_t> rows = m_validation.images.rows();
    const at::Device device(m_config.device);
    m_model.train(false);
    std::vector<at::Tensor> parts;
    for (std::size_t begin = 0; begin < rows.size(); begin += static_cast<std::size_t>(m_config.batchSize)) {
        if (stop.stop_requested()) {
            return {};
        }
        const std::size_t n = std::min(rows.size() - begin, static_cast<std::size_t>(m_config.batchSize));
        parts.push_back(m_model.logits(m_validationFeatures.features->take(std::span(rows).subspan(begin, n), device)));
    }
    return torch::cat(parts).to(torch::kCPU, torch::kFloat32);
}

} // namespace diascope::train
