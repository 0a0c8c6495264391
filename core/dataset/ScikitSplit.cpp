// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/ScikitSplit.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

[[noreturn]] void cannotSplit(const std::string& detail, const std::string& remedyText)
{
    throw Error(ErrorCode::Plan, "split", detail, remedyText);
}

struct PartSizes {
    std::size_t train = 0, test = 0;
};

PartSizes sizesOf(std::size_t n, double testFraction)
{
    const auto test = static_cast<std::size_t>(std::ceil(testFraction * static_cast<double>(n)));
    if (!(testFraction > 0.0) || test >= n) {
        cannotSplit("a fraction of " + std::to_string(testFraction) + " of " + std::to_string(n)
            + " leaves no training part or no held-out part",
                    "Choose a fraction between 0 and 1, or add images.");
    }
    return {n - test, test};
}

std::vector<std::size_t> countsOf(std::span<const int> ids)
{
    const int last = ids.empty() ? -1 : *std::max_element(ids.begin(), ids.end());
    std::vector<std::size_t> counts(static_cast<std::size_t>(last + 1));
    for (const int id : ids) {
        ++counts[static_cast<std::size_t>(id)];
    }
    return counts;
}

/// sklearn.utils.extmath._approximate_mode: how many of each class when `draws` are taken, ties broken by `random`.
std::vector<std::size_t> approximateMode(const std::vector<std::size_t>& counts, std::size_t draws, NumpyRandom& random)
{
    const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    std::vector<std::size_t> taken;
    std::vector<double> remainders;
    std::size_t sum = 0;
    for (const std::size_t count : counts) {
        const double wanted = static_cast<double>(count) / total * static_cast<double>(draws);
        taken.push_back(static_cast<std::size_t>(std::floor(wanted)));
        remainders.push_back(wanted - std::floor(wanted));
        sum += taken.back();
    }
    const std::set<double, std::greater<>> values(remainders.begin(), remainders.end());
    std::size_t missing = draws > sum ? draws - sum : 0;
    for (auto value = values.begin(); missing > 0 && value != values.end(); ++value) {
        std::vector<std::size_t> tied;
        for (std::size_t c = 0; c < counts.size(); ++c) {
            if (remainders[c] == *value) {
                tied.push_back(c);
            }
        }
        const std::vector<std::size_t> order = random.permutation(tied.size());
        const std::size_t now = std::min(missing, tied.size());
        for (std::size_t i = 0; i < now; ++i) {
            ++taken[tied[order[i]]];
        }
        missing -= now;
    }
    return taken;
}

/// Classes renumbered by their first appearance, as StratifiedKFold does.
std::vector<int> byAppearance(std::span<const int> labels)
{
    std::vector<int> numbers, encoded;
    int next = 0;
    for (const int label : labels) {
        numbers.resize(std::max(numbers.size(), static_cast<std::size_t>(label) + 1), -1);
        int& number = numbers[static_cast<std::size_t>(label)];
        number = number < 0 ? next++ : number;
        encoded.push_back(number);
    }
    return encoded;
}

void checkFolds(std::size_t things, int k, const std::string& what)
{
    if (k < 2 || static_cast<std::size_t>(k) > things) {
        cannotSplit(std::to_string(k) + " folds cannot be made of " + std::to_string(things) + " " + what,
            "Set split.folds to 2 or more, and at most that number.");
    }
}

void checkClassSizes(std::span<const int> labels, int k)
{
    const std::vector<std::size_t> counts = countsOf(labels);
    const std::size_t largest = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
    checkFolds(largest, k, "images: no class has more");
}

} // namespace

TrainTest trainTestSplit(std::size_t n, double testFraction, std::uint32_t seed)
{
    const PartSizes sizes = sizesOf(n, testFraction);
    NumpyRandom random(seed);
    const std::vector<std::size_t> order = random.permutation(n);
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(sizes.test);
    return {{middle, order.end()}, {order.begin(), middle}};
}

