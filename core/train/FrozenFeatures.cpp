// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/FrozenFeatures.h"

#include "base/Hash.h"
#include "base/Json.h"
#include "nn/Classifier.h"
#include "nn/Safetensors.h"
#include "train/Augment.h"
#include "train/Precision.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::train {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kBatch = 32; ///< Always: what is kept of a picture does not depend on which others were missing.
constexpr const char* kEntry = "diascope.features";

std::string bytesSha256(const at::Tensor& rows, const at::Tensor& values)
{
    base::Sha256 hash;
    hash.update(std::as_bytes(std::span(rows.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(rows.numel()))));
    hash.update(std::as_bytes(std::span(values.const_data_ptr<float>(), static_cast<std::size_t>(values.numel()))));
    return hash.hex();
}

std::int64_t product(std::span<const std::int64_t> sizes)
{
    std::int64_t result = 1;
    for (const std::int64_t size : sizes) {
        result *= size;
    }
    return result;
}

/// The members (places in `rows`) whose row is not known.
std::vector<std::int64_t> missingOf(std::span<const std::int64_t> rows, const std::vector<bool>& known)
{
    std::vector<std::int64_t> missing;
    for (std::size_t member = 0; member < rows.size(); ++member) {
        if (!known[static_cast<std::size_t>(rows[member])]) {
            missing.push_back(static_cast<std::int64_t>(member));
        }
    }
    return missing;
}

at::Tensor pooledOf(nn::Classifier& model, const Pictures::Taken& taken, const TrainConfig& config, Precision precision)
{
    const Normalisation normalisation = normalisationOf(config, taken.images.size(1));
    const at::Tensor input = makeInput(taken.images, {taken.rows, {}}, config.augmentation, normalisation, config.channelsLast);
    at::Tensor features;
    {
        const AutocastScope autocast(input.device(), precision);
        features = model.features(input);
    }
    return model.pooled(features.to(torch::kFloat32)); // the head computes in float32
}

/// What a file of features holds, once it is sure that its parts fit each other and their checksum.
struct Stored {
    std::string key, sha256;
    std::int64_t count = 0;
    std::vector<std::int64_t> shape;
    bool channelsLast = false;
    at::Tensor rows, values;
    [[nodiscard]] bool fits() const
    {
        return rows.dim() == 1 && values.dim() == 2 && values.size(0) == rows.size(0) && rows.size(0) > 0 && !shape.empty() &&
            std::all_of(shape.begin(), shape.end(), [&](std::int64_t size) { return size > 0 && size <= values.size(1); }) &&
            product(shape) == values.size(1) && (!channelsLast || shape.size() == 3) && rows.min().item<std::int64_t>() >= 0 &&
            rows.max().item<std::int64_t>() < count && bytesSha256(rows, values) == sha256;
    }
};

Stored parsed(const std::string& bytes, const std::string& subject)
{
    const nn::TensorFile file = nn::parseSafetensors(bytes, subject);
    const auto entry = file.metadata.find(kEntry);
    const at::Tensor *const rows = nn::find(file.tensors, "rows"), *const values = nn::find(file.tensors, "values");
    const bool there = entry != file.metadata.end() && rows != nullptr && values != nullptr;
    if (!there || rows->scalar_type() != at::kLong || values->scalar_type() != at::kFloat) {
        throw Error(ErrorCode::Malformed, subject, "holds no features");
    }
    Stored stored;
    stored.rows = *rows;
    stored.values = *values;
    const base::Json facts = base::parseJson(entry->second, subject);
    base::ObjectReader reader(facts, subject, kEntry);
    reader.require("key", stored.key).require("count", stored.count).require("shape", stored.shape);
    reader.require("channelsLast", stored.channelsLast).require("sha256", stored.sha256).finish();
    if (!stored.fits()) {
        throw Error(ErrorCode::Malformed, subject, "its features do not fit each other or their checksum");
    }
    return stored;
}

} // namespace

std::string whatMovesPictures(const TrainConfig& config)
{
    const AugmentConfig& a = config.augmentation;
    const bool augments = a.mirror > 0.0 || a.upsideDown > 0.0 || a.crop.probability > 0.0 || a.affine.probability > 0.0 ||
        (a.elastic.probability > 0.0 && !a.elasticIsIdle()) || a.blur.probability > 0.0 || a.tone.probability > 0.0 || a.holes.probability > 0.0;
    if (config.augment && augments) {
        return "augmentation changes the pictures";
    }
    return config.mix.mixupProbability > 0.0 || config.mix.cutmixProbability > 0.0 ? "mixup and cutmix change the pictures" : "";
}

FrozenFeatures::FrozenFeatures(std::int64_t pictures, std::uint64_t mostBytes)
    : m_count(pictures), m_mostBytes(mostBytes), m_known(static_cast<std::size_t>(pictures), false)
{
}

void FrozenFeatures::reserve(const at::Tensor& pooled)
{
    if (m_shape.empty()) {
        m_shape = pooled.sizes().slice(1).vec();
        m_channelsLast = pooled.dim() == 4 && !pooled.is_contiguous() && pooled.is_contiguous(at::MemoryFormat::ChannelsLast);
    }
    if (!m_values.defined() && 4 * static_cast<std::uint64_t>(m_count * product(m_shape)) <= m_mostBytes) {
        m_values = torch::empty({m_count, product(m_shape)}, torch::kFloat32);
    }
}

