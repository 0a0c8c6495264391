// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Trace.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include <ctime>
#include <unistd.h>

namespace diascope::app {

namespace {

/// Start of this process in seconds since boot: field 22 of /proc/self/stat, in clock ticks.
double startedAt()
{
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string field;
    constexpr int kFieldsAfterName = 20;
    for (int i = 0; i < kFieldsAfterName; ++i) {
        fields >> field;
    }
    return std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace

void traceMilestone(const char* name)
{
    static const bool wanted = std::getenv("DIASCOPE_TRACE") != nullptr;
    if (!wanted) {
        return;
    }
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double seconds = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - startedAt();
    std::fprintf(stderr, "{\"milestone\":\"%s\",\"ms\":%.1f}\n", name, seconds * 1000.0);
}

} // namespace diascope::app
