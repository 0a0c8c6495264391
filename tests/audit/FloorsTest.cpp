// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Floors.h"
#include "audit/ImageStatistics.h"
#include "base/Csv.h"
#include "base/Rng.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "support/SharedData.h"

#include <QTest>

#include <map>

using namespace diascope;
using audit::Floor;
using audit::FloorFeatures;
using audit::FloorSplit;

namespace {

/// Stripes, upright or lying by the class, with noise: easy for gradients, hard for single pixels.
FloorFeatures stripes(bool upright, std::uint64_t seed)
{
    base::Rng rng = base::Rng::stream(seed, "stripes");
    std::vector<std::byte> pixels(64 * 64);
    const auto phase = rng.below(16);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const std::size_t along = (upright ? i % 64 : i / 64) + phase;
        pixels[i] = static_cast<std::byte>((along / 8 % 2 == 0 ? 70 : 150) + rng.below(30));
    }
    return audit::floorFeatures(image::makeImage(64, 64, 1, image::PixelType::UInt8, std::move(pixels)));
}

struct Task {
    std::vector<FloorFeatures> features;
    std::vector<int> labels;
    std::vector<FloorSplit> splits;
};

Task stripeTask(int count)
{
    Task task;
    std::vector<int> folds;
    for (int i = 0; i < count; ++i) {
        task.features.push_back(stripes(i % 2 == 1, static_cast<std::uint64_t>(i)));
        task.labels.push_back(i % 2);
        folds.push_back(i / 2 % 3);
    }
    task.splits = audit::floorSplits(std::span<const int>(folds));
    return task;
}

Floor floorWith(const std::string& name, double auc, double leastBalanced, std::size_t classes)
{
    Floor floor;
    floor.name = name;
    floor.auc = {auc, {}};
    floor.balancedAccuracy = {leastBalanced + 0.03, {}};
    floor.leastBalancedAccuracy = {leastBalanced, {}};
    floor.scores = audit::Matrix(1, classes);
    return floor;
}

} // namespace

class FloorsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void trivialMethodsOnStripes();
    void threadsChangeNothing();
    void aClassThatTrainingLacks();
    void refusesWhatIsNoTask_data();
    void refusesWhatIsNoTask();
    void leaks_data();
    void leaks();
    void splitsOfPlans();
    void majorityWithoutPictures();
    void realFolds_data();
    void realFolds();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void FloorsTest::trivialMethodsOnStripes()
{
    const Task task = stripeTask(60);
    const auto floors = audit::computeFloors(task.features, task.labels, 2, task.splits);
    QCOMPARE(floors.size(), std::size_t{3});
    QCOMPARE(floors[0].name, std::string("majority"));
    QCOMPARE(floors[0].accuracy.value.value(), 0.5);
    QVERIFY(!floors[0].auc.value && !floors[0].auc.reason.empty());
    QCOMPARE(floors[2].accuracy.value.value(), 1.0); // gradients tell the stripes apart
    QCOMPARE(floors[2].auc.value.value(), 1.0);      // and the scores' sign is right
    for (const Floor& floor : floors) {
        QCOMPARE(floor.rows.size(), std::size_t{60});
        QVERIFY(floor.accuracyInterval && floor.accuracyInterval->low <= *floor.accuracy.value
            && *floor.accuracy.value <= floor.accuracyInterval->high);
        for (std::size_t i = 0; i < floor.rows.size(); ++i) {
            QCOMPARE(floor.labels[i], task.labels[floor.rows[i]]);
        }
    }
    QVERIFY(floors[1].aucInterval.has_value() || !floors[1].perClass[1].reason.empty());
}

void FloorsTest::threadsChangeNothing()
{
    const Task task = stripeTask(36);
    const auto one = audit::computeFloors(task.features, task.labels, 2, task.splits, {.threads = 1});
    const auto three = audit::computeFloors(task.features, task.labels, 2, task.splits, {.threads = 3});
    for (std::size_t k = 0; k < one.size(); ++k) {
        QCOMPARE(one[k].scores.values, three[k].scores.values);
        QCOMPARE(one[k].predicted, three[k].predicted);
    }
}

void FloorsTest::aClassThatTrainingLacks()
{
    Task task = stripeTask(24);
    for (std::size_t i = 0; i < 4; ++i) {
        task.labels[i] = 2; // only in the held-out part of the first split
    }
    FloorSplit split;
    for (std::size_t i = 0; i < 24; ++i) {
        (i < 6 ? split.heldOut : split.training).push_back(i);
    }
    const auto floors = audit::computeFloors(task.features, task.labels, 3, {split});
    for (const Floor& floor : floors) {
        QVERIFY(
            std::all_of(floor.predicted.begin(), floor.predicted.end(), [](int predicted) { return predicted != 2; }));
        QVERIFY(std::all_of(
            floor.scores.values.begin(), floor.scores.values.end(), [](double score) { return std::isfinite(score); }));
    }
}

void FloorsTest::refusesWhatIsNoTask_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("no pictures") << 0;
    QTest::newRow("one class") << 1;
    QTest::newRow("label out of range") << 2;
    QTest::newRow("no split") << 3;
    QTest::newRow("empty training part") << 4;
    QTest::newRow("row that is not there") << 5;
}

void FloorsTest::refusesWhatIsNoTask()
{
    QFETCH(int, kind);
    Task task = stripeTask(12);
    int classes = 2;
    switch (kind) {
    case 0:
        task.features.clear();
        break;
    case 1:
        classes = 1;
        break;
    case 2:
        task.labels[3] = 7;
        break;
    case 3:
        task.splits.clear();
        break;
    case 4:
        task.splits[0].training.clear();
        break;
    default:
        task.splits[0].heldOut.push_back(99);
    }
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::computeFloors(task.features, task.labels, classes, task.splits));
}

