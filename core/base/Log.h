// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string_view>

namespace diascope::base {

enum class LogLevel { Debug, Info, Warning, Error };

/// Receives every log line. Called from any thread, one call at a time.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Replaces the sink (standard error by default); the application installs a file. An empty sink silences.
void setLogSink(LogSink sink);
/// Lines below this level are dropped before they reach the sink. Default: Info.
void setLogLevel(LogLevel level);

/// Writes one line. Never pass a patient name, identifier or date (safety rule 10).
void log(LogLevel level, std::string_view message);
void logInfo(std::string_view message);
void logWarning(std::string_view message);
void logError(std::string_view message);

} // namespace diascope::base
