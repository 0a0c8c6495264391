// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/EventWriter.h"

#include "base/Log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <string>
#include <system_error>
#include <unistd.h>

namespace diascope::runs {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "events.out.tfevents.";

double secondsNow()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The seconds in the name of an event file; 0 for other names.
std::int64_t secondsOf(const std::string& name)
{
    std::int64_t seconds = 0;
    if (name.starts_with(kPrefix)) {
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), seconds);
    }
    return seconds;
}

/// Now, or one second after the newest file of the folder: a clock that was set back must not put a resumed run before
/// itself.
std::int64_t nextSeconds(const fs::path& folder)
{
    auto seconds = static_cast<std::int64_t>(secondsNow());
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        seconds = std::max(seconds, secondsOf(entry->path().filename().string()) + 1);
    }
    if (error) {
        throw base::systemError(error.value(), folder, "look for earlier event files");
    }
    return seconds;
}

fs::path newEventFile(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw base::systemError(error.value(), folder, "make the folder for TensorBoard");
    }
    std::random_device random;
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%010lld.%08x", static_cast<long long>(nextSeconds(folder)),
        static_cast<unsigned>(random()));
    return folder / (std::string(kPrefix) + name.data());
}

int createdExclusively(const fs::path& file)
{
    const int number = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (number < 0) {
        throw base::systemError(errno, file, "make the file for TensorBoard");
    }
    return number;
}

} // namespace

EventWriter::EventWriter(const fs::path& folder, std::int64_t firstStep)
    : m_file(newEventFile(folder))
    , m_descriptor(createdExclusively(m_file))
{
    const double now = secondsNow();
    // Every file begins a session, the first one too: TensorBoard takes the second beginning for the first restart.
    append(framedRecord(versionEvent(now)) + framedRecord(sessionStartEvent(now, firstStep)));
}

void EventWriter::add(std::int64_t step, std::span<const Scalar> scalars)
{
    add(step, secondsNow(), scalars);
}

void EventWriter::add(std::int64_t step, double wallTime, std::span<const Scalar> scalars)
{
    if (!scalars.empty()) {
        append(framedRecord(scalarEvent(wallTime, step, scalars)));
    }
}

void EventWriter::append(std::string_view record)
{
    try {
        base::writeAll(m_descriptor, std::as_bytes(std::span(record)), m_file);
        if (::fdatasync(m_descriptor.number()) != 0) {
            throw base::systemError(errno, m_file, "flush it to the disk");
        }
        m_size += record.size();
    } catch (const base::Error&) {
        if (::ftruncate(m_descriptor.number(), static_cast<off_t>(m_size))
            != 0) { // no half records: TensorBoard stops at one
            base::logWarning(
                "A record for TensorBoard that could not be written whole could not be taken back either.");
        }
        throw;
    }
}

} // namespace diascope::runs
