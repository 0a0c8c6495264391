// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "explain/LocalNet.h"
#include "image/HeatOverlay.h"
#include "image/Preprocess.h"
#include "nn/PackageFile.h"
#include "predict/Predictor.h"

#include <QBuffer>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <fstream>

using namespace diascope;
using predict::Predictor;

namespace {

/// A black picture with a white disc.
image::Image discPicture(int width, int height, double x, double y, double radius)
{
    std::vector<std::byte> bytes;
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            bytes.push_back(static_cast<std::byte>(std::hypot(column + 0.5 - x, row + 0.5 - y) < radius ? 255 : 0));
        }
    }
    return image::makeImage(width, height, 1, image::PixelType::UInt8, std::move(bytes));
}

/// The middle of what the map shows, in pixels of the source picture.
image::Point middleOf(const predict::Explanation& e)
{
    double sum = 0.0, x = 0.0, y = 0.0;
    for (int i = 0; i < e.map.rows * e.map.columns; ++i) {
        const double weight = std::max(0.0F, e.map.values[static_cast<std::size_t>(i)]);
        sum += weight;
        x += weight * (e.x0 + (i % e.map.columns + 0.5) / e.map.columns * (e.x1 - e.x0));
        y += weight * (e.y0 + (i / e.map.columns + 0.5) / e.map.rows * (e.y1 - e.y0));
    }
    return {x / sum, y / sum};
}

const QList<std::pair<const char*, const char*>>& graphs()
{
    static const QList<std::pair<const char*, const char*>> all{
        {"resize", R"([{"op":"grey"},{"op":"resize","width":128,"height":128}])"},
        {"resize to a wide input", R"([{"op":"grey"},{"op":"resize","width":160,"height":96}])"},
        {"shorter side and centre crop", R"([{"op":"grey"},{"op":"resizeShorter","size":144},{"op":"centreCrop","width":128,"height":128}])"},
        {"letterbox", R"([{"op":"grey"},{"op":"fit","width":128,"height":128,"fill":0}])"},
        {"letterbox into a wide input", R"([{"op":"grey"},{"op":"fit","width":192,"height":96,"fill":0}])"},
        {"crop, then resize", R"([{"op":"grey"},{"op":"centreCrop","width":180,"height":180},{"op":"resize","width":128,"height":128}])"},
        {"padded crop", R"([{"op":"grey"},{"op":"centreCrop","width":640,"height":640},{"op":"resize","width":128,"height":128}])"},
        {"plain OpenCV resize", R"([{"op":"grey"},{"op":"resize","width":128,"height":128,"antialias":false}])"},
    };
    return all;
}

} // namespace

/// A planted disc must be found where it lies, whatever the preprocessing does to the picture.
class ExplanationGeometryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        at::set_num_threads(1);
        QVERIFY(m_folder.isValid());
    }
    void theMapLandsOnTheDisc_data();
    void theMapLandsOnTheDisc();
    void whatIsCutOffIsNotCovered();
    void viewsDoNotTurnTheMap();
    void theOtherClassIsEverythingElse();
    void turnedPhotographsAreExplainedUpright_data();
    void turnedPhotographsAreExplainedUpright();

private:
    std::unique_ptr<Predictor> predictorFor(const std::string& graph, const std::string& views = "identity") const
    {
        nn::PackageManifest manifest;
        manifest.name = "brightness";
        manifest.version = "1";
        const auto network = tests::brightnessNet();
        manifest.modelSpec = network->spec();
        manifest.preprocess = base::parseJson(graph, "graph");
        manifest.preprocess.push_back({{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}});
        manifest.classes = {"dark", "bright"};
        manifest.positiveClass = "bright";
        manifest.ttaViews = views;
        const std::string file = m_folder.filePath("p.safetensors").toStdString();
        nn::writePackage(file, manifest, {network->state()}, {});
        return Predictor::load(file, "cpu");
    }

    QTemporaryDir m_folder;
};

