// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shell/MainWindow.h"

#include "ui/common/Icon.h"
#include "ui/common/MessageBar.h"
#include "ui/common/Resources.h"
#include "ui/common/SafetyStrip.h"
#include "ui/read/ReadPage.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/Viewport.h"
#include "ui/shell/HelpDialogs.h"
#include "ui/shell/StatusLine.h"
#include "ui/train/TrainPage.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QMenu>
#include <QMimeData>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

namespace diascope::ui {

namespace {

QStringList localPaths(const QMimeData& data)
{
    QStringList paths;
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile()) {
            paths << url.toLocalFile();
        }
    }
    return paths;
}

} // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_chooser(dialogFileChooser())
{
    initResources();
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("Diascope"));
    setWindowIcon(QIcon(QStringLiteral(":/diascope/icons/diascope.svg")));
    setAcceptDrops(true);
    setMinimumSize(960, 600);
    resize(1280, 800);
    makeActions();
    makeCentre();
    makeViewActions();
    makeMenus();
    makeToolBar();
    connectParts();
    setTheme(m_theme);
    setPerspective(Perspective::Read);
    refreshActions();
}

void MainWindow::makeCentre()
{
    m_readPage = new ReadPage;
    m_trainPage = new TrainPage;
    m_messageBar = new MessageBar;
    m_stack = new QStackedWidget;
    m_stack->setObjectName(QStringLiteral("perspectiveStack"));
    m_stack->addWidget(m_readPage);
    m_stack->addWidget(m_trainPage);

    auto* pages = new QVBoxLayout;
    pages->setSpacing(0);
    pages->addWidget(m_messageBar);
    pages->addWidget(m_stack, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(0);
    row->addWidget(makeRail());
    row->addLayout(pages, 1);
    auto* centre = new QWidget;
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(row, 1);
    column->addWidget(new SafetyStrip);
    setCentralWidget(centre);

    m_status = new StatusLine;
    statusBar()->setObjectName(QStringLiteral("statusBar"));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_status, 1);
}

QWidget* MainWindow::makeRail()
{
    auto* rail = new QFrame;
    rail->setObjectName(QStringLiteral("rail"));
    auto* layout = new QVBoxLayout(rail);
    layout->setContentsMargins(6, 8, 6, 8);
    layout->setSpacing(4);
    for (QAction* action : m_perspectives->actions()) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setObjectName(action->objectName().replace(QStringLiteral("Action"), QStringLiteral("Button")));
        button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        button->setIconSize({26, 26});
        button->setFixedWidth(84); // wide enough for the longest translation
        button->setFocusPolicy(Qt::StrongFocus);
        layout->addWidget(button);
    }
    layout->addStretch(1);
    return rail;
}

void MainWindow::connectParts()
{
    connect(&m_readPage->viewport(), &Viewport::viewChanged, this, &MainWindow::refreshActions);
    connect(&m_readPage->resultPanel(), &ResultPanel::packageRequested, this, &MainWindow::askForPackage);
    connect(m_trainPage, &TrainPage::openPackageRequested, this, [this](const QString& path) {
        setPerspective(Perspective::Read);
        Q_EMIT openPackageRequested(path);
    });
    connect(m_status, &StatusLine::cancelRequested, this, &MainWindow::workCancelRequested);
}

void MainWindow::setPerspective(Perspective perspective)
{
    const bool changed = m_stack->currentIndex() != static_cast<int>(perspective);
    m_stack->setCurrentIndex(static_cast<int>(perspective));
    const bool read = perspective == Perspective::Read;
    named(read ? QStringLiteral("readAction") : QStringLiteral("trainAction"))->setChecked(true);
    m_toolBar->setVisible(read);
    if (read) {
        m_readPage->viewport().setFocus();
    }
    refreshActions();
    if (changed) {
        Q_EMIT perspectiveChanged(perspective);
    }
}

MainWindow::Perspective MainWindow::perspective() const
{
    return static_cast<Perspective>(m_stack->currentIndex());
}

void MainWindow::setTheme(ThemeKind kind)
{
    m_theme = kind;
    applyTheme(*qApp, kind);
    named(kind == ThemeKind::Dark ? QStringLiteral("darkThemeAction") : QStringLiteral("lightThemeAction"))->setChecked(true);
}

void MainWindow::setRecent(const QStringList& paths)
{
    m_recentMenu->clear();
    m_recentMenu->setEnabled(!paths.isEmpty());
    for (const QString& path : paths) {
        QString shown = fontMetrics().elidedText(path, Qt::ElideMiddle, 420);
        shown.replace(QLatin1Char('&'), QStringLiteral("&&"));
        m_recentMenu->addAction(shown, this, [this, path] { Q_EMIT openRequested({path}); });
    }
    m_recentMenu->addSeparator();
    QAction* clear = m_recentMenu->addAction(tr("Clear this list"), this, [this] {
        setRecent({});
        Q_EMIT recentCleared();
    });
    clear->setObjectName(QStringLiteral("clearRecentAction"));
}

void MainWindow::setDevice(const QString& text)
{
    m_status->setDevice(text);
}

void MainWindow::setMemory(const QString& text)
{
    m_status->setMemory(text);
}

void MainWindow::setWork(const std::optional<base::Progress>& progress)
{
    m_status->setWork(progress);
}

void MainWindow::setVersions(const QString& text)
{
    m_versions = text;
}

void MainWindow::setCloseGuard(bool on)
{
    m_closeGuard = on;
}

void MainWindow::setFileChooser(FileChooser chooser)
{
    m_chooser = chooser;
    m_trainPage->setFileChooser(std::move(chooser));
}

void MainWindow::askForFiles()
{
    m_chooser(this, {FileQuestion::Kind::OpenFiles, tr("Open images"), {}, tr("All files (*)")},
              [this](const QStringList& paths) { Q_EMIT openRequested(paths); });
}

void MainWindow::askForFolder()
{
    m_chooser(this, {FileQuestion::Kind::OpenFolder, tr("Open a folder of images"), {}, {}},
              [this](const QStringList& paths) { Q_EMIT openRequested(paths); });
}

void MainWindow::askForPackage()
{
    m_chooser(this,
              {FileQuestion::Kind::OpenFiles, tr("Open a model package"), {}, tr("Model packages (*.safetensors);;All files (*)")},
              [this](const QStringList& paths) { Q_EMIT openPackageRequested(paths.value(0)); });
}

void MainWindow::askForScreenshot()
{
    m_chooser(this, {FileQuestion::Kind::SaveFile, tr("Save a picture of the view"), QStringLiteral("diascope.png"), tr("PNG pictures (*.png)")},
              [this](const QStringList& paths) { Q_EMIT screenshotRequested(paths.value(0)); });
}

void MainWindow::showAbout()
{
    openAboutDialog(this, m_versions);
}

void MainWindow::showKeyboard()
{
    openKeyboardDialog(this);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_closeGuard) {
        event->ignore();
        Q_EMIT closeRequested();
        return;
    }
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls() && !localPaths(*event->mimeData()).isEmpty()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QStringList paths = localPaths(*event->mimeData());
    if (!paths.isEmpty()) {
        event->acceptProposedAction();
        setPerspective(Perspective::Read);
        Q_EMIT openRequested(paths);
    }
}

} // namespace diascope::ui
