// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QImage>
#include <QTemporaryDir>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace diascope::tests {

/// A folder that vanishes with the test; writes small files into it.
class TinyFiles {
public:
    [[nodiscard]] std::filesystem::path root() const { return m_folder.path().toStdString(); }

    std::filesystem::path text(const std::string& name, const std::string& content) const
    {
        const std::filesystem::path file = root() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }
    /// A grey picture of one value, size x size.
    std::filesystem::path picture(const std::string& name, int grey, int size = 12) const
    {
        const std::filesystem::path file = root() / name;
        std::filesystem::create_directories(file.parent_path());
        QImage image(size, size, QImage::Format_Grayscale8);
        image.fill(grey);
        if (!image.save(QString::fromStdString(file.string()))) {
            throw std::runtime_error("cannot write " + file.string());
        }
        return file;
    }

private:
    QTemporaryDir m_folder;
};

} // namespace diascope::tests