void FrozenFeatures::keep(std::span<const std::int64_t> rows, const at::Tensor& pooled)
{
    const at::Tensor ordered = m_channelsLast ? pooled.permute({0, 2, 3, 1}) : pooled;
    const at::Tensor flat = ordered.to(torch::kCPU).contiguous().view({static_cast<std::int64_t>(rows.size()), -1});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        m_values[rows[i]].copy_(flat[static_cast<std::int64_t>(i)]);
        m_known[static_cast<std::size_t>(rows[i])] = true;
    }
}

FrozenFeatures::Completed FrozenFeatures::complete(nn::Classifier& model, const Pictures& pictures, const TrainConfig& config, Precision precision,
                                                   std::stop_token stop)
{
    const at::NoGradGuard noGrad;
    const std::scoped_lock lock(m_mutex); // whoever comes meanwhile finds the features instead of computing them as well
    const std::vector<std::int64_t> rows = pictures.rows(), missing = missingOf(rows, m_known);
    model.train(false);
    Completed done{.found = static_cast<std::int64_t>(rows.size() - missing.size())};
    for (std::size_t begin = 0; begin < missing.size() && !stop.stop_requested();) {
        const std::size_t n = std::min(missing.size() - begin, kBatch);
        const std::span<const std::int64_t> members = std::span(missing).subspan(begin, n);
        std::vector<std::int64_t> filled;
        for (std::size_t i = 0; i < kBatch; ++i) { // libraries round differently in small batches
            filled.push_back(members[i % n]);
        }
        const at::Tensor pooled = pooledOf(model, pictures.take(filled), config, precision).slice(0, 0, static_cast<std::int64_t>(n));
        reserve(pooled);
        if (!m_values.defined()) {
            break;
        }
        std::vector<std::int64_t> at;
        for (const std::int64_t member : members) {
            at.push_back(rows[static_cast<std::size_t>(member)]);
        }
        keep(at, pooled);
        done.computed += static_cast<std::int64_t>(n);
        begin += n;
    }
    done.all = static_cast<std::size_t>(done.computed) == missing.size();
    done.neededBytes = m_shape.empty() ? 0 : 4 * static_cast<std::uint64_t>(m_count * product(m_shape));
    return done;
}

at::Tensor FrozenFeatures::take(std::span<const std::int64_t> rows, const at::Device& device) const
{
    const std::scoped_lock lock(m_mutex);
    const at::NoGradGuard noGrad;
    const auto n = static_cast<std::int64_t>(rows.size());
    const at::Tensor index = torch::tensor(std::vector<std::int64_t>(rows.begin(), rows.end()), torch::kInt64);
    const at::Tensor flat = m_values.index_select(0, index); // n,R
    std::vector<std::int64_t> shape{n};
    shape.insert(shape.end(), m_shape.begin(), m_shape.end());
    if (!m_channelsLast) {
        return flat.view(shape).to(device);
    }
    return flat.view({n, m_shape[1], m_shape[2], m_shape[0]}).to(device).permute({0, 3, 1, 2}); // n,C,h,w over n,h,w,C
}

std::vector<std::int64_t> FrozenFeatures::knownRows() const
{
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 0; row < m_count; ++row) {
        if (m_known[static_cast<std::size_t>(row)]) {
            rows.push_back(row);
        }
    }
    return rows;
}

std::string FrozenFeatures::serialised(const std::string& key) const
{
    const std::scoped_lock lock(m_mutex);
    const at::Tensor rows = torch::tensor(knownRows(), torch::kInt64);
    const at::Tensor values = m_values.defined() ? m_values.index_select(0, rows) : torch::empty({0, 0}, torch::kFloat32);
    const base::Json entry{
        {"key", key}, {"count", m_count}, {"shape", m_shape}, {"channelsLast", m_channelsLast}, {"sha256", bytesSha256(rows, values)}};
    return nn::serialiseSafetensors({{"rows", rows}, {"values", values}}, {{kEntry, entry.dump()}});
}

void FrozenFeatures::restore(const std::string& bytes, const std::string& key, const std::string& subject)
{
    const Stored stored = parsed(bytes, subject);
    if (stored.key != key || stored.count != m_count) {
        throw Error(ErrorCode::Mismatch, subject, "its features are of another backbone or of other pictures");
    }
    const std::scoped_lock lock(m_mutex);
    if (4 * static_cast<std::uint64_t>(m_count * stored.values.size(1)) > m_mostBytes) {
        return;
    }
    m_shape = stored.shape;
    m_channelsLast = stored.channelsLast;
    m_values = torch::empty({m_count, stored.values.size(1)}, torch::kFloat32);
    m_values.index_copy_(0, stored.rows, stored.values);
    for (std::int64_t i = 0; i < stored.rows.numel(); ++i) {
        m_known[static_cast<std::size_t>(stored.rows.const_data_ptr<std::int64_t>()[i])] = true;
    }
}

} // namespace diascope::train