void FloorsTest::leaks_data()
{
    QTest::addColumn<double>("leastBalanced");
    QTest::addColumn<bool>("leaks");
    QTest::newRow("a floor as it should be") << 0.4 << false;
    QTest::newRow("twins on both sides") << 0.86 << true;
}

void FloorsTest::leaks()
{
    QFETCH(double, leastBalanced);
    QFETCH(bool, leaks);
    const std::vector<Floor> floors{
        floorWith("nearest-neighbour", 0.8, leastBalanced, 4), floorWith("hog-svm", 0.9, 0.95, 4)};
    QCOMPARE(audit::splitLeaks(floors).find("leaks") != std::string::npos, leaks);
}

void FloorsTest::splitsOfPlans()
{
    using dataset::Role;
    const Role t = Role::Train, v = Role::Validation, x = Role::Test;
    const std::vector<dataset::FoldPlan> shared{{0, 0, {t, t, v, x}}, {0, 1, {v, t, t, x}}, {1, 0, {t, v, t, x}}};
    const auto validation = audit::floorSplits(shared, Role::Validation);
    QCOMPARE(validation.size(), std::size_t{2}); // the first repeat
    QCOMPARE(validation[1].training, (std::vector<std::size_t>{1, 2}));
    QCOMPARE(validation[1].heldOut, (std::vector<std::size_t>{0}));
    QCOMPARE(audit::floorSplits(shared, Role::Test).size(), std::size_t{1}); // the same part for all folds: once
    const std::vector<dataset::FoldPlan> nested{{0, 0, {t, t, v, x}}, {0, 1, {x, t, t, v}}};
    QCOMPARE(audit::floorSplits(nested, Role::Test).size(), std::size_t{2}); // a test part of each fold
    const std::vector<std::optional<std::size_t>> rowOf{std::nullopt, 0, 1, 2}; // the first picture is gone
    const auto placed = audit::floorSplits(shared, Role::Validation, rowOf);
    QCOMPARE(placed.size(), std::size_t{1}); // the second fold has nothing left to be judged on
    QCOMPARE(placed[0].training, (std::vector<std::size_t>{0}));
    QVERIFY(audit::judgedPart(shared) == Role::Test);
    QVERIFY(audit::floorSplits({}, Role::Test).empty());
}

void FloorsTest::majorityWithoutPictures()
{
    const Task task = stripeTask(30);
    const Floor alone = audit::majorityFloor(task.labels, 2, task.splits);
    const auto floors = audit::computeFloors(task.features, task.labels, 2, task.splits);
    QCOMPARE(alone.predicted, floors[0].predicted);
    QCOMPARE(alone.name, floors[0].name);
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)audit::majorityFloor({}, 2, task.splits));
}

void FloorsTest::realFolds_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("folder");
    QTest::addColumn<double>("accuracy");   // of 1-NN, as measured with numpy on these folds
    QTest::addColumn<double>("svmAtLeast"); // accuracy
    QTest::addColumn<bool>("leaks");
    QTest::newRow("kidney CT") << QStringLiteral("bench/folds_ct_kidney4.csv") << QStringLiteral("data/ct_kidney4")
                               << 0.920 << 0.7 << true;
    QTest::newRow("lung ultrasound") << QStringLiteral("bench/folds_us_lung_pocus.csv")
                                     << QStringLiteral("data/us_lung_pocus") << 0.836 << 0.8 << false;
}

void FloorsTest::realFolds()
{
    QFETCH(QString, table);
    QFETCH(QString, folder);
    QFETCH(double, accuracy);
    QFETCH(double, svmAtLeast);
    QFETCH(bool, leaks);
    const auto file = tests::sharedData(table.toStdString()), images = tests::sharedData(folder.toStdString());
    if (file.empty() || images.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const dataset::Dataset data
        = dataset::readDataset({.path = file, .imageFolder = images, .foldColumn = "fold"}, m_pool);
    std::vector<FloorFeatures> features(data.samples.size());
    dataset::parallelFor({"features", features.size(), 0},
        [&](std::size_t i) { features[i] = audit::floorFeatures(m_pool.frame(data.samples[i].file)); }, {}, {});
    std::vector<int> labels;
    for (const auto& sample : data.samples) {
        labels.push_back(sample.label);
    }
    const auto floors = audit::computeFloors(features, labels, static_cast<int>(data.classNames.size()),
        audit::floorSplits(std::span<const int>(data.givenFolds)));
    for (const Floor& floor : floors) {
        qInfo("%s %s: accuracy %.3f (%.3f..%.3f), balanced %.3f, AUC %s", qPrintable(folder), floor.name.c_str(),
            *floor.accuracy.value, floor.accuracyInterval->low, floor.accuracyInterval->high,
            floor.balancedAccuracy.value.value_or(-1.0),
            floor.auc.value ? std::to_string(*floor.auc.value).c_str() : floor.auc.reason.c_str());
    }
    QVERIFY(std::abs(*floors[1].accuracy.value - accuracy) <= 0.02); // another resampling moves some pictures
    QVERIFY(*floors[2].accuracy.value >= svmAtLeast);
    QCOMPARE(!audit::splitLeaks(floors).empty(), leaks);
}

QTEST_GUILESS_MAIN(FloorsTest)
#include "FloorsTest.moc"
