// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace diascope::dataset {

/// numpy.random.RandomState(seed) as scikit-learn uses it: MT19937 (Matsumoto and Nishimura 1998, `init_genrand`),
/// bounded numbers by masked rejection, Fisher-Yates from the end. Gives numpy's numbers to the last one, so that a
/// published split can be repeated.
class NumpyRandom {
public:
    /// `seed` 0..2^32-1, as in RandomState(seed).
    explicit NumpyRandom(std::uint32_t seed);

    [[nodiscard]] std::uint32_t next32();
    /// A number of [0, max], numpy's legacy `random_interval`. Draws nothing when max is 0.
    [[nodiscard]] std::uint32_t interval(std::uint32_t max);
    /// RandomState.shuffle of a one-dimensional array.
    template <typename T> void shuffle(std::vector<T>& values)
    {
        for (std::size_t i = values.size(); i-- > 1;) {
            std::swap(values[i], values[interval(static_cast<std::uint32_t>(i))]);
        }
    }
    /// RandomState.permutation(n): 0..n-1, shuffled.
    [[nodiscard]] std::vector<std::size_t> permutation(std::size_t n);

private:
    void refill();
    static constexpr std::size_t kState = 624;
    std::array<std::uint32_t, kState> m_state{};
    std::size_t m_at = kState;
};

} // namespace diascope::dataset
