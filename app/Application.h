// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/read/InferenceController.h"
#include "app/read/ReadController.h"
#include "app/training/TrainingController.h"
#include "app/training/TrainingDesk.h"
#include "decode/DecoderPool.h"
#include "ui/shell/MainWindow.h"

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <memory>

namespace diascope::app {

/// What the command line of the application asks for.
struct StartOptions {
    QStringList paths;      ///< Files and folders to open.
    QString package;        ///< Model package to open; empty = none.
    bool overlay = false;   ///< Start with the evidence overlay on.
    QString theme;          ///< "dark", "light" or empty = as last time.
    QString firstLook;      ///< Folder for screenshots and the answer; the application then ends by itself. Empty = no.
    QString device = QStringLiteral("auto");
};

/// The wiring diagram in code: makes every part, connects it with the others, and owns them all.
class Application final : public QObject {
    Q_OBJECT
public:
    explicit Application(const StartOptions& options, QObject* parent = nullptr);
    ~Application() override;

    void start();
    /// Ends without asking: a run is stopped first, with a checkpoint.
    void endNow();
    [[nodiscard]] ui::MainWindow& window() { return *m_window; }
    [[nodiscard]] ReadController& read() { return *m_read; }
    [[nodiscard]] TrainingController& training() { return *m_training; }

private:
    void connectShell();
    void connectClosing();
    void restoreSettings();
    void rememberRecent(const QStringList& paths);
    void showMemory();
    void traceStart();

    StartOptions m_options;
    std::unique_ptr<decode::DecoderPool> m_pool;
    std::unique_ptr<ui::MainWindow> m_window;
    std::unique_ptr<InferenceController> m_inference;
    std::unique_ptr<TrainingController> m_training;
    std::unique_ptr<ReadController> m_read;
    std::unique_ptr<TrainingDesk> m_desk;
    QTimer m_memoryTimer;
};

} // namespace diascope::app
