// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/DecoderPool.h"
#include "decode/FrameCache.h"
#include "study/Series.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace diascope::app {

/// One decoded frame, or why there is none.
struct FrameAnswer {
    std::uint64_t generation = 0; ///< Of the series that was current when it was asked for.
    int index = 0;
    image::Image image;
    std::optional<base::Problem> problem;
};

/// Decodes the frames of the current series through the decoder pool: first the one on screen, then its neighbours in the
/// direction of travel, then the rest of the series while the cache's budget lasts. Frames already in the cache are returned at once.
/// Created, used and destroyed on the GUI thread; `answer` is called on a loader thread, for requested frames only.
class FrameLoader {
public:
    using AnswerFunction = std::function<void(FrameAnswer)>;
    FrameLoader(decode::DecoderPool& pool, std::size_t cacheBytes, AnswerFunction answer);
    ~FrameLoader();

    /// Makes `series` current and forgets what was asked for before. Returns the generation of the answers to come.
    std::uint64_t setSeries(std::shared_ptr<const study::Series> series);
    /// The frame if it is cached; otherwise asks for it (answered later) and returns nothing.
    [[nodiscard]] std::optional<image::Image> request(int index);
    [[nodiscard]] std::size_t cachedBytes() const;
    /// How many frames of the current series are in the cache.
    [[nodiscard]] int cachedFrames() const;

private:
    void work(const std::stop_token& stop);
    [[nodiscard]] std::optional<int> nextIndex();
    [[nodiscard]] std::optional<int> nextPrefetch();
    [[nodiscard]] std::optional<image::Image> cached(const study::Series& series, int index);

    decode::DecoderPool& m_pool;
    AnswerFunction m_answer;
    decode::FrameCache m_cache;
    std::size_t m_budget;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::shared_ptr<const study::Series> m_series;
    std::uint64_t m_generation = 0;
    int m_wanted = -1;    ///< Asked for and not yet answered; -1 = none.
    int m_centre = 0;     ///< The frame last asked for.
    int m_direction = 1;
    std::set<int> m_busy, m_done;
    /// Which content each file had when a loader thread last looked: the GUI thread never touches the disk.
    std::unordered_map<std::string, decode::FileIdentity> m_identities;
    std::vector<std::jthread> m_threads;
};

} // namespace diascope::app
