// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shell/HelpDialogs.h"

#include "ui/common/Labels.h"
#include "ui/common/SafetyStrip.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QIcon>
#include <QPlainTextEdit>
#include <QTableWidget>
#include <QVBoxLayout>

#include <utility>

namespace diascope::ui {

namespace {

struct Help {
    Q_DECLARE_TR_FUNCTIONS(diascope::ui::Help)
};

QDialog* makeDialog(QWidget* parent, const QString& name, const QString& title)
{
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(name);
    dialog->setWindowTitle(title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    new QVBoxLayout(dialog);
    return dialog;
}

void finish(QDialog* dialog)
{
    auto* buttons = new QDialogButtonBox;
    buttons->addButton(Help::tr("Close"), QDialogButtonBox::RejectRole);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    dialog->layout()->addWidget(buttons);
    dialog->open();
}

QList<std::pair<QString, QString>> keyList()
{
    return {{Help::tr("Left drag"), Help::tr("Window/level: right is wider, up is brighter (or the chosen tool)")},
            {Help::tr("Middle drag"), Help::tr("Pan")},
            {Help::tr("Right drag"), Help::tr("Zoom; a click without a drag opens the menu")},
            {Help::tr("Wheel"), Help::tr("Scroll through the images")},
            {Help::tr("Ctrl + wheel"), Help::tr("Zoom at the pointer")},
            {Help::tr("Double click"), Help::tr("Fit to view; again: image alone")},
            {Help::tr("Arrows, Shift + arrows"), Help::tr("One image, ten images")},
            {Help::tr("Home, End"), Help::tr("First and last image")},
            {Help::tr("Page up, page down"), Help::tr("Series before and after")},
            {QStringLiteral("W  Z  T  S"), Help::tr("Left button: window/level, zoom, pan, scroll")},
            {QStringLiteral("0"), Help::tr("Automatic window")},
            {QStringLiteral("1  2"), Help::tr("Windows of the file")},
            {QStringLiteral("3 … 9"), Help::tr("Presets of the modality")},
            {QStringLiteral("+  −"), Help::tr("Zoom in and out")},
            {QStringLiteral("I"), Help::tr("Invert")},
            {QStringLiteral("R"), Help::tr("Rotate 90° clockwise")},
            {QStringLiteral("F"), Help::tr("Flip left-right")},
            {QStringLiteral("C"), Help::tr("Cine on and off")},
            {Help::tr("Space"), Help::tr("Annotations: all, minimal, none")},
            {QStringLiteral("G"), Help::tr("Model overlay on and off")},
            {QStringLiteral("H"), Help::tr("Hold to hide the overlay")},
            {QStringLiteral("Esc"), Help::tr("Cancel the drag, stop the cine, or reset the view")},
            {QStringLiteral("Ctrl+1  Ctrl+3"), Help::tr("Read, Train")},
            {QStringLiteral("Ctrl+O"), Help::tr("Open files")}};
}

} // namespace

void openAboutDialog(QWidget* parent, const QString& versions)
{
    QDialog* dialog = makeDialog(parent, QStringLiteral("aboutDialog"), Help::tr("About Diascope"));
    auto* layout = dialog->layout();
    layout->addWidget(makeLabel(QStringLiteral("aboutTitleLabel"), QStringLiteral("Diascope"), QStringLiteral("big")));
    layout->addWidget(makeLabel(QStringLiteral("aboutSloganLabel"), Help::tr("See through the image, and through the model.")));
    layout->addWidget(makeLabel(QStringLiteral("aboutSafetyLabel"), SafetyStrip::sentence(), QStringLiteral("warning")));
    auto* text = new QPlainTextEdit(versions);
    text->setObjectName(QStringLiteral("versionsEdit"));
    text->setReadOnly(true);
    text->setTabChangesFocus(true);
    text->setAccessibleName(Help::tr("Versions"));
    layout->addWidget(text);
    layout->addWidget(makeLabel(QStringLiteral("aboutLicenceLabel"), Help::tr("Free software: GNU General Public License, version 3 or later."),
                                QStringLiteral("muted")));
    dialog->resize(560, 420);
    finish(dialog);
}

void openKeyboardDialog(QWidget* parent)
{
    QDialog* dialog = makeDialog(parent, QStringLiteral("keyboardDialog"), Help::tr("Keyboard and mouse"));
    const auto keys = keyList();
    auto* table = new QTableWidget(static_cast<int>(keys.size()), 2);
    table->setObjectName(QStringLiteral("keyboardTable"));
    table->setHorizontalHeaderLabels({Help::tr("Key"), Help::tr("What it does")});
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->setAlternatingRowColors(true);
    for (int row = 0; row < static_cast<int>(keys.size()); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(keys[row].first));
        table->setItem(row, 1, new QTableWidgetItem(keys[row].second));
    }
    table->resizeColumnsToContents();
    table->horizontalHeader()->setStretchLastSection(true);
    dialog->layout()->addWidget(table);
    dialog->resize(680, 620);
    finish(dialog);
}

} // namespace diascope::ui
