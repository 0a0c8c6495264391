// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Duplicates.h"

#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <unordered_map>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

/// Disjoint sets over 0..n-1; the root of a set is its smallest member.
class UnionFind {
public:
    explicit UnionFind(std::size_t n) : m_parents(n) { std::iota(m_parents.begin(), m_parents.end(), std::size_t{0}); }
    std::size_t rootOf(std::size_t i)
    {
        while (m_parents[i] != i) {
            i = m_parents[i] = m_parents[m_parents[i]];
        }
        return i;
    }
    /// False when they were one set already.
    bool join(std::size_t a, std::size_t b)
    {
        const auto [low, high] = std::minmax({rootOf(a), rootOf(b)});
        m_parents[high] = low;
        return low != high;
    }

private:
    std::vector<std::size_t> m_parents;
};

std::optional<DuplicatePair> compared(std::span<const Fingerprint> prints, std::size_t i, std::size_t j,
    const DuplicateConfig& config)
{
    for (const bool mirror : {false, true}) {
        if (hashDistance(prints[i].hash, mirror ? prints[j].mirrored : prints[j].hash) > config.maxHashDistance) {
            continue;
        }
        constexpr float kAlike = 0.95F; // copies stay above 0.99
        if (coarseLikeness(prints[i], prints[j], mirror) < kAlike) {
            continue;
        }
        const double difference = lookDifference(prints[i], prints[j], mirror);
        if (difference <= config.maxDifference) {
            return DuplicatePair{i, j, mirror ? Likeness::Mirrored : Likeness::Near, difference};
        }
    }
    return std::nullopt;
}

/// The first sample of each distinct picture, and pairs of it with its exact copies.
std::vector<std::size_t> distinct(std::span<const Fingerprint> prints, std::vector<DuplicatePair>& pairs)
{
    std::unordered_map<std::string, std::size_t> firsts;
    std::vector<std::size_t> representatives;
    for (std::size_t i = 0; i < prints.size(); ++i) {
        if (prints[i].exact.empty()) {
            continue;
        }
        const auto [first, isNew] = firsts.emplace(prints[i].exact, i);
        if (!isNew) {
            pairs.push_back({first->second, i, Likeness::Exact, 0.0});
        } else if (!prints[i].flat) {
            representatives.push_back(i);
        }
    }
    return representatives;
}

void number(UnionFind& joined, std::vector<int>& sets)
{
    std::vector<int> sizes(sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i) {
        ++sizes[joined.rootOf(i)];
    }
    int next = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const std::size_t root = joined.rootOf(i);
        if (sizes[root] > 1) {
            sets[i] = root == i ? next++ : sets[root];
        }
    }
}

/// Members of each set.
std::map<int, std::vector<std::size_t>> membersOf(const std::vector<int>& sets)
{
    std::map<int, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (sets[i] >= 0) {
            members[sets[i]].push_back(i);
        }
    }
    return members;
}

void listContradictions(const Dataset& dataset, Duplicates& found)
{
    for (const auto& [set, members] : membersOf(found.sets)) {
        const Sample& first = dataset.samples[members.front()];
        const auto other = std::find_if(members.begin(), members.end(),
            [&](std::size_t i) { return dataset.samples[i].label != first.label; });
        if (other != members.end()) {
            const Sample& second = dataset.samples[*other];
            const auto named = [&dataset](const Sample& sample) {
                return "'" + base::visibleText(sample.id) + "' ("
                    + base::visibleText(dataset.classNames[static_cast<std::size_t>(sample.label)]) + ")";
            };
            found.problems.push_back({ErrorCode::Malformed, first.id, std::to_string(members.size())
                + " files show the same picture with different labels: " +
                                      named(first) + " and " + named(second) + "; correct one, or leave them out"});
        }
    }
}

void describe(const Dataset& dataset, Duplicates& found)
{
    const auto countOf = [&found](Likeness likeness) {
        return std::count_if(found.pairs.begin(), found.pairs.end(),
            [likeness](const DuplicatePair& pair) { return pair.likeness == likeness; });
    };
    const auto members = membersOf(found.sets);
    const auto files = std::count_if(found.sets.begin(), found.sets.end(), [](int set) { return set >= 0; });
    const auto across = std::count_if(members.begin(), members.end(), [&dataset](const auto& entry) {
        return std::any_of(entry.second.begin(), entry.second.end(), [&](std::size_t i) {
            return dataset.samples[i].group != dataset.samples[entry.second.front()].group;
        });
    });
    found.receipt = std::to_string(members.size()) + " pictures occur more than once, " + std::to_string(files) + " of "
        + std::to_string(dataset.samples.size()) +
                    " samples show them (" + std::to_string(countOf(Likeness::Exact))
                        + " copies with the same pixels, " +
                    std::to_string(countOf(Likeness::Near)) + " pairs that look the same, "
                        + std::to_string(countOf(Likeness::Mirrored)) +
                    " mirrored); " + std::to_string(across) + " of them in several groups.";
}

} // namespace

std::string_view name(Likeness likeness)
{
    switch (likeness) {
    case Likeness::Exact: return "the same pixels";
    case Likeness::Near: return "looks the same";
    case Likeness::Mirrored: return "looks the same in the mirror";
    }
    return "the same pixels";
}

