// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Sampling.h"

#include "base/Rng.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace diascope::train {

namespace {

using Members = std::map<std::int64_t, std::vector<std::int64_t>>;

/// `wanted` of `members`: all of them in a random order, again and again.
void rotate(std::vector<std::int64_t>& members, std::size_t wanted, base::Rng& rng, std::vector<std::int64_t>& order)
{
    while (wanted > 0) {
        rng.shuffle(members);
        const std::size_t taken = std::min(wanted, members.size());
        order.insert(order.end(), members.begin(), members.begin() + static_cast<std::ptrdiff_t>(taken));
        wanted -= taken;
    }
}

} // namespace

std::vector<std::int64_t> weightedDraws(
    std::span<const double> weights, std::int64_t draws, std::uint64_t generatorSeed)
{
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(generatorSeed);
    const at::Tensor values = torch::tensor(std::vector<double>(weights.begin(), weights.end()), torch::kFloat64);
    const at::Tensor drawn = at::multinomial(values, draws, true, generator);
    return {drawn.const_data_ptr<std::int64_t>(), drawn.const_data_ptr<std::int64_t>() + drawn.numel()};
}

std::vector<std::int64_t> epochOrder(std::span<const std::int64_t> labels, int epoch, const SamplingConfig& config)
{
    base::Rng rng = base::Rng::stream(config.seed, "train/order", static_cast<std::uint64_t>(epoch));
    const auto draws
        = static_cast<std::size_t>(std::llround(static_cast<double>(labels.size()) * config.drawsPerSample));
    Members members;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        members[config.balance ? labels[i] : 0].push_back(static_cast<std::int64_t>(i));
    }
    if (labels.empty()) {
        return {};
    }
    if (config.balance && config.sampler == Sampler::Weighted) {
        std::vector<double> weights;
        for (const std::int64_t label : labels) {
            weights.push_back(1.0 / static_cast<double>(members[label].size()));
        }
        return weightedDraws(weights, static_cast<std::int64_t>(draws), rng.next64());
    }
    std::vector<std::int64_t> order;
    order.reserve(draws);
    const std::size_t share = draws / members.size();
    std::size_t remainder = draws % members.size();
    for (auto& [label, indices] : members) {
        rotate(indices, share + (remainder > 0 ? 1 : 0), rng, order);
        remainder -= remainder > 0 ? 1 : 0;
    }
    rng.shuffle(order);
    return order;
}

std::vector<BatchRange> batchRanges(std::int64_t draws, int batchSize)
{
    std::vector<BatchRange> ranges;
    for (std::int64_t begin = 0; begin < draws; begin += batchSize) {
        ranges.push_back({begin, std::min<std::int64_t>(begin + batchSize, draws)});
    }
    if (ranges.size() > 1 && ranges.back().size() == 1) {
        ranges.pop_back();
        ranges.back().end = draws;
    }
    return ranges;
}

} // namespace diascope::train
