// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/DecoderPool.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace diascope::app {

/// Decodes one small picture a series, one after the other, on a thread of its own. Newest request first, so that what has just come
/// into view is served first. Created, used and destroyed on the GUI thread; `answer` is called on the thumbnail thread.
class Thumbnails {
public:
    using AnswerFunction = std::function<void(std::string key, image::Image image)>;
    Thumbnails(decode::DecoderPool& pool, AnswerFunction answer);
    ~Thumbnails();

    void request(std::string key, std::filesystem::path file, int frame);
    void clear();

private:
    struct Wish {
        std::string key;
        std::filesystem::path file;
        int frame = 0;
    };
    void work(const std::stop_token& stop);

    decode::DecoderPool& m_pool;
    AnswerFunction m_answer;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Wish> m_wishes;
    std::jthread m_thread;
};

} // namespace diascope::app
