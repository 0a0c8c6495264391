// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/NumpyRandom.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// scikit-learn's splitters (model_selection/_split.py, 1.9), to the index: same seed, same rows in the same order.
/// They know rows, classes 0..C-1 in scikit-learn's sorted order and groups 0..G-1 in sorted order, nothing of images.
/// All throw base::Error{Plan} where scikit-learn raises ValueError. `test` is scikit-learn's word for the part that is
/// held out, whatever it is used for.
namespace diascope::dataset {

struct TrainTest {
    std::vector<std::size_t> train, test; ///< In the order in which scikit-learn returns them.
};

/// train_test_split(range(n), test_size=testFraction, random_state=seed): test = ceil(testFraction * n) rows.
[[nodiscard]] TrainTest trainTestSplit(std::size_t n, double testFraction, std::uint32_t seed);
/// The same with stratify=labels (StratifiedShuffleSplit).
[[nodiscard]] TrainTest stratifiedTrainTestSplit(std::span<const int> labels, double testFraction, std::uint32_t seed);

/// KFold(k, shuffle=True): the fold 0..k-1 of each row. Repeats go on drawing from the same `random`, as RepeatedKFold
/// does.
[[nodiscard]] std::vector<int> kFold(std::size_t n, int k, NumpyRandom& random);
/// StratifiedKFold(k, shuffle=True); with one `random` for all repeats it is RepeatedStratifiedKFold.
[[nodiscard]] std::vector<int> stratifiedKFold(std::span<const int> labels, int k, NumpyRandom& random);
/// GroupKFold(k, shuffle=True).
[[nodiscard]] std::vector<int> groupKFold(std::span<const int> groups, int k, NumpyRandom& random);
/// StratifiedGroupKFold(k, shuffle=True). Repeated with one `random` it is what scikit-learn lacks (its issue 24247).
[[nodiscard]] std::vector<int> stratifiedGroupKFold(std::span<const int> labels, std::span<const int> groups, int k,
    NumpyRandom& random);

} // namespace diascope::dataset
