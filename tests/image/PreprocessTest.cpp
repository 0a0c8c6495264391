// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/Formula.h"
#include "image/Golden.h"
#include "image/Preprocess.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

namespace {

Preprocess graph(const std::string& text) { return Preprocess::fromJson(base::Json::parse(text), "package"); }

const char* const kPlanes = R"([{"op":"window","mode":"file"},{"op":"rgb"},{"op":"resizeShorter","size":256},
    {"op":"centreCrop","width":224,"height":224},{"op":"normalise","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}])";

/// All 0 but for a bright square of 5 x 5 pixels around (x, y).
Image dotAt(int width, int height, int x, int y)
{
    return imageFrom<std::uint8_t>(width, height, 1,
                                   [=](int i, int j, int) { return std::abs(i - x) <= 2 && std::abs(j - y) <= 2 ? 255 : 0; });
}

Point brightest(const Image& image)
{
    Point best{0.0, 0.0};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            if (image.stored(x, y) > image.stored(static_cast<int>(best.x), static_cast<int>(best.y))) {
                best = {static_cast<double>(x), static_cast<double>(y)};
            }
        }
    }
    return {best.x + 0.5, best.y + 0.5};
}

} // namespace

class PreprocessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void agreesWithPillowPipelines()
    {
        const base::Json golden = resampleGolden();
        int cases = 0;
        for (const base::Json& entry : golden["pipelines"]) {
            base::Json steps = base::Json::array();
            steps.push_back({{"op", entry["grey"].get<bool>() ? "grey" : "rgb"}});
            steps.push_back({{"op", "resizeShorter"}, {"size", entry["resize"]}, {"filter", "bilinear"}, {"antialias", true}});
            steps.push_back({{"op", "centreCrop"}, {"width", entry["crop"]}, {"height", entry["crop"]}});
            const Preprocess preprocess = Preprocess::fromJson(steps, "golden");
            const Image out = preprocess.networkImage(formulaImage("u8", entry["from"][0], entry["from"][1], 3));
            QCOMPARE(out.width, preprocess.outputWidth());
            QCOMPARE(out.channels, preprocess.outputChannels());
            const auto samples = out.samples<std::uint8_t>();
            const std::size_t step = entry["step"];
            int largest = 0;
            std::size_t position = 0;
            for (const base::Json& value : entry["values"]) {
                largest = std::max(largest, std::abs(static_cast<int>(samples[position]) - value.get<int>()));
                position += step;
            }
            QVERIFY(position >= samples.size());
            QVERIFY2(largest <= 1, qPrintable(QString::number(largest)));
            ++cases;
        }
        QCOMPARE(cases, 8);
    }
    void shorterSideFollowsTorchvision()
    {
        // Resize(256) of 641 x 480 gives 341 x 256; the crop of 224 then begins at (58, 16): round((341 - 224) / 2) to even.
        const Preprocess preprocess = graph(kPlanes);
        const SourceRect rect = preprocess.sourceRect(641, 480);
        QVERIFY(std::abs(rect.x0 - 58.0 * 641.0 / 341.0) < 1e-9);
        QVERIFY(std::abs(rect.x1 - (58.0 + 224.0) * 641.0 / 341.0) < 1e-9);
        QVERIFY(std::abs(rect.y0 - 16.0 * 480.0 / 256.0) < 1e-9);
        QVERIFY(std::abs(rect.y1 - 240.0 * 480.0 / 256.0) < 1e-9);
    }
    void dotsMapBackToWhereTheyWere_data()
    {
        QTest::addColumn<QString>("steps");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        const QString crop = R"([{"op":"grey"},{"op":"resizeShorter","size":256},{"op":"centreCrop","width":224,"height":224}])";
        const QString square = R"([{"op":"grey"},{"op":"resize","width":224,"height":224,"antialias":false}])";
        const QString box = R"([{"op":"grey"},{"op":"fit","width":224,"height":224}])";
        QTest::newRow("crop landscape") << crop << 641 << 480;
        QTest::newRow("crop portrait") << crop << 480 << 800;
        QTest::newRow("crop, padded") << QString(R"([{"op":"grey"},{"op":"centreCrop","width":700,"height":224}])") << 641 << 480;
        QTest::newRow("resize") << square << 641 << 480;
        QTest::newRow("fit landscape") << box << 641 << 480;
        QTest::newRow("fit portrait") << box << 300 << 900;
    }
    void dotsMapBackToWhereTheyWere()
    {
        QFETCH(QString, steps);
        QFETCH(int, width);
        QFETCH(int, height);
        const Preprocess preprocess = graph(steps.toStdString());
        const SourceRect rect = preprocess.sourceRect(width, height);
        const double scaleX = rect.width() / preprocess.outputWidth();
        const double scaleY = rect.height() / preprocess.outputHeight();
        int seen = 0;
        for (const auto& [fx, fy] : {std::pair{0.3, 0.4}, {0.5, 0.5}, {0.62, 0.7}}) {
            const int x = static_cast<int>(fx * width);
            const int y = static_cast<int>(fy * height);
            const Image out = preprocess.networkImage(dotAt(width, height, x, y));
            const Point there = brightest(out);
            if (out.stored(static_cast<int>(there.x), static_cast<int>(there.y)) == 0.0) {
                continue; // Cropped away.
            }
            // Within the size of the dot and one output pixel.
            QVERIFY(std::abs(rect.x0 + there.x * scaleX - (x + 0.5)) <= 2.5 + scaleX);
            QVERIFY(std::abs(rect.y0 + there.y * scaleY - (y + 0.5)) <= 2.5 + scaleY);
            // And in the cell of the 7 x 7 grid that covers it.
            const int cell = static_cast<int>(there.x / preprocess.outputWidth() * 7.0);
            const double cellWidth = rect.width() / 7.0;
            QVERIFY(rect.x0 + cell * cellWidth <= x + 3.5 + scaleX && rect.x0 + (cell + 1) * cellWidth >= x - 2.5 - scaleX);
            ++seen;
        }
        QVERIFY(seen >= 1);
    }
    void letterboxesWholeImages()
    {
        const Preprocess preprocess = graph(R"([{"op":"grey"},{"op":"fit","width":8,"height":8,"fill":7}])");
        const Image out = preprocess.networkImage(imageFrom<std::uint8_t>(16, 8, 1, [](int, int, int) { return 200; }));
        QCOMPARE(out.stored(0, 1), 7.0);
        QCOMPARE(out.stored(0, 2), 200.0);
        QCOMPARE(out.stored(7, 5), 200.0);
        QCOMPARE(out.stored(7, 6), 7.0);
        QCOMPARE(preprocess.sourceRect(16, 8), (SourceRect{0.0, -4.0, 16.0, 12.0}));
    }
    void padsWhatIsSmallerThanTheCrop()
    {
        const Preprocess preprocess = graph(R"([{"op":"grey"},{"op":"centreCrop","width":5,"height":1}])");
        const Image out = preprocess.networkImage(imageOf<std::uint8_t>(2, 1, 1, {10, 20}));
        // torchvision pads (5 - 2) // 2 = 1 on the left.
        QCOMPARE(out.stored(0, 0), 0.0);
        QCOMPARE(out.stored(1, 0), 10.0);
        QCOMPARE(out.stored(2, 0), 20.0);
        QCOMPARE(out.stored(4, 0), 0.0);
    }
    void windowsMeasurements()
    {
        Image ct = imageOf<std::int16_t>(3, 1, 1, {-2000, 1064, 3000});
        ct.rescale.intercept = -1024.0;
        ct.windows = {{40.0, 400.0, "file"}};
        const char* const tail = R"(},{"op":"grey"},{"op":"resize","width":3,"height":1}])";
        const Image byFile = graph(std::string(R"([{"op":"window","mode":"file")") + tail).networkImage(ct);
        QCOMPARE(byFile.stored(0, 0), 0.0);
        QCOMPARE(byFile.stored(1, 0), 128.0); // 40 HU: ((40 - 39.5) / 399 + 0.5) * 255 = 127.8
        QCOMPARE(byFile.stored(2, 0), 255.0);
        const Image fixed = graph(std::string(R"([{"op":"window","mode":"fixed","centre":1976.5,"width":2)") + tail).networkImage(ct);
        QCOMPARE(fixed.stored(1, 0), 0.0);
        QCOMPARE(fixed.stored(2, 0), 128.0); // 1976 HU lies in the middle of a window from 1975.5 to 1976.5.
        const Image automatic = graph(std::string(R"([{"op":"window","mode":"auto")") + tail).networkImage(ct);
        QCOMPARE(automatic.stored(0, 0), 0.0);
        QCOMPARE(automatic.stored(2, 0), 255.0);
    }
    void picturesPassUntouched()
    {
        const Preprocess preprocess
            = graph(R"([{"op":"window","mode":"fixed","centre":40,"width":10},{"op":"grey"},{"op":"resize","width":16,"height":9}])");
        const Image picture = formulaImage("u8", 16, 9, 1);
        QVERIFY(*preprocess.networkImage(picture).pixels == *picture.pixels);
    }
    void monochrome1IsTurnedRound()
    {
        const Preprocess preprocess = graph(R"([{"op":"window"},{"op":"grey"},{"op":"resize","width":2,"height":1}])");
        Image eight = imageOf<std::uint8_t>(2, 1, 1, {0, 200});
        eight.photometric = Photometric::Monochrome1;
        QCOMPARE(preprocess.networkImage(eight).stored(0, 0), 255.0);
        QCOMPARE(preprocess.networkImage(eight).stored(1, 0), 55.0);
        Image sixteen = imageOf<std::uint16_t>(2, 1, 1, {0, 4095});
        sixteen.photometric = Photometric::Monochrome1;
        QCOMPARE(preprocess.networkImage(sixteen).stored(0, 0), 255.0);
        QCOMPARE(preprocess.networkImage(sixteen).stored(1, 0), 0.0);
        QCOMPARE(preprocess.networkImage(sixteen).photometric, Photometric::Monochrome2);
    }
    void refusesSixteenBitsWithoutAWindow()
    {
        const Preprocess preprocess = graph(R"([{"op":"grey"},{"op":"resize","width":2,"height":1}])");
        try {
            (void)preprocess.networkImage(imageOf<std::uint16_t>(2, 1, 1, {0, 4095}));
            QFAIL("done");
        } catch (const base::Error& e) {
            QCOMPARE(e.code(), base::ErrorCode::Mismatch);
        }
    }
    void tensorIsNormalisedByChannel()
    {
        const Preprocess preprocess = graph(
            R"([{"op":"rgb"},{"op":"resize","width":2,"height":1},{"op":"normalise","mean":[0.5,0.25,0.0],"std":[0.5,0.25,1.0]}])");
        const Image image = preprocess.networkImage(imageOf<std::uint8_t>(2, 1, 3, {0, 255, 51, 255, 0, 102}));
        const std::vector<float> wanted{-1.0F, 1.0F, 3.0F, -1.0F, 0.2F, 0.4F}; // C,H,W
        const std::vector<float> tensor = preprocess.tensor(image);
        QCOMPARE(tensor.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            QVERIFY(std::abs(tensor[i] - wanted[i]) < 1e-6F);
        }
        QCOMPARE(preprocess.stdDev()[1], 0.25F);
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)preprocess.tensor(imageOf<std::uint8_t>(1, 1, 3, {0, 0, 0})));
        const Preprocess plain = graph(R"([{"op":"grey"},{"op":"rgb"},{"op":"resize","width":2,"height":1}])");
        QCOMPARE(plain.mean(), (std::vector<float>{0.0F, 0.0F, 0.0F}));
        const Preprocess one = graph(R"([{"op":"rgb"},{"op":"resize","width":2,"height":1},{"op":"normalise","mean":[0.5],"std":[0.5]}])");
        QCOMPARE(one.mean(), (std::vector<float>{0.5F, 0.5F, 0.5F}));
    }
    void knowsWhetherItStartsFromGrey_data()
    {
        QTest::addColumn<QString>("steps");
        QTest::addColumn<bool>("grey");
        const char* const size = R"({"op":"resize","width":4,"height":4})";
        const auto row = [&](const char* name, const QString& first, bool grey) { QTest::newRow(name) << QStringLiteral("[%1,%2]").arg(first, QLatin1String(size)) << grey; };
        row("grey", R"({"op":"grey"})", true);
        row("a window changes no colours", R"({"op":"window"},{"op":"grey"})", true);
        row("colour", R"({"op":"rgb"})", false);
        row("grey after something", R"({"op":"rgb"},{"op":"grey"})", false);
        row("grey after another size", R"({"op":"resize","width":8,"height":8},{"op":"grey"})", false);
    }
    void knowsWhetherItStartsFromGrey()
    {
        QFETCH(QString, steps);
        QTEST(graph(steps.toStdString()).startsFromGrey(), "grey");
    }
    void writesWhatItReads()
    {
        const std::string text = R"([{"op":"window","mode":"fixed","centre":40.0,"width":400.0},{"op":"grey"},{"op":"rgb"},)"
                                 R"({"op":"resize","width":300,"height":200,"filter":"lanczos","antialias":true},)"
                                 R"({"op":"resizeShorter","size":256,"filter":"area","antialias":false},)"
                                 R"({"op":"fit","width":260,"height":250,"fill":3,"filter":"bicubic","antialias":true},)"
                                 R"({"op":"centreCrop","width":224,"height":220},)"
                                 R"({"op":"normalise","mean":[0.5,0.5,0.5],"std":[0.25,0.5,0.5]}])";
        const Preprocess preprocess = graph(text);
        QCOMPARE(preprocess.toJson().dump(), text);
        QCOMPARE(graph(preprocess.toJson().dump()).toJson().dump(), text);
        QCOMPARE(preprocess.outputWidth(), 224);
        QCOMPARE(preprocess.outputHeight(), 220);
        QCOMPARE(preprocess.outputChannels(), 3);
    }
    void refusesByName_data()
    {
        QTest::addColumn<QString>("steps");
        QTest::addColumn<QString>("fragment");
        const QString end = R"(,{"op":"grey"},{"op":"resize","width":8,"height":8}])";
        QTest::newRow("unknown op") << R"([{"op":"resise"}])" << "did you mean 'resize'";
        QTest::newRow("unknown key") << R"([{"op":"resize","width":8,"hight":8}])" << "height";
        QTest::newRow("no op") << R"([{"width":8}])" << "op";
        QTest::newRow("no object") << R"([5])" << "preprocess[0]";
        QTest::newRow("no list") << R"({"op":"grey"})" << "list";
        QTest::newRow("mode") << R"([{"op":"window","mode":"fix"})" + end << "fixed";
        QTest::newRow("fixed without centre") << R"([{"op":"window","mode":"fixed","width":8})" + end << "centre";
        QTest::newRow("fixed width") << R"([{"op":"window","mode":"fixed","centre":1,"width":0})" + end << "below 1";
        QTest::newRow("file with centre") << R"([{"op":"window","mode":"file","centre":1})" + end << "centre";
        QTest::newRow("size zero") << R"([{"op":"grey"},{"op":"resize","width":0,"height":8}])" << "preprocess[1].width";
        QTest::newRow("size huge") << R"([{"op":"grey"},{"op":"resize","width":2147483647,"height":8}])" << "outside";
        QTest::newRow("filter") << R"([{"op":"grey"},{"op":"resize","width":8,"height":8,"filter":"bilinar"}])" << "bilinear";
        QTest::newRow("area with antialias") << R"([{"op":"grey"},{"op":"resize","width":8,"height":8,"filter":"area"}])" << "area";
        QTest::newRow("late window") << R"([{"op":"grey"},{"op":"window"},{"op":"resize","width":8,"height":8}])" << "first";
        QTest::newRow("early normalise") << R"([{"op":"normalise","mean":[0],"std":[1]})" + end << "last";
        QTest::newRow("std 0") << R"([{"op":"grey"},{"op":"normalise","mean":[0],"std":[0]}])" << "std";
        QTest::newRow("std missing") << R"([{"op":"grey"},{"op":"normalise","mean":[0]}])" << "std";
        QTest::newRow("two for three")
            << R"([{"op":"rgb"},{"op":"resize","width":8,"height":8},{"op":"normalise","mean":[0,0],"std":[1,1]}])" << "3 channels";
        QTest::newRow("no channels") << R"([{"op":"resize","width":8,"height":8}])" << "grey";
        QTest::newRow("no size") << R"([{"op":"grey"},{"op":"resizeShorter","size":8}])" << "centreCrop";
        QTest::newRow("empty") << R"([])" << "grey";
        QTest::newRow("fill") << R"([{"op":"grey"},{"op":"fit","width":8,"height":8,"fill":256}])" << "fill";
    }
    void refusesByName()
    {
        QFETCH(QString, steps);
        QFETCH(QString, fragment);
        try {
            (void)graph(steps.toStdString());
            QFAIL("accepted");
        } catch (const base::Error& e) {
            QCOMPARE(e.code(), base::ErrorCode::Plan);
            QCOMPARE(QString::fromStdString(e.subject()), QString("package"));
            QVERIFY2(QString::fromStdString(e.detail()).contains(fragment), e.what());
        }
    }
};

QTEST_APPLESS_MAIN(PreprocessTest)
#include "PreprocessTest.moc"
