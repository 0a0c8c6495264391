// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/Duplicates.h"
#include "dataset/FoldPlan.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "image/Preprocess.h"
#include "support/SharedData.h"

#include <QBuffer>
#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <set>

using namespace diascope;
using dataset::Dataset;
using dataset::DuplicateConfig;
using dataset::Fingerprint;
using dataset::Role;
using tests::TinyFiles;

namespace {

/// A smooth made-up picture, another one for another seed: sums of waves, 0..255.
QImage scene(int seed, int width = 160, int height = 120)
{
    QImage image(width, height, QImage::Format_Grayscale8);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double u = 160.0 * x / width, v = 120.0 * y / height;
            const double level = 128 + 50 * std::sin(u / (9.0 + seed)) + 40 * std::cos(v / (7.0 + 2 * seed) + seed)
                + 30 * std::sin((u + v) / 23.0 + 3 * seed);
            image.scanLine(y)[x] = static_cast<uchar>(std::clamp(level, 0.0, 255.0));
        }
    }
    return image;
}

QImage compressed(const QImage& image, int quality)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    image.save(&buffer, "JPEG", quality);
    return QImage::fromData(bytes, "JPEG").convertToFormat(QImage::Format_Grayscale8);
}

QImage mapped(QImage image, double slope, double offset, double gamma)
{
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const double level = 255 * std::pow(image.constScanLine(y)[x] / 255.0, gamma) * slope + offset;
            image.scanLine(y)[x] = static_cast<uchar>(std::clamp(std::lround(level), 0L, 255L));
        }
    }
    return image;
}

Fingerprint printOf(const QImage& picture)
{
    std::vector<std::byte> bytes;
    for (int y = 0; y < picture.height(); ++y) {
        const auto* row = reinterpret_cast<const std::byte*>(picture.constScanLine(y));
        bytes.insert(bytes.end(), row, row + picture.width());
    }
    return dataset::fingerprintOf(image::makeImage(picture.width(), picture.height(), 1, image::PixelType::UInt8,
        std::move(bytes)));
}

Dataset dataOf(const std::vector<int>& labels)
{
    Dataset data;
    data.groupedBy = "file";
    data.classNames = {"a", "b"};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::string id = "s" + std::to_string(i);
        data.samples.push_back({id, {}, 0, labels[i], id});
    }
    return data;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

class DuplicateTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsCopies_data();
    void knowsCopies();
    void keepsPicturesApart();
    void joinsGroupsAndListsContradictions();
    void doesWithoutNearOnesWhenTold();
    void comparesFlatPicturesByPixelsOnly();
    void listsWhatCannotBeRead();
    void refusesBadLimits();
    void findsEveryPlantedLeak();
    void findsLeaksInAStoreToo();
    void mergesNoNeighbouringSlices();
    void findsRecodedCopiesOfRealPictures();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void DuplicateTest::knowsCopies_data()
{
    QTest::addColumn<QImage>("copy");
    QTest::addColumn<int>("likeness"); // -1: another picture
    const QImage original = scene(1);
    const auto exact = static_cast<int>(dataset::Likeness::Exact), near = static_cast<int>(dataset::Likeness::Near);
    QTest::newRow("the same") << original << exact;
    QTest::newRow("JPEG 90") << compressed(original, 90) << near;
    QTest::newRow("JPEG 20") << compressed(original, 20) << near;
    QTest::newRow("half the size") << original.scaled(80, 60, Qt::IgnoreAspectRatio, Qt::SmoothTransformation) << near;
    QTest::newRow("square 224") << original.scaled(224, 224, Qt::IgnoreAspectRatio, Qt::SmoothTransformation) << near;
    QTest::newRow("brighter") << mapped(original, 0.8, 30, 1.0) << near;
    QTest::newRow("gamma") << mapped(original, 1.0, 0, 0.9) << near;
    QTest::newRow("one grey level more") << mapped(original, 1.0, 1, 1.0) << near;
    QTest::newRow("mirrored") << original.mirrored(true, false) << static_cast<int>(dataset::Likeness::Mirrored);
    QTest::newRow("upside down") << original.mirrored(false, true) << -1;
    QTest::newRow("another") << scene(2) << -1;
}

void DuplicateTest::knowsCopies()
{
    QFETCH(QImage, copy);
    QFETCH(int, likeness);
    const std::vector<Fingerprint> prints{printOf(scene(1)), printOf(scene(3)), printOf(copy)};
    const dataset::Duplicates found = dataset::findDuplicates(dataOf({0, 0, 0}), prints);
    if (likeness < 0) {
        QCOMPARE(found.pairs.size(), std::size_t{0});
        QCOMPARE(found.sets, (std::vector<int>{-1, -1, -1}));
        return;
    }
    QCOMPARE(found.pairs.size(), std::size_t{1});
    QCOMPARE(static_cast<int>(found.pairs[0].likeness), likeness);
    QCOMPARE(found.pairs[0].first, std::size_t{0});
    QCOMPARE(found.pairs[0].second, std::size_t{2});
    QCOMPARE(found.sets, (std::vector<int>{0, -1, 0}));
}

