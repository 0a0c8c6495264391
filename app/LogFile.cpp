// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/LogFile.h"

#include "base/Log.h"

#include <QDir>
#include <QStandardPaths>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

namespace diascope::app {

namespace {

spdlog::level::level_enum toSpdlog(base::LogLevel level)
{
    switch (level) {
    case base::LogLevel::Debug:
        return spdlog::level::debug;
    case base::LogLevel::Info:
        return spdlog::level::info;
    case base::LogLevel::Warning:
        return spdlog::level::warn;
    case base::LogLevel::Error:
        break;
    }
    return spdlog::level::err;
}

} // namespace

void installLogFile()
{
    constexpr std::size_t kFileBytes = 1u << 20;
    constexpr std::size_t kFiles = 3;
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation));
    if (!folder.mkpath(QStringLiteral("."))) {
        return; // Standard error stays the sink.
    }
    try {
        auto logger = spdlog::rotating_logger_mt("diascope", folder.filePath(QStringLiteral("log.txt")).toStdString(), kFileBytes, kFiles);
        logger->flush_on(spdlog::level::warn);
        base::setLogSink([logger](base::LogLevel level, std::string_view message) { logger->log(toSpdlog(level), "{}", message); });
    } catch (const spdlog::spdlog_ex& error) {
        base::logWarning(std::string("no log file: ") + error.what());
    }
}

} // namespace diascope::app
