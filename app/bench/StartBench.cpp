// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/StartBench.h"

#include "base/Error.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QProcessEnvironment>

namespace diascope::bench {

StartRun startApplication(const std::filesystem::path& program, const std::vector<std::string>& arguments, const std::string& last,
                          double timeoutSeconds)
{
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("DIASCOPE_TRACE"), QStringLiteral("1"));
    process.setProcessEnvironment(environment);
    QStringList list;
    for (const auto& argument : arguments) {
        list << QString::fromStdString(argument);
    }
    process.start(QString::fromStdString(program.string()), list);
    if (!process.waitForStarted()) {
        throw base::Error(base::ErrorCode::NotFound, program.string(), "the application could not be started");
    }
    process.setReadChannel(QProcess::StandardError);
    StartRun run;
    QElapsedTimer clock;
    clock.start();
    while (!run.milestonesMs.contains(last) && static_cast<double>(clock.elapsed()) < timeoutSeconds * 1000.0) {
        if (!process.canReadLine() && !process.waitForReadyRead(500) && process.state() == QProcess::NotRunning) {
            break;
        }
        while (process.canReadLine()) {
            const auto line = process.readLine().trimmed().toStdString();
            if (line.starts_with("{\"milestone\"")) {
                const auto json = base::parseJson(line, "trace");
                run.milestonesMs.emplace(json.at("milestone").get<std::string>(), json.at("ms").get<double>());
            }
        }
    }
    run.memory = memoryOf(static_cast<int>(process.processId()));
    process.terminate();
    if (!process.waitForFinished(5000)) {
        process.kill();
        process.waitForFinished();
    }
    if (!run.milestonesMs.contains(last)) {
        throw base::Error(base::ErrorCode::Timeout, program.string(), "the application did not reach '" + last + "'");
    }
    return run;
}

std::vector<Figure> startFigures(const std::string& name, const std::filesystem::path& program, const std::filesystem::path& path, int runs)
{
    std::map<std::string, std::vector<double>> milestones;
    std::vector<double> resident, peak;
    for (int i = 0; i < runs + 1; ++i) {
        const auto run = startApplication(program, {path.string()}, "loaded");
        if (i == 0) {
            continue; // Warms the page cache.
        }
        for (const auto& [milestone, ms] : run.milestonesMs) {
            milestones[milestone].push_back(ms);
        }
        resident.push_back(run.memory.residentMiB);
        peak.push_back(run.memory.peakMiB);
    }
    std::vector<Figure> figures;
    const std::string how = "median of " + std::to_string(runs) + ", from process start";
    for (const auto& [milestone, values] : milestones) {
        figures.push_back({name + "." + milestone, median(values) / 1000.0, "s", how});
    }
    figures.push_back({name + ".residentAfterLoad", median(resident), "MiB", "application process"});
    figures.push_back({name + ".peak", median(peak), "MiB", "application process"});
    return figures;
}

} // namespace diascope::bench