void DuplicateTest::keepsPicturesApart()
{
    std::vector<Fingerprint> prints;
    for (int seed = 0; seed < 40; ++seed) {
        prints.push_back(printOf(scene(seed)));
    }
    const dataset::Duplicates found = dataset::findDuplicates(dataOf(std::vector<int>(40)), prints);
    QCOMPARE(found.pairs.size(), std::size_t{0});
    QVERIFY2(contains(found.receipt, "0 pictures occur more than once"), found.receipt.c_str());
}

void DuplicateTest::joinsGroupsAndListsContradictions()
{
    // 0 = 3 (exact), 3 ~ 4 (near), 1 = 5; 2 alone. Patient p2 holds 1 and 4, so that all but 2 become one group.
    Dataset data = dataOf({0, 1, 0, 0, 1, 1});
    data.samples[1].group = data.samples[4].group = "p2";
    const std::vector<Fingerprint> prints{printOf(scene(1)), printOf(scene(2)), printOf(scene(3)), printOf(scene(1)),
        printOf(compressed(scene(1), 60)), printOf(scene(2))};
    const dataset::Duplicates found = dataset::findDuplicates(data, prints);
    QCOMPARE(found.sets, (std::vector<int>{0, 1, -1, 0, 0, 1}));
    QCOMPARE(found.problems.size(), std::size_t{1});
    QVERIFY2(contains(found.problems[0].detail,
        "3 files show the same picture with different labels: 's0' (a) and 's4' (b)"),
        found.problems[0].detail.c_str());
    QCOMPARE(dataset::joinDuplicates(data, found), 3);
    std::vector<std::string> groups;
    for (const auto& sample : data.samples) {
        groups.push_back(sample.group);
    }
    QCOMPARE(groups, (std::vector<std::string>{"p2", "p2", "s2", "p2", "p2", "p2"}));
    QCOMPARE(data.groupedBy, std::string("file and likeness"));
    dataset::SplitConfig config;
    config.validationFraction = 0.3;
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    QVERIFY2(contains(set.receipt, "0 patients, 0 near-duplicates shared."), set.receipt.c_str());
}

void DuplicateTest::doesWithoutNearOnesWhenTold()
{
    const std::vector<Fingerprint> prints{printOf(scene(1)), printOf(compressed(scene(1), 60)), printOf(scene(1))};
    DuplicateConfig config;
    config.near = false;
    QCOMPARE(dataset::findDuplicates(dataOf({0, 0, 0}), prints, config).sets, (std::vector<int>{0, -1, 0}));
}

void DuplicateTest::comparesFlatPicturesByPixelsOnly()
{
    QImage black(20, 20, QImage::Format_Grayscale8), grey = black, larger(24, 20, QImage::Format_Grayscale8);
    black.fill(0);
    grey.fill(90);
    larger.fill(0);
    const std::vector<Fingerprint> prints{printOf(black), printOf(grey), printOf(larger), printOf(black)};
    QCOMPARE(dataset::findDuplicates(dataOf({0, 0, 0, 0}), prints).sets, (std::vector<int>{0, -1, -1, 0}));
}

void DuplicateTest::listsWhatCannotBeRead()
{
    const TinyFiles files;
    files.picture("a/1.png", 10);
    files.text("a/2.png", "\x89PNG\r\n\x1a\n and nothing more");
    files.picture("b/3.png", 10);
    const Dataset data = dataset::readDataset({.path = files.root()}, m_pool);
    const dataset::Duplicates found = dataset::findDuplicates(data, dataset::takeFingerprints(data, m_pool));
    QCOMPARE(found.sets, (std::vector<int>{0, -1, 0}));
    QCOMPARE(found.problems.size(), std::size_t{2}); // unreadable, and one picture in two classes
    QCOMPARE(found.problems[0].subject, std::string("a/2.png"));
    QVERIFY(contains(found.problems[1].detail, "different labels"));
}

void DuplicateTest::refusesBadLimits()
{
    const std::vector<Fingerprint> one(1);
    DuplicateConfig config;
    config.maxHashDistance = 65;
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::findDuplicates(dataOf({0}), one, config));
    config = {};
    config.maxDifference = std::nan("");
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::findDuplicates(dataOf({0}), one, config));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)dataset::findDuplicates(dataOf({0, 0}), one));
}

