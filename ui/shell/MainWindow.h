// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"
#include "ui/common/FileChooser.h"
#include "ui/common/Theme.h"

#include <QMainWindow>
#include <QString>
#include <QStringList>

#include <optional>

class QAction;
class QActionGroup;
class QMenu;
class QStackedWidget;
class QToolBar;

namespace diascope::ui {

class MessageBar;
class ReadPage;
class StatusLine;
class TrainPage;

/// The window: rail with the perspectives, pages, message bar, status line, safety strip, menus and toolbar. It owns the pages and
/// knows nothing behind them; the application connects their signals. Its title never names a patient or a file.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    enum class Perspective { Read, Train };
    Q_ENUM(Perspective)

    explicit MainWindow(QWidget* parent = nullptr);

    [[nodiscard]] ReadPage& readPage() const { return *m_readPage; }
    [[nodiscard]] TrainPage& trainPage() const { return *m_trainPage; }
    [[nodiscard]] MessageBar& messageBar() const { return *m_messageBar; }

    void setPerspective(Perspective perspective);
    [[nodiscard]] Perspective perspective() const;
    /// Applies the theme to the application and marks it in the menu. Does not emit themeChanged.
    void setTheme(ThemeKind kind);
    void setRecent(const QStringList& paths);       ///< Newest first.
    void setDevice(const QString& text);            ///< "CPU, 16 threads", "NVIDIA H200".
    void setMemory(const QString& text);            ///< "1.2 of 16 GB".
    /// Running work with its progress; nullopt when there is none.
    void setWork(const std::optional<base::Progress>& progress);
    void setVersions(const QString& text);          ///< Plain text of Help > About.
    /// While the guard is on, closing the window emits closeRequested() and leaves it open: the application finishes a running
    /// training, takes the guard off and closes again.
    void setCloseGuard(bool on);
    void setFileChooser(FileChooser chooser);

Q_SIGNALS:
    void openRequested(const QStringList& paths);   ///< Files and folders, from dialogs, drops and the recent list.
    void openPackageRequested(const QString& path);
    void screenshotRequested(const QString& path);  ///< Save readPage().screenshot() there.
    void recentCleared();
    void themeChanged(diascope::ui::ThemeKind kind);///< By the user; already applied.
    void perspectiveChanged(diascope::ui::MainWindow::Perspective perspective);
    void workCancelRequested();
    void closeRequested();

public:
    /// What File > Open..., Open folder... and Open package... do.
    void askForFiles();
    void askForFolder();
    void askForPackage();
    void askForScreenshot();
    void showAbout();
    void showKeyboard();

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeCentre();
    [[nodiscard]] QWidget* makeRail();
    void makeActions();
    void makeViewActions();
    void makeMenus();
    void makeToolBar();
    void connectParts();
    void refreshActions();
    void fillPresets();
    QAction* addNamed(const QString& name, const QString& text, const QString& iconName = {});
    [[nodiscard]] QAction* named(const QString& name) const;

    QStackedWidget* m_stack = nullptr;
    ReadPage* m_readPage = nullptr;
    TrainPage* m_trainPage = nullptr;
    MessageBar* m_messageBar = nullptr;
    StatusLine* m_status = nullptr;
    QToolBar* m_toolBar = nullptr;
    QMenu* m_recentMenu = nullptr;
    QMenu* m_presetMenu = nullptr;
    QActionGroup* m_perspectives = nullptr;
    FileChooser m_chooser;
    QString m_versions;
    ThemeKind m_theme = ThemeKind::Dark;
    bool m_closeGuard = false;
};

} // namespace diascope::ui
