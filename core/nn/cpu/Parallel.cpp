// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/cpu/Parallel.h"

#include <algorithm>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace diascope::nn::cpu {

void parallelFor(std::int64_t count, int threads, const std::function<void(std::int64_t, std::int64_t)>& work)
{
    threads = static_cast<int>(std::min<std::int64_t>(threads, count));
#ifdef _OPENMP
    if (threads > 1) {
#pragma omp parallel num_threads(threads)
        {
            const std::int64_t team = omp_get_num_threads(), member = omp_get_thread_num();
            const std::int64_t begin = count * member / team, end = count * (member + 1) / team;
            if (begin < end) {
                work(begin, end);
            }
        }
        return;
    }
#endif
    if (count > 0) {
        work(0, count);
    }
}

} // namespace diascope::nn::cpu
