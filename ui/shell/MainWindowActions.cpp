// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Icon.h"
#include "ui/read/CineBar.h"
#include "ui/read/ReadPage.h"
#include "ui/read/Viewport.h"
#include "ui/shell/MainWindow.h"

#include <QActionGroup>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>

#include <array>
#include <utility>

// The part of MainWindow that makes its menus and tools. Single keys belong to the viewport, which handles them itself; the
// menus only name them (the text after the tabulator), so that a letter typed into a field never turns an image.

namespace diascope::ui {

namespace {

constexpr std::array<std::pair<Viewport::Tool, const char*>, 4> kTools{{{Viewport::Tool::Window, "windowToolAction"},
                                                                        {Viewport::Tool::Zoom, "zoomToolAction"},
                                                                        {Viewport::Tool::Pan, "panToolAction"},
                                                                        {Viewport::Tool::Scroll, "scrollToolAction"}}};
constexpr std::array<std::pair<Viewport::Annotations, const char*>, 3> kAnnotations{
    {{Viewport::Annotations::All, "allAnnotationsAction"},
     {Viewport::Annotations::Minimal, "minimalAnnotationsAction"},
     {Viewport::Annotations::None, "noAnnotationsAction"}}};

QString latin(const char* text)
{
    return QString::fromLatin1(text);
}

} // namespace

QAction* MainWindow::addNamed(const QString& name, const QString& text, const QString& iconName)
{
    auto* action = new QAction(text, this);
    action->setObjectName(name);
    if (!iconName.isEmpty()) {
        action->setIcon(icon(iconName));
    }
    // "Invert\tI" reads "Invert (I)" as a tool tip.
    const QString plain = QString(text).remove(QLatin1Char('&'));
    const QString key = plain.section(QLatin1Char('\t'), 1);
    action->setToolTip(key.isEmpty() ? plain : QStringLiteral("%1 (%2)").arg(plain.section(QLatin1Char('\t'), 0, 0), key));
    action->setIconText(plain.section(QLatin1Char('\t'), 0, 0));
    addAction(action);
    return action;
}

QAction* MainWindow::named(const QString& name) const
{
    auto* action = findChild<QAction*>(name, Qt::FindDirectChildrenOnly);
    Q_ASSERT(action);
    return action;
}

void MainWindow::makeActions()
{
    m_perspectives = new QActionGroup(this);
    QAction* read = addNamed(QStringLiteral("readAction"), tr("Read"), QStringLiteral("read"));
    QAction* train = addNamed(QStringLiteral("trainAction"), tr("Train"), QStringLiteral("train"));
    read->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_1));
    train->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_3));
    for (const auto& [action, perspective] : {std::pair(read, Perspective::Read), std::pair(train, Perspective::Train)}) {
        action->setCheckable(true);
        action->setToolTip(QStringLiteral("%1 (%2)").arg(action->text(), action->shortcut().toString(QKeySequence::NativeText)));
        m_perspectives->addAction(action);
        const auto which = perspective;
        connect(action, &QAction::triggered, this, [this, which] { setPerspective(which); });
    }
    const auto file = [this](const char* name, const QString& text, const char* iconName, QKeySequence keys, void (MainWindow::*slot)()) {
        QAction* action = addNamed(latin(name), text, latin(iconName));
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, slot);
    };
    file("openAction", tr("&Open files…"), "open", QKeySequence::Open, &MainWindow::askForFiles);
    file("openFolderAction", tr("Open &folder…"), "folder", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), &MainWindow::askForFolder);
    file("openPackageAction", tr("Open model &package…"), "package", QKeySequence(Qt::CTRL | Qt::Key_M), &MainWindow::askForPackage);
    file("screenshotAction", tr("&Save screenshot…"), "camera", QKeySequence::Save, &MainWindow::askForScreenshot);
    QAction* quit = addNamed(QStringLiteral("quitAction"), tr("&Quit"));
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    connect(quit, &QAction::triggered, this, &QWidget::close);

    auto* themes = new QActionGroup(this);
    QAction* dark = addNamed(QStringLiteral("darkThemeAction"), tr("&Dark"));
    QAction* light = addNamed(QStringLiteral("lightThemeAction"), tr("&Light"));
    for (const auto& [action, kind] : {std::pair(dark, ThemeKind::Dark), std::pair(light, ThemeKind::Light)}) {
        action->setCheckable(true);
        themes->addAction(action);
        const auto which = kind;
        connect(action, &QAction::triggered, this, [this, which] {
            setTheme(which);
            Q_EMIT themeChanged(which);
        });
    }
    QAction* toggle = addNamed(QStringLiteral("themeAction"), tr("Change between dark and light"), QStringLiteral("theme"));
    connect(toggle, &QAction::triggered, this, [this] {
        setTheme(m_theme == ThemeKind::Dark ? ThemeKind::Light : ThemeKind::Dark);
        Q_EMIT themeChanged(m_theme);
    });
    connect(addNamed(QStringLiteral("keyboardAction"), tr("&Keyboard and mouse…")), &QAction::triggered, this, &MainWindow::showKeyboard);
    connect(addNamed(QStringLiteral("aboutAction"), tr("&About Diascope…")), &QAction::triggered, this, &MainWindow::showAbout);
}