void ExplanationGeometryTest::theMapLandsOnTheDisc_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto& [name, graph] : graphs()) {
        for (const auto& [width, height] : {std::pair(200, 320), std::pair(611, 187)}) {
            QTest::addRow("%s, %d x %d", name, width, height) << graph << width << height;
        }
    }
}

void ExplanationGeometryTest::theMapLandsOnTheDisc()
{
    QFETCH(QString, graph);
    QFETCH(int, width);
    QFETCH(int, height);
    const auto predictor = predictorFor(graph.toStdString());
    const image::SourceRect field = image::Preprocess::fromJson(predictor->manifest().preprocess, "graph").sourceRect(width, height);
    // Within the field and the picture, off every axis of symmetry.
    const double left = std::max(field.x0, 0.0), right = std::min<double>(field.x1, width), top = std::max(field.y0, 0.0), bottom = std::min<double>(field.y1, height);
    for (const auto& [across, down] : {std::pair(0.3, 0.35), std::pair(0.7, 0.6)}) {
        const double x = left + across * (right - left), y = top + down * (bottom - top);
        const image::Image picture = discPicture(width, height, x, y, 0.12 * std::min(right - left, bottom - top));
        Predictor::Options options;
        options.explain = true;
        options.className = "bright";
        for (const char* method : {"occlusion", "gradcam"}) {
            options.method = method;
            options.occlusionBudget = 65;
            const predict::Explanation e = *predictor->predict(picture, {}, options).explanation;
            const image::Point found = middleOf(e);
            // Occlusion is exact to a part of its cell; a feature map of cells of 32 pixels, to one of them.
            const double cells = method == std::string("occlusion") ? 0.5 : 1.0;
            const double cellWidth = (e.x1 - e.x0) / e.map.columns, cellHeight = (e.y1 - e.y0) / e.map.rows;
            QVERIFY2(std::abs(found.x - x) <= cells * cellWidth && std::abs(found.y - y) <= cells * cellHeight,
                     qPrintable(QStringLiteral("%1: disc at %2 %3, found at %4 %5").arg(method).arg(x).arg(y).arg(found.x).arg(found.y)));
            const image::HeatGrid grid{e.map.rows, e.map.columns, e.map.values, {e.x0, e.y0, e.x1, e.y1}};
            QVERIFY(image::heatAt(grid, {x, y}) > 0.4);
        }
    }
}

void ExplanationGeometryTest::whatIsCutOffIsNotCovered()
{
    const auto predictor = predictorFor(R"([{"op":"grey"},{"op":"resizeShorter","size":128},{"op":"centreCrop","width":128,"height":128}])");
    Predictor::Options options;
    options.explain = true;
    const predict::Explanation e = *predictor->predict(discPicture(512, 128, 256, 64, 20), {}, options).explanation;
    const image::HeatGrid grid{e.map.rows, e.map.columns, e.map.values, {e.x0, e.y0, e.x1, e.y1}};
    QVERIFY(std::isnan(image::heatAt(grid, {100.0, 64.0})));
    QVERIFY(std::isnan(image::heatAt(grid, {420.0, 64.0})));
    QVERIFY(!std::isnan(image::heatAt(grid, {256.0, 64.0})));
}

void ExplanationGeometryTest::viewsDoNotTurnTheMap()
{
    // Answers are averaged over turned pictures; the map is that of the picture as it stands.
    const auto predictor = predictorFor(R"([{"op":"grey"},{"op":"resize","width":128,"height":128}])", "hflip,vflip,rot90");
    Predictor::Options options;
    options.explain = true;
    options.className = "bright";
    const predict::Explanation e = *predictor->predict(discPicture(300, 200, 80, 60, 22), {}, options).explanation;
    const image::Point found = middleOf(e);
    QVERIFY2(std::abs(found.x - 80) <= 75 && std::abs(found.y - 60) <= 50, qPrintable(QStringLiteral("%1 %2").arg(found.x).arg(found.y)));
}

