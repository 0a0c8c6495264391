// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/SeriesPanel.h"

#include "image/Render.h"
#include "ui/common/Labels.h"
#include "ui/common/Pixels.h"
#include "ui/common/Text.h"

#include <QHash>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace diascope::ui {

namespace {

constexpr int kKeyRole = Qt::UserRole;
constexpr int kThumb = 68;

QIcon onSquare(const QImage& picture)
{
    QPixmap square(kThumb * 2, kThumb * 2);
    square.fill(Qt::black);
    QPainter painter(&square);
    if (!picture.isNull()) {
        painter.drawImage((square.width() - picture.width()) / 2, (square.height() - picture.height()) / 2, picture);
    }
    painter.end();
    // The same picture for every state: a selected thumbnail must not be tinted.
    QIcon made;
    for (const auto mode : {QIcon::Normal, QIcon::Selected, QIcon::Active, QIcon::Disabled}) {
        made.addPixmap(square, mode);
    }
    return made;
}

int imagesOf(const study::Series& series)
{
    int count = 0;
    for (const study::Instance& instance : series.instances) {
        count += std::max(1, instance.info.frames);
    }
    return count;
}

} // namespace

SeriesPanel::SeriesPanel(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("seriesPanel"));
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* title = makeLabel(QStringLiteral("seriesTitleLabel"), tr("Series"), QStringLiteral("title"));
    m_list = new QListWidget(this);
    m_list->setObjectName(QStringLiteral("seriesList"));
    m_list->setAccessibleName(tr("Series"));
    m_list->setIconSize({kThumb, kThumb});
    m_list->setWordWrap(true);
    m_list->setSpacing(2);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_empty = makeLabel(QStringLiteral("seriesEmptyLabel"), tr("Nothing open yet."), QStringLiteral("muted"));
    m_status = makeLabel(QStringLiteral("seriesStatusLabel"), {}, QStringLiteral("muted"));
    m_status->hide();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 10, 4, 8);
    layout->addWidget(title);
    layout->addWidget(m_empty);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_status);
    m_list->hide();
    layout->addStretch(0);
    layout->setAlignment(m_empty, Qt::AlignTop);
    setMinimumWidth(170);

    connect(m_list, &QListWidget::itemClicked, this,
            [this](QListWidgetItem* item) { Q_EMIT seriesRequested(item->data(kKeyRole).toString()); });
    connect(m_list, &QListWidget::itemActivated, this,
            [this](QListWidgetItem* item) { Q_EMIT seriesRequested(item->data(kKeyRole).toString()); });
}

void SeriesPanel::setSeries(const std::vector<study::Series>& series)
{
    const QString selected = current();
    QHash<QString, QIcon> thumbnails;
    for (int row = 0; row < m_list->count(); ++row) {
        thumbnails.insert(m_list->item(row)->data(kKeyRole).toString(), m_list->item(row)->icon());
    }
    m_list->clear();
    QStringList wanted;
    for (const study::Series& one : series) {
        auto* item = new QListWidgetItem(m_list);
        const QString key = QString::fromStdString(one.key);
        item->setData(kKeyRole, key);
        describe(item, one);
        if (const auto known = thumbnails.constFind(key); known != thumbnails.constEnd()) {
            item->setIcon(*known);
        } else {
            item->setIcon(onSquare({}));
            wanted << key;
        }
    }
    m_list->setVisible(!series.empty());
    m_empty->setVisible(series.empty());
    setCurrent(selected);
    for (const QString& key : wanted) {
        Q_EMIT thumbnailRequested(key);
    }
}

void SeriesPanel::describe(QListWidgetItem* item, const study::Series& series) const
{
    const int images = imagesOf(series);
    const QString count = images == 1 ? tr("1 image") : tr("%1 images").arg(images);
    const QString modality = safeText(series.modality);
    QString title = safeText(series.title);
    if (title.isEmpty()) {
        title = tr("Untitled series");
    }
    QStringList lines{title};
    // A title that tells the count already needs no second line for it.
    if (!title.contains(count)) {
        lines << (modality.isEmpty() || title.contains(modality) ? count : QStringLiteral("%1 · %2").arg(modality, count));
    }
    QString tip = lines.join(QLatin1Char('\n'));
    if (!series.problems.empty()) {
        lines << (series.problems.size() == 1 ? tr("1 remark") : tr("%1 remarks").arg(series.problems.size()));
        for (const base::Problem& problem : series.problems) {
            tip += QLatin1Char('\n') + safeText(problem.subject) + QStringLiteral(": ") + safeText(problem.detail);
        }
    }
    item->setText(lines.join(QLatin1Char('\n')));
    item->setToolTip(plainToolTip(tip));
    item->setData(Qt::AccessibleTextRole, lines.join(QStringLiteral(", ")));
    item->setSizeHint({0, kThumb + 14});
}

void SeriesPanel::setThumbnail(const QString& key, const image::Image& image)
{
    if (QListWidgetItem* item = itemOf(key); item && !image.empty()) {
        item->setIcon(onSquare(toQImage(image::thumbnail(image, kThumb * 2, kThumb * 2))));
    }
}

void SeriesPanel::setCurrent(const QString& key)
{
    QListWidgetItem* item = itemOf(key);
    m_list->setCurrentItem(item);
    if (item) {
        m_list->scrollToItem(item);
    }
}

QString SeriesPanel::current() const
{
    const QListWidgetItem* item = m_list->currentItem();
    return item ? item->data(kKeyRole).toString() : QString();
}

void SeriesPanel::setStatus(const QString& text)
{
    m_status->setText(text);
    m_status->setVisible(!text.isEmpty());
}

void SeriesPanel::step(int by)
{
    const int row = m_list->currentRow() + by;
    if (row >= 0 && row < m_list->count()) {
        Q_EMIT seriesRequested(m_list->item(row)->data(kKeyRole).toString());
    }
}

QListWidgetItem* SeriesPanel::itemOf(const QString& key) const
{
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->data(kKeyRole).toString() == key) {
            return m_list->item(row);
        }
    }
    return nullptr;
}

} // namespace diascope::ui
