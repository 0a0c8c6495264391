// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <future>
#include <utility>

namespace diascope::train {

/// Gives the results of make(0), make(1), … one after another; while the caller works with one, a second thread makes
/// the next. That thread is joined by the next take() or the end; what it throws is thrown by the take() that wants it.
template <typename Result> class ReadAhead {
public:
    /// `make` is a function of its number alone, called on either thread. `count`: how many numbers there are.
    template <typename Make> Result take(int number, int count, const Make& make)
    {
        Result result = m_next == number ? m_future.get() : make(number);
        m_next = number + 1 < count ? number + 1 : -1;
        if (m_next >= 0) {
            m_future = std::async(std::launch::async, [make, next = m_next] { return make(next); });
        }
        return result;
    }

private:
    int m_next = -1; ///< The number that the second thread makes.
    std::future<Result> m_future;
};

} // namespace diascope::train
