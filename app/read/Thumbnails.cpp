// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/Thumbnails.h"

#include "base/Log.h"
#include "image/Render.h"

namespace diascope::app {

Thumbnails::Thumbnails(decode::DecoderPool& pool, AnswerFunction answer)
    : m_pool(pool), m_answer(std::move(answer)), m_thread([this](const std::stop_token& stop) { work(stop); })
{
}

Thumbnails::~Thumbnails()
{
    m_thread.request_stop();
    m_wake.notify_all();
}

void Thumbnails::request(std::string key, std::filesystem::path file, int frame)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_wishes.push_front({std::move(key), std::move(file), frame});
    }
    m_wake.notify_one();
}

void Thumbnails::clear()
{
    const std::scoped_lock lock(m_mutex);
    m_wishes.clear();
}

void Thumbnails::work(const std::stop_token& stop)
{
    while (true) {
        Wish wish;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return !m_wishes.empty(); })) {
                return;
            }
            wish = std::move(m_wishes.front());
            m_wishes.pop_front();
        }
        try {
            m_answer(std::move(wish.key), m_pool.frame(wish.file, {.frame = wish.frame, .reduce = 2}));
        } catch (const std::exception&) {
            // The series says why when it is opened; a list entry without a picture is enough here.
            base::log(base::LogLevel::Debug, "a thumbnail could not be made");
        }
    }
}

} // namespace diascope::app
