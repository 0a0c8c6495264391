// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/BurntIn.h"
#include "audit/PictureFacts.h"
#include "base/Rng.h"
#include "decode/DecoderPool.h"
#include "support/SharedData.h"

#include <QTest>

#include <opencv2/imgproc.hpp>

using namespace diascope;

namespace {

/// Smoothed noise with bright arcs: what speckle and bone edges look like to a stroke detector.
cv::Mat tissue(int seed, int width = 320, int height = 240)
{
    base::Rng rng = base::Rng::stream(static_cast<std::uint64_t>(seed), "tissue");
    cv::Mat noise(height, width, CV_8UC1);
    for (int i = 0; i < width * height; ++i) {
        noise.data[i] = static_cast<std::uint8_t>(rng.below(180));
    }
    cv::GaussianBlur(noise, noise, {9, 9}, 2.0);
    cv::ellipse(noise, {width / 2, height / 2}, {width / 3, height / 4}, 0, 0, 360, cv::Scalar(235), 4);
    cv::ellipse(noise, {width / 2, height / 2}, {width / 6, height / 9}, 30, 20, 300, cv::Scalar(200), 3);
    return noise;
}

image::Image imageOf(const cv::Mat& picture)
{
    const auto* first = reinterpret_cast<const std::byte*>(picture.data);
    return image::makeImage(picture.cols, picture.rows, 1, image::PixelType::UInt8, {first, first + picture.total()});
}

void cross(cv::Mat& picture, cv::Point at, int arm)
{
    cv::line(picture, {at.x - arm, at.y}, {at.x + arm, at.y}, cv::Scalar(255), 1);
    cv::line(picture, {at.x, at.y - arm}, {at.x, at.y + arm}, cv::Scalar(255), 1);
}

} // namespace

class BurntInTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWriting_data();
    void findsWriting();
    void findsCalipers();
    void seesNothingWhereNothingIs();
    void takesAnyPicture();
    void countsOnRealPictures_data();
    void countsOnRealPictures();
    void findsWritingOnRealPictures();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void BurntInTest::findsWriting_data()
{
    QTest::addColumn<double>("size");
    QTest::addColumn<int>("level");
    QTest::newRow("small white") << 0.4 << 255;
    QTest::newRow("usual white") << 0.5 << 255;
    QTest::newRow("large white") << 0.8 << 255;
    QTest::newRow("usual grey") << 0.5 << 220;
}

void BurntInTest::findsWriting()
{
    QFETCH(double, size);
    QFETCH(int, level);
    int found = 0;
    for (int seed = 0; seed < 20; ++seed) {
        cv::Mat picture = tissue(seed);
        cv::putText(
            picture, "RT KIDNEY 12cm", {8, 28}, cv::FONT_HERSHEY_SIMPLEX, size, cv::Scalar(level), 1, cv::LINE_AA);
        found += audit::findBurntIn(imageOf(picture)).characters > 0 ? 1 : 0;
    }
    qInfo("found on %d of 20", found);
    QVERIFY(found >= 18);
}

void BurntInTest::findsCalipers()
{
    cv::Mat picture = tissue(3);
    cross(picture, {60, 40}, 6);                                // outside of the ellipses
    QCOMPARE(audit::findBurntIn(imageOf(picture)).calipers, 0); // one alone measures nothing
    cross(picture, {160, 205}, 6);
    const audit::BurntIn found = audit::findBurntIn(imageOf(picture));
    QCOMPARE(found.calipers, 2);
    QVERIFY(std::abs(found.marks[0].x + found.marks[0].width / 2 - 60) <= 1);
    QCOMPARE(found.text(), std::string("2 caliper marks"));
}

void BurntInTest::seesNothingWhereNothingIs()
{
    for (int seed = 0; seed < 40; ++seed) {
        QVERIFY(!audit::findBurntIn(imageOf(tissue(seed))).suspected());
    }
    QVERIFY(!audit::findBurntIn(imageOf(cv::Mat(200, 200, CV_8UC1, cv::Scalar(255)))).suspected());
}

void BurntInTest::takesAnyPicture()
{
    QVERIFY(!audit::findBurntIn(imageOf(cv::Mat(1, 1, CV_8UC1, cv::Scalar(9)))).suspected());
    QVERIFY(!audit::findBurntIn(imageOf(cv::Mat(3, 500, CV_8UC1, cv::Scalar(9)))).suspected());
    base::Rng rng = base::Rng::stream(1, "noise");
    cv::Mat noise(300, 300, CV_8UC1);
    for (int i = 0; i < 90000; ++i) {
        noise.data[i] = static_cast<std::uint8_t>(rng.below(2) * 255);
    }
    (void)audit::findBurntIn(imageOf(noise)); // salt and pepper all over: it ends, whatever it says
}

void BurntInTest::countsOnRealPictures_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<double>("most"); // share of the pictures that may be flagged
    // Looked at one by one: none of the CT and ultrasound pictures carries writing, two of the MR ones a watermark.
    QTest::newRow("kidney CT") << QStringLiteral("data/ct_kidney4") << 0.01;
    QTest::newRow("brain MR") << QStringLiteral("data/mri_brain4") << 0.012;
    QTest::newRow("lung ultrasound") << QStringLiteral("data/us_lung_pocus/images") << 0.005;
}

void BurntInTest::countsOnRealPictures()
{
    QFETCH(QString, folder);
    QFETCH(double, most);
    const auto path = tests::sharedData(folder.toStdString());
    if (path.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const dataset::Dataset data = dataset::readDataset({.path = path, .ignoreLabels = true}, m_pool);
    const auto facts = audit::takeFacts(data, m_pool);
    int text = 0, calipers = 0;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        text += facts[i].burntIn.characters > 0 ? 1 : 0;
        calipers += facts[i].burntIn.calipers > 0 ? 1 : 0;
        if (facts[i].burntIn.suspected() && qEnvironmentVariableIsSet("DIASCOPE_LIST")) {
            qInfo("%s: %s", data.samples[i].id.c_str(), facts[i].burntIn.text().c_str());
        }
    }
    qInfo("%s: writing on %d, calipers on %d of %zu", qPrintable(folder), text, calipers, facts.size());
    QVERIFY(text + calipers <= most * static_cast<double>(facts.size()));
}

/// A line of text planted on each clean CT slice is found on nearly all.
void BurntInTest::findsWritingOnRealPictures()
{
    const auto path = tests::sharedData("data/ct_kidney4");
    if (path.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const dataset::Dataset data = dataset::readDataset({.path = path, .ignoreLabels = true}, m_pool);
    int found = 0, tried = 0;
    for (std::size_t i = 0; i < data.samples.size(); i += 10) {
        const image::Image grey = audit::greyOf(m_pool.frame(data.samples[i].file));
        cv::Mat picture(grey.height, grey.width, CV_8UC1);
        std::ranges::copy(grey.samples<std::uint8_t>(), picture.data);
        cv::putText(picture, "LEFT 4.2 cm", {10, 24}, cv::FONT_HERSHEY_SIMPLEX, 0.6, cv::Scalar(255), 1, cv::LINE_AA);
        found += audit::findBurntIn(imageOf(picture)).characters > 0 ? 1 : 0;
        ++tried;
    }
    qInfo("planted writing found on %d of %d", found, tried);
    QVERIFY(found >= tried * 9 / 10);
}

QTEST_GUILESS_MAIN(BurntInTest)
#include "BurntInTest.moc"