std::vector<Fingerprint> takeFingerprints(const Dataset& dataset, decode::DecoderPool& pool, int threads,
    const ProgressFunction& progress, std::stop_token stop)
{
    std::vector<Fingerprint> prints(dataset.samples.size()); // each written by one thread
    const auto take = [&](std::size_t index) {
        try {
            decode::FrameOptions options;
            options.frame = dataset.samples[index].frame;
            prints[index] = fingerprintOf(pool.frame(dataset.samples[index].file, options));
        } catch (const Error&) {
            prints[index].exact.clear(); // findDuplicates() lists it
        }
    };
    parallelFor({"Looking for duplicates", prints.size(), threads}, take, progress, stop);
    return prints;
}

std::vector<Fingerprint> takeFingerprints(const Dataset& dataset, const PixelStore& store, int threads,
    const ProgressFunction& progress, std::stop_token stop)
{
    std::vector<Fingerprint> prints(dataset.samples.size()); // each written by one thread
    const auto take = [&](std::size_t row) {
        std::vector<std::byte> pixels(store.bytesPerImage());
        store.copyRow(row, pixels);
        prints[store.samples[row]] = fingerprintOf(image::makeImage(
            store.width, store.height, store.channels, image::PixelType::UInt8, std::move(pixels)));
    };
    parallelFor({"Looking for duplicates", store.count(), threads}, take, progress, stop);
    return prints;
}

Duplicates findDuplicates(const Dataset& dataset, std::span<const Fingerprint> fingerprints,
    const DuplicateConfig& config,
                          const ProgressFunction& progress, std::stop_token stop)
{
    if (fingerprints.size() != dataset.samples.size() || config.maxHashDistance < 0 || config.maxHashDistance > 64
        || !(config.maxDifference > 0.0)) {
        throw Error(ErrorCode::Usage, "duplicates",
            "the limits are out of range, or there is not one fingerprint for each sample");
    }
    Duplicates found;
    found.sets.assign(dataset.samples.size(), -1);
    for (std::size_t i = 0; i < fingerprints.size(); ++i) {
        if (fingerprints[i].exact.empty()) {
            found.problems.push_back({ErrorCode::Unreadable, dataset.samples[i].id,
                "the picture could not be read, so nobody knows whether it is a duplicate"});
        }
    }
    const std::vector<std::size_t> representatives = distinct(fingerprints, found.pairs);
    if (config.near) {
        std::mutex mutex; // guards found.pairs
        const auto compareRow = [&](std::size_t row) {
            for (std::size_t other = row + 1; other < representatives.size(); ++other) {
                if (const auto pair = compared(fingerprints, representatives[row], representatives[other], config)) {
                    const std::lock_guard lock(mutex);
                    found.pairs.push_back(*pair);
                }
            }
        };
        parallelFor({"Comparing images", representatives.size(), config.threads}, compareRow, progress, stop);
    }
    std::sort(found.pairs.begin(), found.pairs.end(), [](const DuplicatePair& a, const DuplicatePair& b) {
        return std::pair(a.first, a.second) < std::pair(b.first, b.second);
    });
    UnionFind joined(fingerprints.size());
    for (const DuplicatePair& pair : found.pairs) {
        joined.join(pair.first, pair.second);
    }
    number(joined, found.sets);
    listContradictions(dataset, found);
    describe(dataset, found);
    return found;
}

int joinDuplicates(Dataset& dataset, const Duplicates& duplicates)
{
    std::map<std::string, std::size_t> numbers;
    for (const Sample& sample : dataset.samples) {
        numbers.emplace(sample.group, 0);
    }
    std::vector<std::string> names;
    for (auto& [groupName, index] : numbers) {
        index = names.size();
        names.push_back(groupName);
    }
    UnionFind joined(names.size());
    int gone = 0;
    for (const auto& [set, members] : membersOf(duplicates.sets)) {
        for (const std::size_t member : members) {
            gone += joined.join(numbers[dataset.samples[members.front()].group], numbers[dataset.samples[member].group])
                ? 1 : 0;
        }
    }
    for (Sample& sample : dataset.samples) {
        sample.group = names[joined.rootOf(numbers[sample.group])];
    }
    dataset.duplicateSets = duplicates.sets;
    if (gone > 0) {
        dataset.groupedBy += " and likeness";
    }
    return gone;
}

std::vector<std::size_t> leakedSamples(const Dataset& dataset, const std::vector<Role>& roles, Role of)
{
    std::set<int> elsewhere;
    for (std::size_t i = 0; i < dataset.duplicateSets.size(); ++i) {
        if (roles[i] != of) {
            elsewhere.insert(dataset.duplicateSets[i]);
        }
    }
    std::vector<std::size_t> leaked;
    for (std::size_t i = 0; i < dataset.duplicateSets.size(); ++i) {
        if (roles[i] == of && dataset.duplicateSets[i] >= 0 && elsewhere.contains(dataset.duplicateSets[i])) {
            leaked.push_back(i);
        }
    }
    return leaked;
}

} // namespace diascope::dataset
