// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/Formula.h"
#include "image/Preprocess.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include <QTest>

#include <functional>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

namespace {

Preprocess graph(const std::string& steps, const std::string& channels = "grey", int width = 40, int height = 30)
{
    const std::string size
        = R"({"op":"resize","width":)" + std::to_string(width) + R"(,"height":)" + std::to_string(height) + "}";
    return Preprocess::fromJson(
        base::Json::parse(R"([{"op":"window"},{"op":")" + channels + R"("},)" + size + "," + steps + "]"), "package");
}

std::vector<int> valuesOf(const Image& image)
{
    const auto samples = image.samples<std::uint8_t>();
    return {samples.begin(), samples.end()};
}

using MatFilter = std::function<cv::Mat(const cv::Mat&)>;

} // namespace

class EnhanceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalisesByTheFormula()
    {
        // Levels 50, 60, 60, 200: c0 = 1, N = 4, so 60 -> 255 (3 - 1) / 3 = 170 and 200 -> 255.
        const Preprocess preprocess = graph(R"({"op":"equalise"})", "grey", 4, 1);
        QCOMPARE(valuesOf(preprocess.networkImage(imageOf<std::uint8_t>(4, 1, 1, {60, 50, 200, 60}))),
            (std::vector<int>{170, 0, 255, 170}));
        // Six pixels: 10, 10, 20, 20, 20, 30: 20 -> 255 * 3 / 4 = 191.25.
        const Preprocess six = graph(R"({"op":"equalise"})", "grey", 3, 2);
        QCOMPARE(valuesOf(six.networkImage(imageOf<std::uint8_t>(3, 2, 1, {10, 20, 20, 30, 10, 20}))),
            (std::vector<int>{0, 191, 191, 255, 0, 191}));
    }
    void aFlatPictureStaysFlat()
    {
        const Image out
            = graph(R"({"op":"equalise"})", "grey", 3, 1).networkImage(imageOf<std::uint8_t>(3, 1, 1, {77, 77, 77}));
        QCOMPARE(valuesOf(out), (std::vector<int>{77, 77, 77}));
    }
    void equalisesMeasurementsAfterTheirWindow()
    {
        Image ct = imageOf<std::int16_t>(4, 1, 1, {-900, 30, 30, 500});
        ct.windows = {{40.0, 400.0, "file"}};
        // The window gives 0, a middle level twice, 255; no sum leaves 0..255.
        QCOMPARE(valuesOf(graph(R"({"op":"equalise"})", "grey", 4, 1).networkImage(ct)),
            (std::vector<int>{0, 170, 170, 255}));
    }
    void medianRemovesASaltPixelAndKeepsTheEdge()
    {
        const Image picture = imageFrom<std::uint8_t>(40, 30, 1, [](int x, int y, int) {
            return x == 8 && y == 9 ? 255 : x < 20 ? 40 : 160;
        });
        const Image out = graph(R"({"op":"denoise","method":"median","size":3})").networkImage(picture);
        for (int y = 0; y < 30; ++y) {
            for (int x = 0; x < 40; ++x) {
                QCOMPARE(out.stored(x, y), x < 20 ? 40.0 : 160.0);
            }
        }
    }
    void gaussianSpreadsADot()
    {
        // OpenCV's kernel of size 3 and sigma 0 is 1/4, 1/2, 1/4.
        const Image dot
            = imageFrom<std::uint8_t>(40, 30, 1, [](int x, int y, int) { return x == 10 && y == 10 ? 160 : 0; });
        const Image out = graph(R"({"op":"denoise","method":"gaussian","size":3})").networkImage(dot);
        QCOMPARE(out.stored(10, 10), 40.0);
        QCOMPARE(out.stored(9, 10), 20.0);
        QCOMPARE(out.stored(11, 11), 10.0);
        QCOMPARE(out.stored(12, 10), 0.0);
    }
    void agreesWithOpenCv_data()
    {
        QTest::addColumn<QString>("steps");
        QTest::addColumn<MatFilter>("filter");
        QTest::newRow("clahe, Neuroflux") << R"({"op":"clahe"})" << MatFilter([](const cv::Mat& in) {
            cv::Mat out;
            cv::createCLAHE(2.0, {8, 8})->apply(in, out);
            return out;
        });
        QTest::newRow("clahe, tiles that do not divide the size")
            << R"({"op":"clahe","clipLimit":3.5,"tiles":7})" << MatFilter([](const cv::Mat& in) {
                   cv::Mat out;
                   cv::createCLAHE(3.5, {7, 7})->apply(in, out);
                   return out;
               });
        QTest::newRow("median") << R"({"op":"denoise","size":5})" << MatFilter([](const cv::Mat& in) {
            cv::Mat out;
            cv::medianBlur(in, out, 5);
            return out;
        });
        QTest::newRow("non-local means")
            << R"({"op":"denoise","method":"nonLocalMeans","strength":12.5,"patch":7,"distance":3})"
            << MatFilter([](const cv::Mat& in) {
                   cv::Mat out;
                   cv::fastNlMeansDenoising(in, out, 12.5F, 7, 7);
                   return out;
               });
    }
    void agreesWithOpenCv()
    {
        QFETCH(QString, steps);
        QFETCH(MatFilter, filter);
        const Image picture
            = imageFrom<std::uint8_t>(40, 30, 1, [](int x, int y, int) { return 60 + 2 * x + (x * 7 + y * 13) % 9; });
        const cv::Mat in(30, 40, CV_8U, const_cast<std::byte*>(picture.bytes().data()));
        const cv::Mat wanted = filter(in);
        const Image out = graph(steps.toStdString()).networkImage(picture);
        QVERIFY(std::equal(wanted.datastart, wanted.dataend, out.samples<std::uint8_t>().begin()));
        QVERIFY(valuesOf(out) != valuesOf(picture));
    }
    void colourKeepsItsChroma_data()
    {
        QTest::addColumn<QString>("step");
        QTest::newRow("clahe") << R"({"op":"clahe","tiles":4})";
        QTest::newRow("equalise") << R"({"op":"equalise"})";
        QTest::newRow("median") << R"({"op":"denoise"})";
    }
    void colourKeepsItsChroma()
    {
        QFETCH(QString, step);
        const std::string steps = step.toStdString();
        // Grey stored as RGB gives the same as grey.
        const Image grey = formulaImage("u8", 40, 30, 1);
        const std::vector<int> wanted = valuesOf(graph(steps).networkImage(grey));
        const std::vector<int> three = valuesOf(graph(steps, "rgb").networkImage(grey));
        QCOMPARE(three.size(), 3 * wanted.size());
        for (std::size_t i = 0; i < three.size(); ++i) {
            QCOMPARE(three[i], wanted[i / 3]);
        }
        // A reddish ramp stays reddish: the difference of red and blue, which a grey change cannot touch, stays.
        const Image red
            = imageFrom<std::uint8_t>(40, 30, 3, [](int x, int, int c) { return 90 + x + (c == 0 ? 24 : 0); });
        const Image out = graph(steps, "rgb").networkImage(red);
        QCOMPARE(out.channels, 3);
        for (int x = 8; x < 32; x += 4) {
            const double difference = out.stored(x, 15, 0) - out.stored(x, 15, 2);
            const bool clipped = out.stored(x, 15, 0) == 255.0 || out.stored(x, 15, 2) == 0.0;
            QVERIFY2(clipped || std::abs(difference - 24.0) <= 2.0, qPrintable(QString::number(difference)));
        }
    }
    void leavesTheSourceRectangleAlone()
    {
        const Preprocess with = graph(R"({"op":"clahe"},{"op":"denoise"},{"op":"equalise"})"),
                         without = graph(R"({"op":"grey"})");
        QCOMPARE(with.sourceRect(641, 480), without.sourceRect(641, 480));
    }
    void tensorComesAfterIt()
    {
        const Preprocess preprocess
            = graph(R"({"op":"equalise"},{"op":"normalise","mean":[0.5],"std":[0.5]})", "grey", 4, 1);
        const std::vector<float> tensor
            = preprocess.tensor(preprocess.networkImage(imageOf<std::uint8_t>(4, 1, 1, {60, 50, 200, 60})));
        QCOMPARE(tensor[1], -1.0F);
        QCOMPARE(tensor[2], 1.0F);
    }
    void writesWhatItReads()
    {
        const std::string text
            = R"([{"op":"grey"},{"op":"resize","width":8,"height":8,"filter":"bilinear","antialias":true},)"
              R"({"op":"clahe","clipLimit":2.5,"tiles":4},{"op":"denoise","method":"median","size":5},)"
              R"({"op":"denoise","method":"gaussian","size":7,"sigma":1.5},)"
              R"({"op":"denoise","method":"nonLocalMeans","strength":0.8,"patch":5,"distance":7},{"op":"equalise"}])";
        QCOMPARE(Preprocess::fromJson(base::Json::parse(text), "package").toJson().dump(), text);
        const std::string defaults = graph(R"({"op":"clahe"},{"op":"denoise"})").toJson().dump();
        QVERIFY(defaults.find(R"({"op":"clahe","clipLimit":2.0,"tiles":8},{"op":"denoise","method":"median","size":3})")
            != std::string::npos);
    }
    void refusesByName_data()
    {
        QTest::addColumn<QString>("step");
        QTest::addColumn<QString>("fragment");
        QTest::newRow("clip limit 0") << R"({"op":"clahe","clipLimit":0})"
                                      << "preprocess[3].clipLimit: 0.0 is outside 0.01..1000.0";
        QTest::newRow("clip limit text") << R"({"op":"clahe","clipLimit":"2"})"
                                         << "clipLimit";
        QTest::newRow("tiles") << R"({"op":"clahe","tiles":65})"
                               << "preprocess[3].tiles: 65 is outside 1..64";
        QTest::newRow("misspelt") << R"({"op":"clahe","clipLimits":2})"
                                  << "clipLimit";
        QTest::newRow("method") << R"({"op":"denoise","method":"nonlocalmeans"})"
                                << "did you mean 'nonLocalMeans'";
        QTest::newRow("even median") << R"({"op":"denoise","size":4})"
                                     << "preprocess[3].size: 4 is not odd";
        QTest::newRow("median of one") << R"({"op":"denoise","size":1})"
                                       << "outside 3..31";
        QTest::newRow("sigma of a median") << R"({"op":"denoise","sigma":1})"
                                           << "sigma";
        QTest::newRow("sigma") << R"({"op":"denoise","method":"gaussian","sigma":-1})"
                               << "preprocess[3].sigma";
        QTest::newRow("size of non-local means") << R"({"op":"denoise","method":"nonLocalMeans","size":3})"
                                                 << "size";
        QTest::newRow("strength") << R"({"op":"denoise","method":"nonLocalMeans","strength":0})"
                                  << "preprocess[3].strength";
        QTest::newRow("patch") << R"({"op":"denoise","method":"nonLocalMeans","patch":6})"
                               << "preprocess[3].patch: 6 is not odd";
        QTest::newRow("distance") << R"({"op":"denoise","method":"nonLocalMeans","distance":32})"
                                  << "preprocess[3].distance";
        QTest::newRow("equalise takes nothing") << R"({"op":"equalise","tiles":8})"
                                                << "tiles";
        QTest::newRow("American spelling") << R"({"op":"equalize"})"
                                           << "did you mean 'equalise'";
        QTest::newRow("after normalise") << R"({"op":"normalise","mean":[0],"std":[1]},{"op":"equalise"})"
                                         << "\"normalise\" must be the last step";
    }
    void refusesByName()
    {
        QFETCH(QString, step);
        QFETCH(QString, fragment);
        try {
            (void)graph(step.toStdString());
            QFAIL("accepted");
        } catch (const base::Error& e) {
            QCOMPARE(e.code(), base::ErrorCode::Plan);
            QVERIFY2(QString::fromStdString(e.detail()).contains(fragment), e.what());
        }
    }
};

QTEST_APPLESS_MAIN(EnhanceTest)
#include "EnhanceTest.moc"
