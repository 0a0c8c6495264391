// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Application.h"

#include "app/Trace.h"
#include "app/Versions.h"
#include "ui/common/MessageBar.h"
#include "ui/read/ReadPage.h"
#include "ui/read/Viewport.h"

#include <QApplication>
#include <QFile>
#include <QSettings>

#include <algorithm>
#include <thread>

namespace diascope::app {

namespace {

constexpr int kMaxRecent = 12;
constexpr int kMemoryEveryMs = 2000;

std::unique_ptr<decode::DecoderPool> makePool()
{
    decode::PoolConfig config;
    config.workers = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2u, 8u));
    return std::make_unique<decode::DecoderPool>(config);
}

/// Resident memory of this process in MiB, from the kernel.
double residentMiB()
{
    QFile status(QStringLiteral("/proc/self/statm"));
    if (!status.open(QIODevice::ReadOnly)) {
        return 0.0;
    }
    const auto fields = status.readAll().split(' ');
    return fields.size() > 1 ? fields[1].toDouble() * 4096.0 / (1 << 20) : 0.0;
}

/// What the status line says of a device.
QString deviceText(const QString& device)
{
    return device == QStringLiteral("cpu")
        ? Application::tr("CPU, %1 cores").arg(std::thread::hardware_concurrency())
        : device;
}

} // namespace

Application::Application(const StartOptions& options, QObject* parent)
    : QObject(parent)
    , m_options(options)
    , m_pool(makePool())
    , m_window(std::make_unique<ui::MainWindow>())
    , m_inference(std::make_unique<InferenceController>(options.device))
    , m_training(std::make_unique<TrainingController>(*m_pool))
    , m_read(std::make_unique<ReadController>(*m_window, *m_pool, *m_inference))
    , m_desk(std::make_unique<TrainingDesk>(*m_window, *m_training, *m_pool, QString::fromStdString(modelsFolder().string())))
{
    restoreSettings();
    connectShell();
    connectClosing();
}

Application::~Application()
{
    // Controllers before the window that they show in, the pool last.
    m_desk.reset();
    m_read.reset();
    m_training.reset();
    m_inference.reset();
    m_window.reset();
}

void Application::connectShell()
{
    auto& window = *m_window;
    connect(&window, &ui::MainWindow::openRequested, m_read.get(), &ReadController::open);
    connect(&window, &ui::MainWindow::openRequested, &window, [&window] { window.setPerspective(ui::MainWindow::Perspective::Read); });
    connect(&window, &ui::MainWindow::openPackageRequested, m_read.get(), &ReadController::openPackage);
    connect(m_read.get(), &ReadController::opened, this, &Application::rememberRecent);
    connect(m_inference.get(), &InferenceController::packageLoaded, &window,
            [&window](const PackageSummary& summary) { window.setDevice(deviceText(summary.device)); });
    connect(&window, &ui::MainWindow::screenshotRequested, this, [this](const QString& file) {
        if (!m_window->readPage().screenshot().save(file)) {
            m_window->messageBar().showError(base::Error(base::ErrorCode::Unreadable, file.toStdString(), "the picture could not be written",
                                                         "Choose a folder that you may write to and a name that ends in .png."));
        }
    });
    connect(&window, &ui::MainWindow::recentCleared, this, [this] {
        QSettings().remove(QStringLiteral("recent"));
        m_window->setRecent({});
    });
    connect(&window, &ui::MainWindow::themeChanged, this, [](ui::ThemeKind kind) {
        QSettings().setValue(QStringLiteral("theme"), kind == ui::ThemeKind::Light ? QStringLiteral("light") : QStringLiteral("dark"));
    });
    window.setVersions(QString::fromStdString(versionText()));
    window.setDevice(deviceText(QStringLiteral("cpu")));
    connect(&m_memoryTimer, &QTimer::timeout, this, &Application::showMemory);
    m_memoryTimer.start(kMemoryEveryMs);
}

/// A running training is stopped within one batch and stays resumable; then the window closes.
void Application::connectClosing()
{
    connect(m_desk.get(), &TrainingDesk::runningChanged, m_window.get(), &ui::MainWindow::setCloseGuard);
    connect(m_window.get(), &ui::MainWindow::closeRequested, this, [this] {
        connect(m_training.get(), &TrainingController::finished, m_window.get(), [this] {
            m_window->setCloseGuard(false);
            m_window->close();
        });
        m_training->requestStop();
    });
}

void Application::endNow()
{
    if (!m_training->isRunning()) {
        QCoreApplication::quit();
        return;
    }
    connect(m_training.get(), &TrainingController::finished, qApp, &QCoreApplication::quit);
    m_training->requestStop();
}

void Application::restoreSettings()
{
    QSettings settings;
    const QString theme = m_options.theme.isEmpty() ? settings.value(QStringLiteral("theme"), QStringLiteral("dark")).toString() : m_options.theme;
    m_window->setTheme(theme == QStringLiteral("light") ? ui::ThemeKind::Light : ui::ThemeKind::Dark);
    m_window->setRecent(settings.value(QStringLiteral("recent")).toStringList());
    m_window->readPage().setOverlayVisible(m_options.overlay);
}

void Application::rememberRecent(const QStringList& paths)
{
    if (!m_options.firstLook.isEmpty()) {
        return;
    }
    QSettings settings;
    QStringList recent = settings.value(QStringLiteral("recent")).toStringList();
    for (const auto& path : paths) {
        recent.removeAll(path);
        recent.prepend(path);
    }
    recent = recent.mid(0, kMaxRecent);
    settings.setValue(QStringLiteral("recent"), recent);
    m_window->setRecent(recent);
}

void Application::showMemory() { m_window->setMemory(tr("%1 MiB").arg(residentMiB(), 0, 'f', 0)); }

/// Says when the window, the first image and the whole series stood on the screen (only with DIASCOPE_TRACE).
void Application::traceStart()
{
    if (!qEnvironmentVariableIsSet("DIASCOPE_TRACE")) {
        return;
    }
    m_window->repaint();
    traceMilestone("window");
    connect(m_read.get(), &ReadController::firstImageShown, this, [this] {
        m_window->readPage().viewport().repaint();
        traceMilestone("firstImage");
    });
    connect(m_read.get(), &ReadController::scanFinished, this, [] { traceMilestone("listed"); });
    connect(m_read.get(), &ReadController::answerShown, this, [] { traceMilestone("answer"); });
    auto* poll = new QTimer(this);
    connect(poll, &QTimer::timeout, this, [this, poll] {
        if (m_read->loadedCompletely()) {
            traceMilestone("loaded");
            poll->stop();
        }
    });
    poll->start(10);
}

void Application::start()
{
    m_window->show();
    traceStart();
    if (!m_options.package.isEmpty()) {
        m_read->openPackage(m_options.package);
    }
    if (!m_options.paths.isEmpty()) {
        m_read->open(m_options.paths);
    }
}

} // namespace diascope::app