TrainTest stratifiedTrainTestSplit(std::span<const int> labels, double testFraction, std::uint32_t seed)
{
    const PartSizes sizes = sizesOf(labels.size(), testFraction);
    std::vector<std::size_t> counts = countsOf(labels);
    const auto classes = static_cast<std::size_t>(std::count_if(counts.begin(), counts.end(),
        [](std::size_t n) { return n > 0; }));
    if (std::find(counts.begin(), counts.end(), std::size_t{1}) != counts.end() || sizes.train < classes
        || sizes.test < classes) {
        cannotSplit("a stratified split needs two images of each class, and room for each class in both parts",
            "Add images, or leave the class out.");
    }
    NumpyRandom random(seed);
    const std::vector<std::size_t> inTrain = approximateMode(counts, sizes.train, random);
    for (std::size_t c = 0; c < counts.size(); ++c) {
        counts[c] -= inTrain[c];
    }
    const std::vector<std::size_t> inTest = approximateMode(counts, sizes.test, random);
    TrainTest chosen;
    for (std::size_t c = 0; c < counts.size(); ++c) {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i] == static_cast<int>(c)) {
                rows.push_back(i);
            }
        }
        const std::vector<std::size_t> order = random.permutation(rows.size());
        for (std::size_t i = 0; i < inTrain[c] + inTest[c]; ++i) {
            (i < inTrain[c] ? chosen.train : chosen.test).push_back(rows[order[i]]);
        }
    }
    random.shuffle(chosen.train);
    random.shuffle(chosen.test);
    return chosen;
}

std::vector<int> kFold(std::size_t n, int k, NumpyRandom& random)
{
    checkFolds(n, k, "images");
    const std::vector<std::size_t> order = random.permutation(n);
    const auto folds = static_cast<std::size_t>(k);
    std::vector<int> result(n);
    std::size_t at = 0;
    for (std::size_t fold = 0; fold < folds; ++fold) {
        const std::size_t size = n / folds + (fold < n % folds ? 1 : 0);
        for (std::size_t i = 0; i < size; ++i) {
            result[order[at++]] = static_cast<int>(fold);
        }
    }
    return result;
}

std::vector<int> stratifiedKFold(std::span<const int> labels, int k, NumpyRandom& random)
{
    checkClassSizes(labels, k);
    const std::vector<int> encoded = byAppearance(labels);
    const std::vector<std::size_t> counts = countsOf(encoded);
    std::vector<int> result(labels.size());
    std::size_t sortedAt = 0; // place of the class's first row when the rows are sorted by class
    for (std::size_t c = 0; c < counts.size(); ++c) {
        std::vector<std::size_t> allocation(static_cast<std::size_t>(k));
        for (std::size_t i = 0; i < counts[c]; ++i) {
            ++allocation[sortedAt++ % static_cast<std::size_t>(k)];
        }
        std::vector<int> folds;
        for (int fold = 0; fold < k; ++fold) {
            folds.insert(folds.end(), allocation[static_cast<std::size_t>(fold)], fold);
        }
        random.shuffle(folds);
        auto next = folds.begin();
        for (std::size_t i = 0; i < encoded.size(); ++i) {
            if (encoded[i] == static_cast<int>(c)) {
                result[i] = *next++;
            }
        }
    }
    return result;
}

std::vector<int> groupKFold(std::span<const int> groups, int k, NumpyRandom& random)
{
    const std::size_t count = countsOf(groups).size();
    checkFolds(count, k, "groups");
    const std::vector<int> foldOf = kFold(count, k, random); // numpy.array_split gives the sizes of KFold
    std::vector<int> result;
    std::transform(groups.begin(), groups.end(), std::back_inserter(result),
        [&foldOf](int group) { return foldOf[static_cast<std::size_t>(group)]; });
    return result;
}

} // namespace diascope::dataset
