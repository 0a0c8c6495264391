// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/FileChooser.h"

#include <QFileDialog>

namespace diascope::ui {

FileChooser dialogFileChooser()
{
    return [](QWidget* parent, const FileQuestion& question, std::function<void(const QStringList&)> answer) {
        auto* dialog = new QFileDialog(parent, question.title, question.start, question.filter);
        dialog->setObjectName(QStringLiteral("fileDialog"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        switch (question.kind) {
        case FileQuestion::Kind::OpenFiles: dialog->setFileMode(QFileDialog::ExistingFiles); break;
        case FileQuestion::Kind::OpenFolder:
        case FileQuestion::Kind::SaveFolder:
            dialog->setFileMode(QFileDialog::Directory);
            dialog->setOption(QFileDialog::ShowDirsOnly);
            break;
        case FileQuestion::Kind::SaveFile:
            dialog->setFileMode(QFileDialog::AnyFile);
            dialog->setAcceptMode(QFileDialog::AcceptSave);
            dialog->setDefaultSuffix(QStringLiteral("png"));
            break;
        }
        QObject::connect(dialog, &QFileDialog::accepted, parent,
                         [dialog, answer = std::move(answer)] { answer(dialog->selectedFiles()); });
        dialog->open();
    };
}

} // namespace diascope::ui
