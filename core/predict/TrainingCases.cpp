// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/TrainingCases.h"

#include "base/Error.h"
#include "nn/PackageEvidence.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

namespace diascope::predict {

namespace {

constexpr double kSamePicture = 1.0 - 1e-5; // float16 embeddings: rounding costs 1e-7

std::vector<std::int64_t> wholeNumbers(const at::Tensor& tensor)
{
    const at::Tensor plain = tensor.contiguous();
    return {plain.const_data_ptr<std::int64_t>(), plain.const_data_ptr<std::int64_t>() + plain.numel()};
}

} // namespace

at::Tensor embeddingsOf(const at::Tensor& features)
{
    const at::NoGradGuard noGrad;
    const at::Tensor means = features.detach().to(at::kFloat).mean({2, 3}).to(at::kCPU); // N,F
    constexpr double kSmallest = 1e-12;
    return means / means.norm(2, {1}, true).clamp_min(kSmallest);
}

std::vector<double> neighbourDistances(const at::Tensor& from, const at::Tensor& bank, int k)
{
    if (k < 1 || k > bank.size(0)) {
        throw base::Error(base::ErrorCode::Internal, "neighbours", "there are not " + std::to_string(k) + " to be nearest");
    }
    const at::NoGradGuard noGrad;
    std::vector<double> distances;
    constexpr std::int64_t kRows = 512; // of the matrix of similarities at a time
    for (std::int64_t row = 0; row < from.size(0); row += kRows) {
        const at::Tensor similar = at::mm(from.slice(0, row, std::min(row + kRows, from.size(0))), bank.t()); // n,M
        const at::Tensor kth = std::get<0>(similar.topk(k, 1)).select(1, k - 1).to(at::kDouble).contiguous();
        for (std::int64_t i = 0; i < kth.size(0); ++i) {
            distances.push_back(std::max(0.0, 1.0 - kth.const_data_ptr<double>()[i]));
        }
    }
    return distances;
}

TrainingCases::TrainingCases(const nn::PackageCases& cases)
{
    if (cases.any()) {
        m_bank = cases.embeddings.to(at::kFloat).contiguous();
        m_labels = wholeNumbers(cases.labels);
        m_samples = wholeNumbers(cases.samples);
        m_groups = wholeNumbers(cases.groups);
    }
}

std::int64_t TrainingCases::features() const
{
    return any() ? m_bank.size(1) : 0;
}

TrainingCases::Found TrainingCases::nearest(const at::Tensor& embedding, int k, int mostSimilar, const std::vector<std::string>& classes) const
{
    const at::Tensor similarities = at::mv(m_bank, embedding.to(at::kFloat)).nan_to_num(-1.0).contiguous(); // N
    const float* const cosine = similarities.const_data_ptr<float>();
    std::vector<std::size_t> order(m_labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Enough of the head for k neighbours and one case a group; patients of a package have few pictures each.
    const auto closer = [cosine](std::size_t a, std::size_t b) { return cosine[a] > cosine[b] || (cosine[a] == cosine[b] && a < b); };
    std::sort(order.begin(), order.end(), closer);
    std::set<std::int64_t> taken;
    if (!order.empty() && cosine[order.front()] > kSamePicture) {
        taken.insert(m_groups[order.front()]); // the picture itself, and with it all of its patient
    }
    const std::set<std::int64_t> own = taken;
    Found found{1.0, {}};
    int neighbours = 0;
    for (const std::size_t at : order) {
        if (own.contains(m_groups[at])) {
            continue;
        }
        if (++neighbours <= k) {
            found.distance = std::max(0.0, 1.0 - static_cast<double>(cosine[at]));
        }
        if (static_cast<int>(found.similar.size()) < mostSimilar && taken.insert(m_groups[at]).second) {
            found.similar.push_back({classes[static_cast<std::size_t>(m_labels[at])], cosine[at], std::to_string(m_samples[at]), std::to_string(m_groups[at])});
        }
        if (neighbours >= k && static_cast<int>(found.similar.size()) >= mostSimilar) {
            break;
        }
    }
    return found;
}

} // namespace diascope::predict
