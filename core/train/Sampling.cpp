// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Sampling.h"

#include "base/Rng.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace diascope::train {

namespace {

std::vector<std::int64_t> balancedOrder(std::span<const std::int64_t> labels, base::Rng& rng)
{
    std::map<std::int64_t, std::vector<std::int64_t>> members;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        members[labels[i]].push_back(static_cast<std::int64_t>(i));
    }
    const std::size_t share = labels.size() / members.size();
    std::size_t remainder = labels.size() % members.size();
    std::vector<std::int64_t> order;
    order.reserve(labels.size());
    for (auto& [label, indices] : members) {
        std::size_t wanted = share + (remainder > 0 ? 1 : 0);
        remainder -= remainder > 0 ? 1 : 0;
        while (wanted > 0) {
            rng.shuffle(indices);
            const std::size_t taken = std::min(wanted, indices.size());
            order.insert(order.end(), indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(taken));
            wanted -= taken;
        }
    }
    return order;
}

} // namespace

std::vector<std::int64_t> epochOrder(std::span<const std::int64_t> labels, int epoch, const SamplingConfig& config)
{
    base::Rng rng = base::Rng::stream(config.seed, "train/order", static_cast<std::uint64_t>(epoch));
    std::vector<std::int64_t> order(labels.size());
    if (config.balance && !labels.empty()) {
        order = balancedOrder(labels, rng);
    } else {
        std::iota(order.begin(), order.end(), std::int64_t{0});
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
