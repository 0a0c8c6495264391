// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_layers/LayerCheck.h"

#include <QTemporaryDir>
#include <QTest>
#include <cstdlib>
#include <fstream>
#include <memory>

using namespace diascope::tests;
namespace fs = std::filesystem;

namespace {

QByteArray lines(const std::vector<std::string>& faults)
{
    QByteArray text;
    for (const auto& fault : faults) {
        text += QByteArray(fault.data(), static_cast<qsizetype>(fault.size())) + "\n";
    }
    return text;
}

} // namespace

/// The layers of ARCHITECTURE.md, enforced on the sources, and the enforcement itself tried on planted faults.
class TestCheckLayers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void theSourcesKeepTheLayers()
    {
        const auto includes = sources();
        QVERIFY2(includes.size() > 300, "too few includes were found: is this the root of the sources?");
        const QByteArray faults = lines(forbiddenArrows(includes, LayerTable()));
        QVERIFY2(faults.isEmpty(), "\n" + faults);
    }

    void theSourcesHaveNoCycles()
    {
        const QByteArray faults = lines(cycles(sources()));
        QVERIFY2(faults.isEmpty(), "\n" + faults);
    }

    void theTableIsSoundAndComplete()
    {
        const LayerTable table;
        QCOMPARE(lines(faultsOfTable(table)), QByteArray());
        for (const auto& entry : fs::directory_iterator(root() / "core")) {
            const std::string name = entry.path().filename().string();
            QVERIFY2(!entry.is_directory() || table.core.contains(name), name.c_str());
        }
        LayerTable bad;
        bad.core["base"] = {"pipeline", "nowhere"};
        QVERIFY(lines(faultsOfTable(bad)).contains("base names nowhere"));
        QVERIFY(lines(faultsOfTable(bad)).contains("base -> pipeline -> "));
    }

    void plantedIncludes_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("line");
        QTest::addColumn<QByteArray>("fault"); // empty: allowed
        const auto row = [](const char* name, const char* file, const char* line, const char* fault) {
            QTest::newRow(name) << file << line << QByteArray(fault);
        };
        row("upward in core", "core/base/Log.cpp", "#include \"nn/Registry.h\"", "core/base may not use core/nn");
        row("upward out of core", "core/image/Image.cpp", "#include \"ui/read/Viewport.h\"", "core/image may not use ui/read");
        row("upward by a relative path", "core/image/Image.cpp", "#include \"../../ui/read/Viewport.h\"", "core/image may not use ui/read");
        row("core uses app", "core/pipeline/Train.cpp", "#include \"app/Application.h\"", "core/pipeline may not use app");
        row("sideways", "core/explain/Cam.cpp", "#include \"train/Loop.h\"", "core/explain may not use core/train");
        row("brackets count as well", "core/base/Log.cpp", "#  include <nn/Registry.h>", "core/base may not use core/nn");
        row("transitive is allowed", "core/study/Series.cpp", "#include \"base/Error.h\"", "");
        row("nn may not use metrics", "core/nn/Vgg.cpp", "#include \"metrics/Roc.h\"", "core/nn may not use core/metrics");
        row("new folder", "core/magic/Spell.cpp", "#include \"base/Error.h\"", "does not know");
        row("Qt in core", "core/base/Log.cpp", "#include <QString>", "core/base may not use Qt");
        row("Qt module in core", "core/base/Log.cpp", "#include <QtCore/qglobal.h>", "core/base may not use Qt");
        row("Qt in ui", "ui/read/Viewport.cpp", "#include <QWidget>", "");
        row("torch in a header", "core/nn/Registry.h", "#include <torch/torch.h>", "only ATen/core/Tensor.h in a header");
        row("tensor in a header", "core/nn/Registry.h", "#include <ATen/core/Tensor.h>", "");
        row("torch in a source", "core/train/Loop.cpp", "#include <torch/torch.h>", "");
        row("torch in image", "core/image/Image.cpp", "#include <ATen/core/Tensor.h>", "core/image may not use LibTorch");
        row("torch in ui", "ui/read/Viewport.cpp", "#include <torch/torch.h>", "ui/read may not use LibTorch");
        row("torch in app", "app/cli/main.cpp", "#include <c10/core/Device.h>", "app/cli may not use LibTorch");
        row("DCMTK in study", "core/study/Series.cpp", "#include <dcmtk/dcmdata/dctk.h>", "core/study may not use DCMTK");
        row("DCMTK in dicom", "core/dicom/Reader.cpp", "#include <dcmtk/dcmdata/dctk.h>", "");
        row("plain struct in ui", "ui/read/Viewport.cpp", "#include \"study/Series.h\"", "");
        row("engine in ui", "ui/train/TrainPage.cpp", "#include \"train/Loop.h\"", "ui/train may use only plain structs");
        row("image in ui", "ui/read/Viewport.cpp", "#include \"image/Image.h\"", "");
        row("ui uses app", "ui/shell/MainWindow.cpp", "#include \"app/Application.h\"", "ui/shell may not use app");
        row("app uses ui", "app/Application.cpp", "#include \"ui/read/Viewport.h\"", "");
        row("dicom in the window", "app/read/Reader.cpp", "#include \"dicom/Reader.h\"", "app/read may not use core/dicom");
        row("dicom in the decoder", "app/decoder/main.cpp", "#include \"dicom/Reader.h\"", "");
        row("formats in the command line", "app/cli/main.cpp", "#include \"formats/Formats.h\"", "");
        row("network in the decoder", "app/decoder/main.cpp", "#include \"nn/Registry.h\"", "app/decoder may not use core/nn");
        row("in a line comment", "core/base/Log.cpp", "// #include \"nn/Registry.h\"", "");
        row("in a block comment", "core/base/Log.cpp", "/*\n#include \"nn/Registry.h\"\n*/", "");
        row("behind a comment", "core/base/Log.cpp", "/* x */ #include \"nn/Registry.h\" // why not", "core/base may not use core/nn");
    }
    void plantedIncludes()
    {
        QFETCH(QString, file);
        QFETCH(QString, line);
        QFETCH(QByteArray, fault);
        for (const char* header : {"core/base/Error.h", "core/nn/Registry.h", "core/image/Image.h", "core/metrics/Roc.h", "core/train/Loop.h",
                                   "core/study/Series.h", "core/dicom/Reader.h", "core/formats/Formats.h", "ui/read/Viewport.h", "app/Application.h"}) {
            plant(header, "#pragma once");
        }
        plant(file.toStdString(), line.toStdString());
        const QByteArray faults = lines(forbiddenArrows(scanIncludes(m_dir->path().toStdString()), LayerTable()));
        QCOMPARE(faults.isEmpty(), fault.isEmpty());
        QVERIFY2(faults.contains(fault), faults);
        QVERIFY2(fault.isEmpty() || faults.startsWith(file.toUtf8() + ":"), faults);
    }

    void plantedCycles()
    {
        plant("core/base/A.h", "#include \"base/B.h\"");
        plant("core/base/B.h", "#include \"C.h\"");
        plant("core/base/C.h", "#include \"base/Error.h\"");
        plant("core/base/Error.h", "#pragma once");
        QCOMPARE(lines(cycles(scanIncludes(m_dir->path().toStdString()))), QByteArray());
        plant("core/base/C.h", "#include \"base/A.h\"");
        QCOMPARE(lines(cycles(scanIncludes(m_dir->path().toStdString()))),
                 QByteArray("core/base/A.h -> core/base/B.h -> core/base/C.h -> core/base/A.h\n"));
    }

    void plantedCycleOfFolders()
    {
        plant("ui/common/Text.h", "#pragma once");
        plant("ui/read/Viewport.h", "#include \"ui/common/Text.h\"");
        plant("ui/read/Colour.h", "#pragma once");
        plant("ui/common/Theme.h", "#include \"ui/read/Colour.h\"");
        QCOMPARE(lines(cycles(scanIncludes(m_dir->path().toStdString()))), QByteArray("ui/common -> ui/read -> ui/common\n"));
    }

private:
    static fs::path root()
    {
        const char* source = std::getenv("DIASCOPE_SOURCE");
        return source != nullptr ? fs::path(source) : fs::current_path();
    }

    static std::vector<Include> sources() { return scanIncludes(root()); }

    void plant(const std::string& file, const std::string& text) const
    {
        const fs::path path = fs::path(m_dir->path().toStdString()) / file;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text << "\n";
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

QTEST_APPLESS_MAIN(TestCheckLayers)
#include "TestCheckLayers.moc"
