// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "study/Series.h"

#include <QString>
#include <QWidget>

#include <vector>

class QLabel;
class QListWidget;
class QListWidgetItem;

namespace diascope::ui {

/// The list of series with thumbnails. Texts of files are shown as plain text; series keys are never shown.
class SeriesPanel final : public QWidget {
    Q_OBJECT
public:
    explicit SeriesPanel(QWidget* parent = nullptr);

    /// Replaces the list; thumbnails and the selection stay for keys that are still there. Emits thumbnailRequested for new keys.
    void setSeries(const std::vector<study::Series>& series);
    void setThumbnail(const QString& key, const image::Image& image);
    void setCurrent(const QString& key);        ///< Marks it; emits nothing.
    [[nodiscard]] QString current() const;
    void setStatus(const QString& text);        ///< "Reading folder: 120 files"; empty hides the line.
    void step(int by);                          ///< Requests the series before or after the current one.

Q_SIGNALS:
    void seriesRequested(const QString& key);
    void thumbnailRequested(const QString& key);

private:
    [[nodiscard]] QListWidgetItem* itemOf(const QString& key) const;
    void describe(QListWidgetItem* item, const study::Series& series) const;

    QListWidget* m_list = nullptr;
    QLabel* m_empty = nullptr;
    QLabel* m_status = nullptr;
};

} // namespace diascope::ui