void MainWindow::makeViewActions()
{
    Viewport* viewport = &m_readPage->viewport();
    const auto add = [&](const char* name, const QString& text, const char* iconName, auto&& what) {
        QAction* action = addNamed(latin(name), text, latin(iconName));
        connect(action, &QAction::triggered, viewport, std::forward<decltype(what)>(what));
        return action;
    };
    add("fitAction", tr("&Fit to view"), "fit", [viewport] { viewport->fit(); });
    add("oneToOneAction", tr("&One to one"), "one-to-one", [viewport] { viewport->oneToOne(); });
    add("rotateAction", tr("&Rotate 90° clockwise\tR"), "rotate", [viewport] { viewport->rotateClockwise(); });
    add("flipAction", tr("F&lip left-right\tF"), "flip", [viewport] { viewport->flipHorizontally(); });
    add("resetAction", tr("R&eset view\tEsc"), "reset", [viewport] { viewport->resetView(); });
    add("invertAction", tr("&Invert\tI"), "invert", [viewport](bool on) { viewport->setInverted(on); })->setCheckable(true);
    add("cineAction", tr("&Cine\tC"), "play", [viewport](bool on) { viewport->setCineRunning(on); })->setCheckable(true);
    add("overlayAction", tr("Model o&verlay\tG"), "overlay", [this](bool on) { m_readPage->setOverlayVisible(on); })->setCheckable(true);
    add("maximiseAction", tr("Image &alone"), "", [this](bool on) { m_readPage->setMaximised(on); })->setCheckable(true);
    named(QStringLiteral("maximiseAction"))->setShortcut(QKeySequence(Qt::Key_F11));
    connect(viewport, &Viewport::maximiseRequested, this,
            [this] { named(QStringLiteral("maximiseAction"))->setChecked(m_readPage->maximised()); });

    auto* tools = new QActionGroup(this);
    const QStringList texts{tr("Window/level tool\tW"), tr("Zoom tool\tZ"), tr("Pan tool\tT"), tr("Scroll tool\tS")};
    const QStringList icons{QStringLiteral("window"), QStringLiteral("zoom"), QStringLiteral("pan"), QStringLiteral("scroll")};
    for (std::size_t i = 0; i < kTools.size(); ++i) {
        const auto at = static_cast<qsizetype>(i);
        QAction* action = addNamed(latin(kTools[i].second), texts[at], icons[at]);
        action->setCheckable(true);
        tools->addAction(action);
        connect(action, &QAction::triggered, viewport, [viewport, tool = kTools[i].first] { viewport->setTool(tool); });
    }
    auto* levels = new QActionGroup(this);
    const QStringList levelTexts{tr("&All"), tr("&Minimal"), tr("&None but the patient")};
    for (std::size_t i = 0; i < kAnnotations.size(); ++i) {
        QAction* action = addNamed(latin(kAnnotations[i].second), levelTexts[static_cast<qsizetype>(i)]);
        action->setCheckable(true);
        levels->addAction(action);
        connect(action, &QAction::triggered, viewport, [viewport, level = kAnnotations[i].first] { viewport->setAnnotations(level); });
    }
    QAction* annotations = addNamed(QStringLiteral("annotationsAction"), tr("Annotations: next level\tSpace"), QStringLiteral("annotations"));
    connect(annotations, &QAction::triggered, viewport, [viewport] {
        viewport->setAnnotations(static_cast<Viewport::Annotations>((static_cast<int>(viewport->annotations()) + 1) % 3));
    });
}