void ExplanationGeometryTest::theOtherClassIsEverythingElse()
{
    const auto predictor = predictorFor(R"([{"op":"grey"},{"op":"resize","width":128,"height":128}])");
    Predictor::Options options;
    options.explain = true;
    options.method = "occlusion";
    options.className = "bright";
    const image::Image picture = discPicture(256, 256, 64, 64, 25);
    const auto bright = *predictor->predict(picture, {}, options).explanation;
    options.className = "dark";
    const auto dark = *predictor->predict(picture, {}, options).explanation;
    float most = 0.0F;
    for (const float value : bright.map.raw) {
        most = std::max(most, std::abs(value));
    }
    for (std::size_t i = 0; i < bright.map.raw.size(); ++i) {
        QVERIFY(std::abs(bright.map.raw[i] + dark.map.raw[i]) <= 1e-4F * most);
    }
}

void ExplanationGeometryTest::turnedPhotographsAreExplainedUpright_data()
{
    QTest::addColumn<int>("orientation"); // of EXIF, tag 0x0112
    QTest::addColumn<double>("x");
    QTest::addColumn<double>("y");
    // Stored 240 x 160 with a disc at (60, 40).
    QTest::newRow("as it is") << 1 << 60.0 << 40.0;
    QTest::newRow("mirrored") << 2 << 180.0 << 40.0;
    QTest::newRow("half a turn") << 3 << 180.0 << 120.0;
    QTest::newRow("quarter right") << 6 << 120.0 << 60.0;
    QTest::newRow("quarter left") << 8 << 40.0 << 180.0;
}

void ExplanationGeometryTest::turnedPhotographsAreExplainedUpright()
{
    QFETCH(int, orientation);
    QFETCH(double, x);
    QFETCH(double, y);
    QImage stored(240, 160, QImage::Format_Grayscale8);
    for (int row = 0; row < 160; ++row) {
        for (int column = 0; column < 240; ++column) {
            stored.scanLine(row)[column] = std::hypot(column - 60.0, row - 40.0) < 18.0 ? 255 : 0;
        }
    }
    QByteArray jpeg;
    QBuffer buffer(&jpeg);
    QVERIFY(buffer.open(QIODevice::WriteOnly) && stored.save(&buffer, "JPG", 95));
    QByteArray exif = QByteArray::fromHex("ffe10022457869660000"        // APP1, 34 bytes, "Exif"
                                          "4d4d002a00000008"            // TIFF, big endian
                                          "0001" "01120003000000010000" // one entry: Orientation, SHORT, 1 value
                                          "000000000000");
    exif[29] = static_cast<char>(orientation); // its upper 16 bits hold the value
    jpeg.insert(2, exif);
    const std::string file = m_folder.filePath("turned.jpg").toStdString();
    std::ofstream(file, std::ios::binary | std::ios::trunc).write(jpeg.constData(), jpeg.size());
    decode::DecoderPool pool{decode::PoolConfig{}};
    const image::Image upright = pool.frame(file);
    QCOMPARE(upright.width, orientation >= 5 ? 160 : 240);
    const auto predictor = predictorFor(R"([{"op":"grey"},{"op":"resize","width":128,"height":128}])");
    Predictor::Options options;
    options.explain = true;
    options.method = "occlusion";
    options.className = "bright";
    const predict::Explanation e = *predictor->predict(upright, {}, options).explanation;
    const image::Point found = middleOf(e);
    QVERIFY2(std::abs(found.x - x) <= 8 && std::abs(found.y - y) <= 8, qPrintable(QStringLiteral("%1 %2").arg(found.x).arg(found.y)));
}

QTEST_GUILESS_MAIN(ExplanationGeometryTest)
#include "ExplanationGeometryTest.moc"
