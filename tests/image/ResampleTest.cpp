// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "image/Formula.h"
#include "image/Golden.h"
#include "image/Grey.h"
#include "image/Resample.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

namespace {

/// How far two libraries may differ: one grey level, and for float data what float32 sums leave of values up to 250.
double toleranceOf(const std::string& type) { return type == "f32" ? 2e-3 : 1.0; }

double largestDifference(const Image& image, const base::Json& wanted)
{
    double largest = 0.0;
    std::size_t i = 0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < image.channels; ++c) {
                largest = std::max(largest, std::abs(image.stored(x, y, c) - wanted.at(i++).get<double>()));
            }
        }
    }
    return i == wanted.size() ? largest : 1e9;
}

} // namespace

class ResampleTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void agreesWithTheLibraries()
    {
        const base::Json golden = resampleGolden();
        std::map<std::string, double> worst;
        std::size_t cases = 0;
        for (const base::Json& entry : golden["resize"]) {
            const auto type = entry["type"].get<std::string>();
            const auto filter = entry["filter"].get<std::string>();
            const Image source = formulaImage(type, entry["from"][0], entry["from"][1], entry["channels"]);
            const int width = entry["to"][0];
            const int height = entry["to"][1];
            const bool isPillow = entry["library"] == "pillow";
            const Image out = isPillow ? resizeAntialiased(source, width, height, filterFromName(filter).value())
                                       : resizePlain(source, width, height, plainFilterFromName(filter).value());
            const double difference = largestDifference(out, entry["values"]);
            const std::string label = entry["library"].get<std::string>() + " " + filter + " " + type;
            worst[label] = std::max(worst[label], difference);
            QVERIFY2(difference <= toleranceOf(type),
                     qPrintable(QString::fromStdString(label + " " + entry["from"].dump() + entry["to"].dump() + ": ") + QString::number(difference)));
            ++cases;
        }
        QCOMPARE(cases, std::size_t{176});
        for (const auto& [label, difference] : worst) {
            qInfo("%s: largest difference %g", label.c_str(), difference);
        }
    }
    void greyAgreesWithPillow()
    {
        const base::Json golden = resampleGolden()["grey"];
        QCOMPARE(largestDifference(toGrey(formulaImage("u8", golden["from"][0], golden["from"][1], 3)), golden["values"]), 0.0);
    }
    void bilinearIsThePlainOne()
    {
        const Image source = formulaImage("u8", 17, 13, 1);
        QVERIFY(*resizeBilinear(source, 40, 5).pixels == *resizePlain(source, 40, 5, PlainFilter::Bilinear).pixels);
    }
    void eightBitsAreSummedToTheLastBit_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("newWidth");
        QTest::addColumn<int>("newHeight");
        QTest::newRow("smaller") << 61 << 47 << 22 << 13;
        QTest::newRow("larger") << 13 << 9 << 31 << 40;
        QTest::newRow("whole factor") << 64 << 32 << 32 << 16;
        QTest::newRow("one row") << 50 << 1 << 7 << 1;
        QTest::newRow("one column") << 1 << 50 << 1 << 7;
        QTest::newRow("to one pixel") << 300 << 200 << 1 << 1;
        QTest::newRow("width alone") << 40 << 24 << 17 << 24;
        QTest::newRow("height alone") << 40 << 24 << 40 << 50;
        QTest::newRow("large") << 521 << 513 << 224 << 224;
    }
    /// Pillow's ImagingResample for 8 bits, written down plainly: weights as doubles, times 2^22, rounded; sums of whole numbers; rows first.
    void eightBitsAreSummedToTheLastBit()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, newWidth);
        QFETCH(int, newHeight);
        const auto weights = [](int in, int out, int i, int& first) {
            const double scale = static_cast<double>(in) / out, stretch = std::max(scale, 1.0), centre = (i + 0.5) * scale;
            first = std::max(static_cast<int>(centre - stretch + 0.5), 0);
            const int end = std::min(static_cast<int>(centre + stretch + 0.5), in);
            std::vector<double> values;
            double sum = 0.0;
            for (int x = first; x < end; ++x) {
                values.push_back(std::max(0.0, 1.0 - std::abs((x - centre + 0.5) / stretch)));
                sum += values.back();
            }
            std::vector<int> fixed;
            for (const double value : values) {
                fixed.push_back(static_cast<int>(value / sum * (1 << 22) + 0.5));
            }
            return fixed;
        };
        const auto rounded = [](int sum) { return std::clamp((sum + (1 << 21)) >> 22, 0, 255); };
        for (const int channels : {1, 3}) {
            const Image source = formulaImage("u8", width, height, channels);
            const Image out = resizeAntialiased(source, newWidth, newHeight);
            for (int c = 0; c < channels; ++c) {
                std::vector<int> rows(static_cast<std::size_t>(newWidth * height));
                int first = 0;
                for (int x = 0; x < newWidth; ++x) {
                    const std::vector<int> fixed = weights(width, newWidth, x, first);
                    for (int y = 0; y < height; ++y) {
                        int sum = 0;
                        for (std::size_t k = 0; k < fixed.size(); ++k) {
                            sum += static_cast<int>(source.stored(first + static_cast<int>(k), y, c)) * fixed[k];
                        }
                        rows[static_cast<std::size_t>(y * newWidth + x)] = rounded(sum);
                    }
                }
                for (int y = 0; y < newHeight; ++y) {
                    const std::vector<int> fixed = weights(height, newHeight, y, first);
                    for (int x = 0; x < newWidth; ++x) {
                        int sum = 0;
                        for (std::size_t k = 0; k < fixed.size(); ++k) {
                            sum += rows[static_cast<std::size_t>((first + static_cast<int>(k)) * newWidth + x)] * fixed[k];
                        }
                        QCOMPARE(static_cast<int>(out.stored(x, y, c)), rounded(sum));
                    }
                }
            }
        }
    }
    void sameSizeChangesNothing()
    {
        const Image source = formulaImage("u16", 17, 13, 1);
        QVERIFY(*resizeAntialiased(source, 17, 13, Filter::Lanczos).pixels == *source.pixels);
    }
    void signedValuesStaySigned()
    {
        const Image source = imageOf<std::int16_t>(4, 1, 1, {-1000, -1000, 500, 500});
        const Image out = resizeAntialiased(source, 2, 1, Filter::Box);
        QCOMPARE(out.stored(0, 0), -1000.0);
        QCOMPARE(out.stored(1, 0), 500.0);
    }
    void spacingAndPositionFollow()
    {
        Image source = formulaImage("u8", 4, 2, 1);
        source.spacing = Spacing{2.0, 1.0, Spacing::Source::PixelSpacing};
        source.geometry = Geometry{{100.0, 200.0, 300.0}, {1, 0, 0}, {0, 1, 0}};
        source.paddingStored = 0.0;
        const Image out = resizeAntialiased(source, 2, 1);
        QCOMPARE(out.spacing->columnMm, 2.0);
        QCOMPARE(out.spacing->rowMm, 4.0);
        // The centre of the first new pixel lies between the first two old ones: half a pixel further in each direction.
        QCOMPARE(out.geometry->position[0], 100.5);
        QCOMPARE(out.geometry->position[1], 201.0);
        QCOMPARE(out.geometry->position[2], 300.0);
        QVERIFY(!out.paddingStored.has_value());
    }
    void refusesWhatItCannotDo()
    {
        const Image wide = imageOf<std::int32_t>(2, 1, 1, {1, 2});
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)resizeAntialiased(wide, 1, 1));
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)resizeBilinear(wide, 1, 1));
        const Image fine = formulaImage("u8", 2, 2, 1);
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)resizeAntialiased(fine, 0, 1));
        QVERIFY_THROWS_EXCEPTION(base::Error, (void)resizeBilinear(Image{}, 1, 1));
        QVERIFY(!filterFromName("area").has_value());
        QVERIFY(!plainFilterFromName("lanczos").has_value());
    }
};

QTEST_APPLESS_MAIN(ResampleTest)
#include "ResampleTest.moc"
