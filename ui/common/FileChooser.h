// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>

class QWidget;

namespace diascope::ui {

/// What a file dialog asks for.
struct FileQuestion {
    enum class Kind { OpenFiles, OpenFolder, SaveFile, SaveFolder } kind = Kind::OpenFiles;
    QString title;
    QString start;  ///< Folder or file to begin with; empty = last used.
    QString filter; ///< As QFileDialog writes it.
};

/// Asks and calls back with the answer; not at all when cancelled. A seam: tests put their own in place of the dialog.
using FileChooser = std::function<void(QWidget* parent, const FileQuestion& question, std::function<void(const QStringList&)> answer)>;

/// The system's dialog, window-modal, without a nested event loop.
[[nodiscard]] FileChooser dialogFileChooser();

} // namespace diascope::ui