void MainWindow::makeMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addActions({named(QStringLiteral("openAction")), named(QStringLiteral("openFolderAction"))});
    m_recentMenu = file->addMenu(tr("Open &recent"));
    m_recentMenu->setObjectName(QStringLiteral("recentMenu"));
    setRecent({});
    file->addSeparator();
    file->addActions({named(QStringLiteral("openPackageAction")), named(QStringLiteral("screenshotAction"))});
    file->addSeparator();
    file->addAction(named(QStringLiteral("quitAction")));

    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions(m_perspectives->actions());
    view->addSeparator();
    QMenu* theme = view->addMenu(tr("&Theme"));
    theme->addActions({named(QStringLiteral("darkThemeAction")), named(QStringLiteral("lightThemeAction"))});
    QMenu* annotations = view->addMenu(tr("A&nnotations"));
    for (const auto& [level, name] : kAnnotations) {
        annotations->addAction(named(latin(name)));
    }
    view->addActions({named(QStringLiteral("overlayAction")), named(QStringLiteral("maximiseAction"))});

    QMenu* imageMenu = menuBar()->addMenu(tr("&Image"));
    m_presetMenu = imageMenu->addMenu(tr("&Presets"));
    m_presetMenu->setObjectName(QStringLiteral("presetMenu"));
    connect(m_presetMenu, &QMenu::aboutToShow, this, &MainWindow::fillPresets);
    imageMenu->addAction(named(QStringLiteral("invertAction")));
    imageMenu->addSeparator();
    for (const char* name : {"fitAction", "oneToOneAction", "rotateAction", "flipAction", "resetAction"}) {
        imageMenu->addAction(named(latin(name)));
    }
    imageMenu->addSeparator();
    imageMenu->addAction(named(QStringLiteral("cineAction")));
    imageMenu->addSeparator();
    for (const auto& [tool, name] : kTools) {
        imageMenu->addAction(named(latin(name)));
    }

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addActions({named(QStringLiteral("keyboardAction")), named(QStringLiteral("aboutAction"))});
}

void MainWindow::makeToolBar()
{
    m_toolBar = addToolBar(tr("Tools"));
    m_toolBar->setObjectName(QStringLiteral("toolBar"));
    m_toolBar->setMovable(false);
    m_toolBar->setContextMenuPolicy(Qt::PreventContextMenu);
    m_toolBar->setIconSize({22, 22});
    for (const char* name : {"openAction", "openFolderAction", "openPackageAction", "", "windowToolAction", "zoomToolAction",
                             "panToolAction", "scrollToolAction", "", "fitAction", "oneToOneAction", "rotateAction", "flipAction",
                             "invertAction", "resetAction", "", "cineAction", "overlayAction", "annotationsAction", "", "screenshotAction",
                             "themeAction"}) {
        if (*name == '\0') {
            m_toolBar->addSeparator();
            continue;
        }
        QAction* action = named(latin(name));
        m_toolBar->addAction(action);
        QWidget* button = m_toolBar->widgetForAction(action);
        button->setObjectName(latin(name).replace(QStringLiteral("Action"), QStringLiteral("Button")));
        button->setFocusPolicy(Qt::TabFocus); // reachable by keyboard, but a click leaves the keys with the image
        button->setAccessibleName(action->iconText());
    }
}

void MainWindow::fillPresets()
{
    m_presetMenu->clear();
    const QStringList names = m_readPage->viewport().presetNames();
    for (int key = 0; key < names.size(); ++key) {
        if (!names[key].isEmpty()) {
            QString name = QString(names[key]).remove(QLatin1Char('\t')).replace(QLatin1Char('&'), QStringLiteral("&&"));
            m_presetMenu->addAction(QStringLiteral("%1\t%2").arg(name).arg(key), this,
                                    [this, key] { m_readPage->viewport().applyPreset(key); });
        }
    }
}

void MainWindow::refreshActions()
{
    const Viewport& viewport = m_readPage->viewport();
    const bool read = perspective() == Perspective::Read;
    const bool shown = read && viewport.hasImage();
    for (const char* name : {"fitAction", "oneToOneAction", "rotateAction", "flipAction", "invertAction", "resetAction", "screenshotAction"}) {
        named(latin(name))->setEnabled(shown);
    }
    m_presetMenu->setEnabled(shown);
    named(QStringLiteral("cineAction"))->setEnabled(shown && viewport.imageCount() > 1);
    QAction* cine = named(QStringLiteral("cineAction"));
    if (cine->isChecked() != viewport.cineRunning() || cine->data().toBool() != viewport.cineRunning()) {
        cine->setChecked(viewport.cineRunning());
        cine->setData(viewport.cineRunning()); // which icon it has; a click checks it before the viewport answers
        cine->setIcon(icon(viewport.cineRunning() ? QStringLiteral("pause") : QStringLiteral("play")));
    }
    named(QStringLiteral("invertAction"))->setChecked(viewport.inverted());
    named(QStringLiteral("overlayAction"))->setChecked(viewport.overlayVisible());
    for (const auto& [tool, name] : kTools) {
        named(latin(name))->setChecked(viewport.tool() == tool);
    }
    for (const auto& [level, name] : kAnnotations) {
        named(latin(name))->setChecked(viewport.annotations() == level);
    }
}

} // namespace diascope::ui
