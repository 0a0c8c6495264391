// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/MessageBar.h"

#include "ui/common/Icon.h"
#include "ui/common/Text.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QPlainTextEdit>
#include <QStyle>
#include <QToolButton>

namespace diascope::ui {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("messageBar"));
    m_title = new QLabel(this);
    m_title->setObjectName(QStringLiteral("messageTitleLabel"));
    m_title->setProperty("role", QStringLiteral("title"));
    m_detail = new QLabel(this);
    m_detail->setObjectName(QStringLiteral("messageDetailLabel"));
    for (QLabel* label : {m_title, m_detail}) {
        label->setTextFormat(Qt::PlainText); // file names and reasons are untrusted text
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    }
    m_list = new QPlainTextEdit(this);
    m_list->setObjectName(QStringLiteral("messageListEdit"));
    m_list->setReadOnly(true);
    m_list->setMaximumHeight(140);
    m_list->setTabChangesFocus(true);

    const auto button = [this](const QString& name, const QString& iconName, const QString& tip) {
        auto* made = new QToolButton(this);
        made->setObjectName(name);
        made->setIcon(icon(iconName));
        made->setToolTip(tip);
        made->setAccessibleName(tip);
        return made;
    };
    m_listButton = button(QStringLiteral("messageListButton"), QStringLiteral("annotations"), tr("Show the list"));
    m_listButton->setCheckable(true);
    auto* copyButton = button(QStringLiteral("messageCopyButton"), QStringLiteral("copy"), tr("Copy the message"));
    auto* closeButton = button(QStringLiteral("messageCloseButton"), QStringLiteral("close"), tr("Dismiss"));

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(12, 6, 8, 6);
    layout->setVerticalSpacing(2);
    layout->addWidget(m_title, 0, 0);
    layout->addWidget(m_detail, 1, 0);
    layout->addWidget(m_listButton, 0, 1, 2, 1, Qt::AlignTop);
    layout->addWidget(copyButton, 0, 2, 2, 1, Qt::AlignTop);
    layout->addWidget(closeButton, 0, 3, 2, 1, Qt::AlignTop);
    layout->addWidget(m_list, 2, 0, 1, 4);
    layout->setColumnStretch(0, 1);

    connect(m_listButton, &QToolButton::toggled, m_list, &QWidget::setVisible);
    connect(copyButton, &QToolButton::clicked, this, &MessageBar::copy);
    connect(closeButton, &QToolButton::clicked, this, &MessageBar::clear);
    hide();
}

void MessageBar::showError(const base::Error& error)
{
    const QString title = errorTitle(error.code());
    const QString subject = safeText(error.subject());
    // A remedy that the core worded for this case is more use than the general one.
    const bool general = error.remedyText().empty() || error.remedyText() == base::remedy(error.code());
    const QString remedy = general ? errorRemedy(error.code()) : safeText(error.remedyText());
    m_list->clear();
    show(QStringLiteral("error"), subject.isEmpty() ? title : tr("%1: %2").arg(title, subject),
         QStringLiteral("%1\n%2").arg(safeText(error.detail()), remedy));
}

void MessageBar::showProblems(const QString& title, const std::vector<base::Problem>& problems)
{
    QStringList lines;
    for (const base::Problem& problem : problems) {
        lines << tr("%1: %2 (%3)").arg(safeText(problem.subject), safeText(problem.detail), errorTitle(problem.code));
    }
    m_list->setPlainText(lines.join(QLatin1Char('\n')));
    show(QStringLiteral("problems"), title, lines.isEmpty() ? QString() : lines.first());
    m_listButton->setVisible(lines.size() > 1);
}

void MessageBar::showNotice(const QString& text)
{
    m_list->clear();
    show(QStringLiteral("notice"), text, {});
}

void MessageBar::clear()
{
    m_text.clear();
    m_list->clear();
    hide();
}

QString MessageBar::text() const
{
    return m_text;
}

void MessageBar::show(const QString& kind, const QString& title, const QString& detail)
{
    setProperty("kind", kind);
    style()->unpolish(this);
    style()->polish(this);
    m_title->setText(title);
    m_detail->setText(detail);
    m_detail->setVisible(!detail.isEmpty());
    m_listButton->setChecked(false);
    m_listButton->setVisible(false);
    m_list->setVisible(false);
    const QString list = m_list->toPlainText();
    m_text = title;
    if (!list.isEmpty() || !detail.isEmpty()) {
        m_text += QLatin1Char('\n') + (list.isEmpty() ? detail : list);
    }
    QFrame::show();
}

void MessageBar::copy() const
{
    QGuiApplication::clipboard()->setText(m_text);
}

} // namespace diascope::ui