void DuplicateTest::findsEveryPlantedLeak()
{
    const std::filesystem::path folder = tests::sharedData("data/ct_kidney4_leaky");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    Dataset data = dataset::readDataset({.path = folder}, m_pool);
    QCOMPARE(data.report.kind, std::string("training and testing folders"));
    const dataset::Duplicates found = dataset::findDuplicates(data, dataset::takeFingerprints(data, m_pool));
    dataset::joinDuplicates(data, found);
    // Planted: the files themselves stand in both parts; a name in Testing has its equal in Training.
    const auto testing = std::count(data.givenRoles.begin(), data.givenRoles.end(), Role::Test);
    const std::vector<std::size_t> leaked = dataset::leakedSamples(data, data.givenRoles, Role::Test);
    const auto near = std::count_if(found.pairs.begin(), found.pairs.end(),
        [](const auto& pair) { return pair.likeness != dataset::Likeness::Exact; });
    qInfo("leaks found: %zu of %td testing files; sets shared: %d; %s", leaked.size(),
        static_cast<std::ptrdiff_t>(testing),
          dataset::countSharedDuplicates(data, data.givenRoles), found.receipt.c_str());
    QCOMPARE(testing, 39);
    QCOMPARE(leaked.size(), std::size_t{39});
    QCOMPARE(dataset::countSharedDuplicates(data, data.givenRoles), 32); // distinct pictures
    QCOMPARE(near, 0); // none of the neighbouring slices is taken for a copy
    dataset::SplitConfig config;
    config.kind = "predefined";
    try {
        (void)dataset::makeFolds(data, config);
        QFAIL("the leaky parts were accepted");
    } catch (const base::Error& error) {
        QVERIFY2(contains(error.what(), "32 near-duplicates shared"), error.what());
    }
    data.givenRoles.clear();
    config.kind = "group-kfold";
    const dataset::FoldSet set = dataset::makeFolds(data, config);
    QVERIFY2(contains(set.receipt, "0 patients, 0 near-duplicates shared."), set.receipt.c_str());
}

void DuplicateTest::findsLeaksInAStoreToo()
{
    const std::filesystem::path folder = tests::sharedData("data/ct_kidney4_leaky");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    Dataset data = dataset::readDataset({.path = folder}, m_pool);
    const auto graph = image::Preprocess::fromJson(base::Json::array({{{"op", "grey"}},
        {{"op", "resize"}, {"width", 128}, {"height", 128}}}), "test");
    const dataset::PixelStore store = dataset::buildPixelStore(data, graph, m_pool);
    dataset::joinDuplicates(data, dataset::findDuplicates(data, dataset::takeFingerprints(data, store)));
    QCOMPARE(dataset::leakedSamples(data, data.givenRoles, Role::Test).size(), std::size_t{39});
}

void DuplicateTest::mergesNoNeighbouringSlices()
{
    const std::filesystem::path folder = tests::sharedData("data/ct_kidney4");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const Dataset data = dataset::readDataset({.path = folder}, m_pool);
    const std::vector<Fingerprint> prints = dataset::takeFingerprints(data, m_pool);
    QElapsedTimer watch;
    watch.start();
    const dataset::Duplicates found = dataset::findDuplicates(data, prints);
    qInfo("%zu pictures compared in %lld ms: %s", data.samples.size(), static_cast<long long>(watch.elapsed()),
        found.receipt.c_str());
    const auto near = std::count_if(found.pairs.begin(), found.pairs.end(),
        [](const auto& pair) { return pair.likeness != dataset::Likeness::Exact; });
    QCOMPARE(near, 0);
}

void DuplicateTest::findsRecodedCopiesOfRealPictures()
{
    const std::filesystem::path folder = tests::sharedData("data/ct_kidney4");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const TinyFiles files;
    int copies = 0;
    const Dataset all = dataset::readDataset({.path = folder}, m_pool);
    for (std::size_t i = 0; i < all.samples.size(); i += 8) { // its neighbours stand in the set too, as bait
        const auto& sample = all.samples[i];
        const QImage picture(QString::fromStdString(sample.file.string()));
        const std::string name = "copies/" + std::to_string(i);
        std::filesystem::create_directories(files.root() / "copies");
        std::filesystem::create_directories(files.root() / "originals");
        for (std::size_t k = i; k < std::min(i + 3, all.samples.size()); ++k) {
            std::filesystem::copy_file(all.samples[k].file, files.root() / "originals" / (std::to_string(k) + ".jpg"),
                std::filesystem::copy_options::skip_existing);
        }
        const QImage half = picture.scaled(picture.size() / 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        QVERIFY((copies % 2 == 0 ? half
            : picture).save(QString::fromStdString((files.root() / (name + ".jpg")).string()), "JPEG", copies % 2 == 0
            ? 70 : 30));
        ++copies;
    }
    Dataset data = dataset::readDataset({.path = files.root()}, m_pool);
    const dataset::Duplicates found = dataset::findDuplicates(data, dataset::takeFingerprints(data, m_pool));
    int right = 0, wrong = 0;
    for (const auto& pair : found.pairs) {
        const auto number = [&](std::size_t i) { return std::filesystem::path(data.samples[i].id).stem().string(); };
        (number(pair.first) == number(pair.second) ? right : wrong) += 1;
    }
    qInfo("copies found: %d of %d, wrong pairs: %d", right, copies, wrong);
    QVERIFY(right >= copies - copies / 20); // 19 of 20
    QCOMPARE(wrong, 0);
}

QTEST_GUILESS_MAIN(DuplicateTest)
#include "DuplicateTest.moc"
