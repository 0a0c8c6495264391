// SPDX-License-Identifier: GPL-3.0-or-later
// diascope-bench: the figures that need the application's window. `diascope-cli bench` runs it.
#include "app/bench/ScrollBench.h"
#include "app/bench/StartBench.h"
#include "base/Error.h"
#include "base/Log.h"

#include <QApplication>
#include <QCommandLineParser>

#include <iostream>
#include <thread>

namespace {

using diascope::bench::Figure;

void print(const std::vector<Figure>& figures)
{
    for (const auto& figure : figures) {
        std::cout << diascope::bench::toJson(figure, static_cast<int>(std::thread::hardware_concurrency()), "cpu").dump() << std::endl;
    }
}

/// One data set in one mode: "start" (a fresh process each time) or "scroll" (in this process).
void measure(const QString& mode, const std::string& name, const std::string& path, int runs)
{
    if (mode == QStringLiteral("start")) {
        const auto program = std::filesystem::path(QCoreApplication::applicationDirPath().toStdString()) / "diascope";
        print(diascope::bench::startFigures(name, program, path, runs));
    } else {
        print(diascope::bench::scrollFigures(name, path));
    }
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication::setOrganizationName(QStringLiteral("Diascope"));
    QCoreApplication::setApplicationName(QStringLiteral("DiascopeBench"));
    QApplication application(argc, argv);
    diascope::base::setLogLevel(diascope::base::LogLevel::Warning);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addPositionalArgument(QStringLiteral("mode"), QStringLiteral("start or scroll"));
    parser.addPositionalArgument(QStringLiteral("name"), QStringLiteral("Start of the figures' names."));
    parser.addPositionalArgument(QStringLiteral("path"), QStringLiteral("Data to open."));
    const QCommandLineOption runs(QStringLiteral("runs"), QStringLiteral("Counted runs of each start."), QStringLiteral("n"), QStringLiteral("3"));
    parser.addOption(runs);
    parser.process(application);
    const auto arguments = parser.positionalArguments();
    if (arguments.size() != 3) {
        parser.showHelp(2);
    }
    try {
        measure(arguments[0], arguments[1].toStdString(), arguments[2].toStdString(), parser.value(runs).toInt());
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "diascope-bench: " << error.what() << std::endl;
        return 1;
    }
}
