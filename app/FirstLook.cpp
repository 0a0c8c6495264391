// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/FirstLook.h"

#include "base/AtomicFile.h"
#include "predict/PredictionJson.h"

#include <QCoreApplication>
#include <QDir>
#include <QTextStream>
#include <QTimer>

namespace diascope::app {

namespace {
constexpr int kLongestWaitMs = 60'000;
constexpr int kRefused = 3;
} // namespace

FirstLook::FirstLook(Application& application, QString folder, QObject* parent)
    : QObject(parent), m_application(application), m_folder(std::move(folder))
{
    // One turn of the event loop later, so that what was just set has been painted.
    connect(&application.read(), &ReadController::answerShown, this, &FirstLook::shoot, Qt::QueuedConnection);
    connect(&application.read(), &ReadController::answerFailed, this, &FirstLook::giveUp, Qt::QueuedConnection);
    QTimer::singleShot(kLongestWaitMs, this, [this] { giveUp(tr("no answer within a minute")); });
}

void FirstLook::shoot()
{
    if (m_done) {
        return;
    }
    m_done = true;
    QDir().mkpath(m_folder);
    auto& window = m_application.window();
    const QDir folder(m_folder);
    bool saved = true;
    for (const auto& [kind, name] : {std::pair{ui::ThemeKind::Light, "read-light.png"}, std::pair{ui::ThemeKind::Dark, "read-dark.png"}}) {
        window.setTheme(kind);
        saved = window.grab().save(folder.filePath(QString::fromLatin1(name))) && saved;
    }
    try {
        base::writeFileAtomically(folder.filePath(QStringLiteral("answer.json")).toStdString(),
                                  predict::toJson(*m_application.read().prediction()).dump(2) + "\n");
    } catch (const base::Error& error) {
        QTextStream(stderr) << error.what() << Qt::endl;
        saved = false;
    }
    QCoreApplication::exit(saved ? 0 : kRefused);
}

void FirstLook::giveUp(const QString& reason)
{
    if (!m_done) {
        m_done = true;
        QTextStream(stderr) << reason << Qt::endl;
        QCoreApplication::exit(kRefused);
    }
}

} // namespace diascope::app
