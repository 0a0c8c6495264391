// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Application.h"
#include "app/FirstLook.h"
#include "app/LogFile.h"
#include "app/SystemStop.h"
#include "nn/Device.h"
#include "ui/common/Resources.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QMessageBox>
#include <QTextStream>
#include <QTimer>

namespace {

using diascope::app::StartOptions;

StartOptions parse(const QApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("See through the image, and through the model. Research and education software. "
                                                    "Not a medical device. Not for diagnosis or treatment decisions."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("paths"), QStringLiteral("Files and folders to open."), QStringLiteral("[paths…]"));
    const QCommandLineOption package(QStringLiteral("package"), QStringLiteral("Open this model package."), QStringLiteral("file"));
    const QCommandLineOption overlay(QStringLiteral("overlay"), QStringLiteral("Start with the evidence overlay on."));
    const QCommandLineOption theme(QStringLiteral("theme"), QStringLiteral("dark or light."), QStringLiteral("name"));
    const QCommandLineOption device(QStringLiteral("device"), QStringLiteral("auto, cpu, cuda or cuda:N."), QStringLiteral("name"), QStringLiteral("auto"));
    const QCommandLineOption firstLook(QStringLiteral("first-look"),
                                       QStringLiteral("Save screenshots and the answer into this folder and end."), QStringLiteral("folder"));
    parser.addOptions({package, overlay, theme, device, firstLook});
    parser.process(application);
    return {.paths = parser.positionalArguments(),
            .package = parser.value(package),
            .overlay = parser.isSet(overlay),
            .theme = parser.value(theme),
            .firstLook = parser.value(firstLook),
            .device = parser.value(device)};
}

int run(QApplication& application)
{
    const auto options = parse(application);
    diascope::ui::installLanguage(application, {});
    diascope::app::Application diascope(options);
    std::unique_ptr<diascope::app::FirstLook> look;
    if (!options.firstLook.isEmpty()) {
        look = std::make_unique<diascope::app::FirstLook>(diascope, options.firstLook);
    }
    diascope::app::SystemStop systemStop;
    QObject::connect(&systemStop, &diascope::app::SystemStop::asked, &diascope, &diascope::app::Application::endNow);
    diascope.start();
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv)
{
    diascope::nn::loadAccelerator();
    QCoreApplication::setOrganizationName(QStringLiteral("Diascope"));
    QCoreApplication::setApplicationName(QStringLiteral("Diascope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(DIASCOPE_VERSION));
    QApplication application(argc, argv);
    diascope::app::installLogFile();
    try {
        return run(application);
    } catch (const std::exception& error) {
        QTextStream(stderr) << "diascope: " << error.what() << Qt::endl;
        QMessageBox box(QMessageBox::Critical, QStringLiteral("Diascope"), QString::fromUtf8(error.what()));
        box.setTextFormat(Qt::PlainText);
        if (QGuiApplication::platformName() != QStringLiteral("offscreen")) {
            box.exec();
        }
        return 1;
    }
}
