// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <QList>
#include <QProcess>
#include <QStringList>

namespace diascope::tests {

/// What a call of `diascope-cli` gave.
struct CliResult {
    int code = -1;           ///< Exit code; -1: did not finish in time, -2: ended by a signal.
    QByteArray output;       ///< All of standard output.
    QList<base::Json> lines; ///< Its lines that are JSON objects.
    QString errors;          ///< All of standard error.

    /// The one object of commands that answer once; null when there is not exactly one.
    [[nodiscard]] const base::Json& only() const
    {
        static const base::Json none;
        return lines.size() == 1 ? lines.front() : none;
    }
};

/// The command line as it was built.
inline QString cliPath()
{
    return qEnvironmentVariable("DIASCOPE_BIN") + QStringLiteral("/diascope-cli");
}

/// Calls it as a script does, and waits.
inline CliResult runCli(const QStringList& arguments, int timeoutMs = 240'000)
{
    QProcess process;
    process.start(cliPath(), arguments);
    CliResult result;
    if (!process.waitForFinished(timeoutMs)) {
        process.kill();
        process.waitForFinished();
        result.errors = QStringLiteral("did not finish");
        return result;
    }
    result.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    result.errors = QString::fromUtf8(process.readAllStandardError());
    result.output = process.readAllStandardOutput();
    for (const QByteArray& line : result.output.split('\n')) {
        if (line.startsWith('{')) {
            result.lines << base::parseJson(line.toStdString(), "standard output");
        }
    }
    return result;
}

} // namespace diascope::tests
