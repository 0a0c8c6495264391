// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/FrameLoader.h"

#include <algorithm>

namespace diascope::app {

FrameLoader::FrameLoader(decode::DecoderPool& pool, std::size_t cacheBytes, AnswerFunction answer)
    : m_pool(pool), m_answer(std::move(answer)), m_cache(cacheBytes), m_budget(cacheBytes)
{
    for (int i = 0; i < pool.workers(); ++i) {
        m_threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
}

FrameLoader::~FrameLoader()
{
    for (auto& thread : m_threads) {
        thread.request_stop();
    }
    m_wake.notify_all();
}

std::uint64_t FrameLoader::setSeries(std::shared_ptr<const study::Series> series)
{
    const std::scoped_lock lock(m_mutex);
    m_series = std::move(series);
    m_wanted = -1;
    m_centre = 0;
    m_direction = 1;
    m_busy.clear();
    m_done.clear();
    m_wake.notify_all();
    return ++m_generation;
}

std::optional<image::Image> FrameLoader::request(int index)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_series || index < 0 || index >= m_series->imageCount()) {
            return std::nullopt;
        }
        m_direction = index >= m_centre ? 1 : -1;
        m_centre = index;
        if (auto image = cached(*m_series, index)) {
            m_wanted = -1;
            m_wake.notify_all(); // There may be new neighbours to prefetch.
            return image;
        }
        m_wanted = index;
        m_done.erase(index);
    }
    m_wake.notify_one();
    return std::nullopt;
}

std::size_t FrameLoader::cachedBytes() const { return m_cache.bytes(); }

int FrameLoader::cachedFrames() const
{
    const std::scoped_lock lock(m_mutex);
    return static_cast<int>(m_done.size());
}

/// From the cache, without touching the disk; called with the mutex held.
std::optional<image::Image> FrameLoader::cached(const study::Series& series, int index)
{
    const auto where = study::locate(series, index);
    const auto identity = m_identities.find(series.instances[static_cast<std::size_t>(where.instance)].file.string());
    if (identity == m_identities.end()) {
        return std::nullopt;
    }
    return m_cache.find({identity->second, {.frame = where.frame}});
}

/// The next frame to decode; called with the mutex held.
std::optional<int> FrameLoader::nextIndex()
{
    if (!m_series) {
        return std::nullopt;
    }
    if (m_wanted >= 0 && !m_busy.contains(m_wanted)) {
        return m_wanted;
    }
    return nextPrefetch();
}

std::optional<int> FrameLoader::nextPrefetch()
{
    // A tenth of the budget stays free, so that prefetching never pushes out what was just read.
    if (m_cache.bytes() > m_budget / 10 * 9) {
        return std::nullopt;
    }
    const int count = m_series->imageCount();
    const auto open = [this, count](int index) {
        return index >= 0 && index < count && !m_done.contains(index) && !m_busy.contains(index);
    };
    for (int distance = 0; distance < count; ++distance) {
        for (const int index : {m_centre + distance * m_direction, m_centre - distance * m_direction}) {
            if (open(index)) {
                return index;
            }
        }
        if (static_cast<int>(m_done.size() + m_busy.size()) >= count) {
            break;
        }
    }
    return std::nullopt;
}

void FrameLoader::work(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        std::shared_ptr<const study::Series> series;
        FrameAnswer answer;
        {
            std::unique_lock lock(m_mutex);
            std::optional<int> index;
            m_wake.wait(lock, stop, [&] { return (index = nextIndex()).has_value(); });
            if (!index) {
                return;
            }
            series = m_series;
            answer.index = *index;
            answer.generation = m_generation;
            m_busy.insert(*index);
        }
        const auto where = study::locate(*series, answer.index);
        const auto& instance = series->instances[static_cast<std::size_t>(where.instance)];
        try {
            const decode::FrameKey key{decode::identify(instance.file), {.frame = where.frame}};
            if (auto kept = m_cache.find(key)) {
                answer.image = *kept;
            } else {
                answer.image = m_pool.frame(instance.file, key.options);
                m_cache.insert(key, answer.image);
            }
            const std::scoped_lock lock(m_mutex);
            m_identities[instance.file.string()] = key.file;
        } catch (const base::Error& error) {
            answer.problem = base::toProblem(error);
        } catch (const std::exception& error) {
            answer.problem = base::Problem{base::ErrorCode::Internal, instance.file.string(), error.what()};
        }
        bool wanted = false;
        {
            const std::scoped_lock lock(m_mutex);
            if (answer.generation == m_generation) {
                m_busy.erase(answer.index);
                m_done.insert(answer.index);
                wanted = m_wanted == answer.index;
                if (wanted) {
                    m_wanted = -1;
                }
            }
        }
        if (wanted) {
            m_answer(std::move(answer));
        }
    }
}

} // namespace diascope::app
