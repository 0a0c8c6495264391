// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Dataset.h"

namespace diascope::dataset {

std::vector<int> Dataset::classCounts() const
{
    std::vector<int> counts(classNames.size());
    for (const Sample& sample : samples) {
        ++counts[static_cast<std::size_t>(sample.label)];
    }
    return counts;
}

const Characteristics& Dataset::characteristicsOf(const Sample& sample) const
{
    static const Characteristics unknown;
    return sample.characteristics < 0 ? unknown : characteristics[static_cast<std::size_t>(sample.characteristics)];
}

Dataset partOf(const Dataset& data, const std::vector<std::size_t>& samples)
{
    Dataset part = data;
    const auto take = [&](const auto& from, auto& to) {
        to.clear();
        for (const std::size_t i : samples) {
            if (!from.empty()) {
                to.push_back(from[i]);
            }
        }
    };
    take(data.samples, part.samples);
    take(data.givenRoles, part.givenRoles);
    take(data.givenFolds, part.givenFolds);
    take(data.duplicateSets, part.duplicateSets);
    return part;
}

} // namespace diascope::dataset
