// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace diascope::base {

/// A counter-based, named random stream: Philox 4x32-10 (Salmon et al., SC 2011, "Parallel random numbers:
/// as easy as 1, 2, 3"). Key = (seed, name); counter = (epoch, sample, running block). Two streams with
/// different coordinates are independent, and a stream gives the same numbers whatever thread draws them.
class Rng {
public:
    /// The stream `name` of `seed`, at coordinates (epoch, sample). Cheap: no state is shared.
    [[nodiscard]] static Rng stream(std::uint64_t seed, std::string_view name, std::uint64_t epoch = 0,
                                    std::uint64_t sample = 0);

    [[nodiscard]] std::uint32_t next32();
    [[nodiscard]] std::uint64_t next64();
    [[nodiscard]] double uniform();                        ///< [0, 1), 53 bits.
    [[nodiscard]] double uniform(double low, double high); ///< [low, high).
    [[nodiscard]] double normal();                         ///< Mean 0, standard deviation 1 (Box-Muller).
    [[nodiscard]] std::uint64_t below(std::uint64_t n);    ///< [0, n) without bias; n > 0.
    [[nodiscard]] bool chance(double probability) { return uniform() < probability; }

    /// Fisher-Yates from the end.
    template <typename Container> void shuffle(Container& values)
    {
        for (std::size_t i = values.size(); i > 1; --i) {
            std::swap(values[i - 1], values[static_cast<std::size_t>(below(i))]);
        }
    }

private:
    void refill();
    std::array<std::uint32_t, 2> m_key{};
    std::array<std::uint32_t, 4> m_counter{};
    std::array<std::uint32_t, 4> m_block{};
    int m_used = 4;
};

/// One Philox 4x32-10 block, for the published test vectors.
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                      std::array<std::uint32_t, 2> key);

} // namespace diascope::base
