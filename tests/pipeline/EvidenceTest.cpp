// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Rng.h"
#include "metrics/Logit.h"
#include "nn/PackageFile.h"
#include "pipeline/CalibrationEvidence.h"
#include "pipeline/FoldCases.h"
#include "pipeline/Package.h"
#include "pipeline/PackageEvaluation.h"
#include "pipeline/TinyRuns.h"
#include "predict/Calibration.h"
#include "predict/Predictor.h"
#include "support/ErrorOf.h"

#include <torch/torch.h>

#include <QtTest>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

using namespace diascope;
using namespace diascope::pipeline;
namespace fs = std::filesystem;

namespace {

/// `patients` patients with three pictures each. A picture's true log odds are normal; `told` makes of them what the network says.
OutOfFold binaryAnswers(int patients, const std::function<double(double)>& told, double shift = 0.0)
{
    base::Rng rng = base::Rng::stream(11, "evidence test");
    OutOfFold answers;
    for (int i = 0; i < 3 * patients; ++i) {
        const double odds = 1.5 * rng.normal();
        answers.labels.push_back(rng.chance(metrics::sigmoid(odds + shift)) ? 1 : 0);
        answers.logits.push_back(told(odds));
        answers.samples.push_back(static_cast<std::size_t>(i));
        answers.groups.push_back("p" + std::to_string(i / 3));
    }
    return answers;
}

const nn::PackageQuantile& quantileOf(const CalibrationEvidence& evidence, const std::string& score, double alpha)
{
    const auto at = std::find_if(evidence.quantiles.begin(), evidence.quantiles.end(),
                                 [&](const nn::PackageQuantile& q) { return q.score == score && q.alpha == alpha; });
    return at == evidence.quantiles.end() ? throw std::runtime_error("no such quantile") : *at;
}

/// Dark or bright pictures with a ramp on them, two of each patient.
fs::path writeRamps(const tests::TinyFiles& files, int patients)
{
    std::string table = "img_IDs,target,patient\n";
    fs::create_directories(files.root() / "images");
    for (int i = 0; i < 2 * patients; ++i) {
        const int label = i / 2 % 2;
        QImage image(48, 40, QImage::Format_Grayscale8);
        for (int y = 0; y < 40; ++y) {
            for (int x = 0; x < 48; ++x) {
                image.scanLine(y)[x] = static_cast<uchar>(30 + 90 * label + 2 * x + (x * y + i) % 17);
            }
        }
        const std::string id = "case" + std::to_string(i);
        if (!image.save(QString::fromStdString((files.root() / "images" / (id + ".png")).string()))) {
            throw std::runtime_error("cannot write");
        }
        table += id + "," + std::to_string(label) + ",p" + std::to_string(i / 2) + "\n";
    }
    return files.text("Train.csv", table);
}

} // namespace

class EvidenceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void overconfidentLogitsAreCooled();
    void severalClassesAreCooled();
    void aBentCurveNeedsManyPictures();
    void whatCannotBeCalibratedSaysWhy_data();
    void whatCannotBeCalibratedSaysWhy();
    void picturesCountOnceWhateverTheRepeats();
    void decisionsStayWhereTheyWere_data();
    void decisionsStayWhereTheyWere();
    void casesSpreadOverGroups();
    void aRunPacksItsEvidence();
    void aCrossValidationPacksItsEvidence();
    void packagesAreEvaluatedOnData();

private:
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

void EvidenceTest::overconfidentLogitsAreCooled()
{
    const CalibrationEvidence evidence = calibrationEvidence(binaryAnswers(250, [](double odds) { return 3.0 * odds; }));
    QCOMPARE(evidence.calibration.method, std::string("temperature"));
    QVERIFY2(std::abs(evidence.calibration.temperature - 3.0) < 0.6, qPrintable(QString::number(evidence.calibration.temperature)));
    const base::Json& figures = evidence.figures;
    QCOMPARE(figures["n"].get<int>(), 750);
    QVERIFY(figures["after"]["logLoss"].get<double>() < figures["before"]["logLoss"].get<double>() - 0.1);
    QVERIFY(figures["after"]["expectedCalibrationError"].get<double>() < figures["before"]["expectedCalibrationError"].get<double>());
    int counted = 0;
    for (const base::Json& bin : figures["reliability"]["table"]) {
        counted += bin["n"].get<int>();
        QVERIFY(bin["low"].get<double>() <= bin["observed"].get<double>() && bin["observed"].get<double>() <= bin["high"].get<double>());
    }
    QCOMPARE(counted, 750);
    QCOMPARE(evidence.quantiles.size(), std::size_t{6});
    for (const double alpha : {0.05, 0.1, 0.2}) {
        for (const char* score : {"lac", "aps"}) {
            const nn::PackageQuantile& q = quantileOf(evidence, score, alpha);
            // APS without randomisation gives more than it promises: the least probable class always has the score 1.
            const double most = score == std::string("lac") ? 1.0 - alpha + 0.05 : 1.0;
            QVERIFY2(q.coverageSeen > 1.0 - alpha - 0.05 && q.coverageSeen <= most, qPrintable(QStringLiteral("%1 %2: %3").arg(score).arg(alpha).arg(q.coverageSeen)));
            QVERIFY(q.coverageLow < q.coverageSeen && q.coverageSeen <= q.coverageHigh);
            QVERIFY(q.meanSize > 0.5 && q.meanSize <= 2.0);
            QCOMPARE(q.n, std::int64_t{750});
        }
    }
}

void EvidenceTest::severalClassesAreCooled()
{
    base::Rng rng = base::Rng::stream(12, "evidence test");
    OutOfFold answers;
    answers.outputs = 3;
    for (std::size_t i = 0; i < 600; ++i) {
        std::vector<double> odds{rng.normal(), rng.normal(), rng.normal()};
        const double total = std::exp(odds[0]) + std::exp(odds[1]) + std::exp(odds[2]);
        double draw = rng.uniform() * total;
        int label = 0;
        while (label < 2 && draw > std::exp(odds[static_cast<std::size_t>(label)])) {
            draw -= std::exp(odds[static_cast<std::size_t>(label++)]);
        }
        answers.labels.push_back(label);
        for (const double value : odds) {
            answers.logits.push_back(2.0 * value);
        }
        answers.samples.push_back(i);
        answers.groups.push_back(std::to_string(i));
    }
    const CalibrationEvidence evidence = calibrationEvidence(answers);
    QCOMPARE(evidence.calibration.method, std::string("temperature"));
    QVERIFY2(std::abs(evidence.calibration.temperature - 2.0) < 0.5, qPrintable(QString::number(evidence.calibration.temperature)));
    QVERIFY(std::abs(quantileOf(evidence, "lac", 0.1).coverageSeen - 0.9) < 0.05);
    QVERIFY(quantileOf(evidence, "aps", 0.1).coverageSeen > 0.85);
    QVERIFY(quantileOf(evidence, "lac", 0.1).meanSize <= quantileOf(evidence, "aps", 0.1).meanSize + 0.05);
}

void EvidenceTest::aBentCurveNeedsManyPictures()
{
    const auto same = [](double odds) { return odds; };
    // Odds that are off by a constant: no temperature can mend that, a curve can.
    const CalibrationEvidence many = calibrationEvidence(binaryAnswers(1200, same, -2.0)), few = calibrationEvidence(binaryAnswers(300, same, -2.0));
    QCOMPARE(many.calibration.method, std::string("isotonic"));
    QVERIFY(few.calibration.method != "isotonic");
    QVERIFY(many.figures["after"]["brier"].get<double>() < many.figures["before"]["brier"].get<double>() - 0.02);
    const auto& [method, temperature, scores, probabilities] = many.calibration;
    QCOMPARE(scores.size(), probabilities.size());
    QVERIFY(scores.size() <= 514);
    for (std::size_t i = 1; i < scores.size(); ++i) {
        QVERIFY(scores[i] > scores[i - 1] && probabilities[i] > probabilities[i - 1]);
    }
    QVERIFY(std::abs(calibratedThreshold(many.calibration, 0.5) - metrics::sigmoid(-2.0)) < 0.08);
}

void EvidenceTest::whatCannotBeCalibratedSaysWhy_data()
{
    QTest::addColumn<int>("patients");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("quantiles");
    QTest::newRow("one picture") << 1 << "one" << 0;
    QTest::newRow("nine pictures") << 3 << "" << 4;
    QTest::newRow("one class") << 30 << "class" << 6;
    QTest::newRow("separable") << 30 << "separable" << 6;
    QTest::newRow("all alike") << 30 << "constant" << 6;
    QTest::newRow("no number") << 30 << "nan" << 0;
    QTest::newRow("infinite") << 30 << "inf" << 0;
    QTest::newRow("one patient") << 30 << "patient" << 6;
}

void EvidenceTest::whatCannotBeCalibratedSaysWhy()
{
    QFETCH(int, patients);
    QFETCH(QString, kind);
    QFETCH(int, quantiles);
    OutOfFold answers = binaryAnswers(patients, [](double odds) { return odds; });
    if (kind == "one") {
        answers = {1, {0.3}, {1}, {0}, {"p"}};
    } else if (kind == "class") {
        std::fill(answers.labels.begin(), answers.labels.end(), 1);
    } else if (kind == "separable") {
        for (std::size_t i = 0; i < answers.rows(); ++i) {
            answers.logits[i] = answers.labels[i] == 1 ? 4.0 : -4.0;
        }
    } else if (kind == "constant") {
        std::fill(answers.logits.begin(), answers.logits.end(), 0.0);
    } else if (kind == "nan") {
        answers.logits[5] = std::numeric_limits<double>::quiet_NaN();
    } else if (kind == "inf") {
        answers.logits[5] = std::numeric_limits<double>::infinity();
    } else if (kind == "patient") {
        std::fill(answers.groups.begin(), answers.groups.end(), "p");
    }
    const CalibrationEvidence evidence = calibrationEvidence(answers);
    QCOMPARE(evidence.calibration.method, std::string("none"));
    QCOMPARE(evidence.calibration.temperature, 1.0);
    QVERIFY2(!evidence.figures["reason"].get<std::string>().empty(), evidence.figures.dump().c_str());
    QVERIFY2(static_cast<int>(evidence.quantiles.size()) <= quantiles, qPrintable(QString::number(evidence.quantiles.size())));
    QVERIFY(evidence.figures.dump().find("nan") == std::string::npos);
    QVERIFY_EXCEPTION_THROWN((void)calibrationEvidence({}), base::Error);
}

void EvidenceTest::picturesCountOnceWhateverTheRepeats()
{
    const OutOfFold once = binaryAnswers(40, [](double odds) { return 2.0 * odds; });
    OutOfFold thrice = once;
    for (int repeat = 0; repeat < 2; ++repeat) {
        thrice.logits.insert(thrice.logits.end(), once.logits.begin(), once.logits.end());
        thrice.labels.insert(thrice.labels.end(), once.labels.begin(), once.labels.end());
        thrice.samples.insert(thrice.samples.end(), once.samples.begin(), once.samples.end());
        thrice.groups.insert(thrice.groups.end(), once.groups.begin(), once.groups.end());
    }
    const CalibrationEvidence a = calibrationEvidence(once), b = calibrationEvidence(thrice);
    QCOMPARE(b.figures["n"].get<int>(), 120);
    QVERIFY(std::abs(a.calibration.temperature - b.calibration.temperature) < 1e-6);
    QVERIFY(std::abs(quantileOf(a, "lac", 0.1).quantile - quantileOf(b, "lac", 0.1).quantile) < 1e-6);
    QCOMPARE(quantileOf(a, "lac", 0.1).n, quantileOf(b, "lac", 0.1).n);
}

void EvidenceTest::decisionsStayWhereTheyWere_data()
{
    QTest::addColumn<int>("patients");
    QTest::addColumn<double>("shift");
    QTest::addColumn<QByteArray>("method");
    QTest::newRow("temperature") << 200 << 0.0 << QByteArray("temperature");
    QTest::newRow("isotonic") << 1200 << -2.0 << QByteArray("isotonic");
}

void EvidenceTest::decisionsStayWhereTheyWere()
{
    QFETCH(int, patients);
    QFETCH(double, shift);
    QFETCH(QByteArray, method);
    const OutOfFold answers = binaryAnswers(patients, [](double odds) { return 2.5 * odds; }, shift);
    nn::PackageManifest manifest;
    manifest.classes = {"no", "yes"};
    manifest.positiveClass = "yes";
    manifest.calibration = calibrationEvidence(answers).calibration;
    QCOMPARE(QByteArray::fromStdString(manifest.calibration.method), method);
    for (const double threshold : {0.02, 0.31, 0.5, 0.77, 0.98}) {
        manifest.threshold = calibratedThreshold(manifest.calibration, threshold);
        for (const double logit : answers.logits) {
            const bool before = metrics::sigmoid(logit) >= threshold;
            QCOMPARE(predict::verdict(manifest, predict::probabilities(manifest, {logit})), std::string(before ? "yes" : "no"));
        }
    }
}

void EvidenceTest::casesSpreadOverGroups()
{
    dataset::Dataset data;
    for (int i = 0; i < 100; ++i) { // patient 0 has 90 pictures, ten others one each
        data.samples.push_back({.id = std::to_string(i), .file = {}, .frame = 0, .label = 0, .group = i < 90 ? "big" : "p" + std::to_string(i)});
    }
    std::vector<std::size_t> rows(100);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const std::vector<std::size_t> twelve = spreadOverGroups(data, rows, 12);
    QCOMPARE(twelve.size(), std::size_t{12});
    QCOMPARE(std::count_if(twelve.begin(), twelve.end(), [](std::size_t row) { return row >= 90; }), std::ptrdiff_t{10});
    QCOMPARE(spreadOverGroups(data, rows, 5).size(), std::size_t{5});
    QCOMPARE(spreadOverGroups(data, rows, 1000), rows);
    QVERIFY(spreadOverGroups(data, {}, 5).empty());
    QCOMPARE(neighboursFor(3), 3);
    QCOMPARE(neighboursFor(1024), 10);
}

void EvidenceTest::aRunPacksItsEvidence()
{
    const tests::TinyFiles files;
    tests::Watcher watcher;
    const Plan plan = tests::planFor(writeRamps(files, 48), 4);
    const fs::path run = files.root() / "run";
    const RunResult result = pipeline::train(plan, run, m_pool, watcher, {}, {});
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
    const nn::PackageFile package = nn::readPackage(result.package);
    const nn::PackageEvidence& evidence = package.manifest.evidence;
    QCOMPARE(package.manifest.schemaVersion, 3);
    QCOMPARE(evidence.sources.headers, std::int64_t{96});
    QCOMPARE(evidence.sources.modalities, std::vector<std::string>{""});
    QCOMPARE(evidence.sources.leastWidth, 48);
    QCOMPARE(evidence.sources.mostHeight, 40);
    QCOMPARE(evidence.neighbours.n, std::int64_t{24});
    QCOMPARE(evidence.neighbours.trainedOn, std::int64_t{72});
    QVERIFY(std::abs(evidence.neighbours.quantile - 24.0 / 25.0) < 1e-12); // of 24 pictures no hundredth can be told
    QCOMPARE(package.cases.count(), std::int64_t{72});
    QCOMPARE(evidence.setScore, std::string("lac"));
    QVERIFY(evidence.chosen() != nullptr);
    QVERIFY(evidence.calibration.contains("method"));
    // Neither a name of a file or a patient nor a picture.
    const std::string bytes = base::readFile(result.package);
    QVERIFY(bytes.find("case1") == std::string::npos && bytes.find(files.root().string()) == std::string::npos);
    std::set<std::int64_t> groups;
    for (std::int64_t i = 0; i < package.cases.count(); ++i) {
        groups.insert(package.cases.groups[i].item<std::int64_t>());
    }
    QCOMPARE(groups.size(), std::size_t{36});

    // The package alone lost: it is made again from what the run keeps, to the byte of its tensors.
    const std::string before = tests::tensorsOf(result.package);
    fs::remove(result.package);
    const RunResult again = pipeline::train(plan, run, m_pool, watcher, {}, {}, true);
    QCOMPARE(again.state, train::RunState::Finished);
    QCOMPARE(tests::tensorsOf(again.package), before);
    QCOMPARE(nn::toJson(nn::readPackage(again.package).manifest.evidence).dump(), nn::toJson(evidence).dump());
    // And by hand, from weights and pictures.
    const nn::PackageFile made = nn::readPackage(pipeline::makePackage(run, m_pool, files.root() / "made.safetensors"));
    QVERIFY(std::abs(made.manifest.evidence.neighbours.threshold - evidence.neighbours.threshold) < 1e-4);
    QCOMPARE(made.manifest.evidence.sources.headers, evidence.sources.headers);
    QVERIFY(torch::equal(made.cases.groups, package.cases.groups));

    const auto predictor = predict::Predictor::load(again.package, "cpu");
    const image::Image black = image::makeImage(48, 40, 1, image::PixelType::UInt8, std::vector<std::byte>(48 * 40));
    QVERIFY(predictor->predict(black, {}).prediction.outOfDistribution->flag);
}

void EvidenceTest::aCrossValidationPacksItsEvidence()
{
    const tests::TinyFiles files;
    tests::Watcher watcher;
    const RunResult result = pipeline::train(tests::crossPlan(writeRamps(files, 20), 2), files.root() / "run", m_pool, watcher, {}, {});
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
    const nn::PackageFile package = nn::readPackage(result.package);
    QCOMPARE(package.members.size(), std::size_t{6});
    QCOMPARE(package.manifest.evidence.calibration["n"].get<int>(), 40); // each picture once, although it was predicted twice
    QCOMPARE(package.manifest.evidence.neighbours.member, 0);
    QVERIFY(package.cases.any());
    const auto predictor = predict::Predictor::load(result.package, "cpu");
    const auto prediction = predictor->predict(m_pool.frame(files.root() / "images" / "case0.png"), {}).prediction;
    QVERIFY(prediction.setCoverage && prediction.outOfDistribution && prediction.outOfDistribution->score);
    QCOMPARE(prediction.folds.size(), std::size_t{6});
}

void EvidenceTest::packagesAreEvaluatedOnData()
{
    const tests::TinyFiles files;
    tests::Watcher watcher;
    const fs::path table = writeRamps(files, 24);
    const RunResult result = pipeline::train(tests::planFor(table, 3), files.root() / "run", m_pool, watcher, {}, {});
    QVERIFY2(result.state == train::RunState::Finished, tests::lastProblem(result).c_str());
    const auto predictor = predict::Predictor::load(result.package, "cpu");
    files.text("images/case7.png", "no picture");
    dataset::Source source;
    source.path = table;
    std::int64_t last = 0;
    const PackagePredictions all = evaluatePackage(*predictor, source, m_pool, {}, [&](const base::Progress& step) { last = step.done; });
    QCOMPARE(all.table.header, (std::vector<std::string>{"sample", "group", "label", "p_0", "p_1", "unlike", "set"}));
    QCOMPARE(all.table.rows.size() + all.problems.size(), std::size_t{48});
    QCOMPARE(all.problems.size(), std::size_t{1});
    QVERIFY(last > 0 && !all.stopped);
    QCOMPARE(all.packageSha256, predictor->identity().sha256);
    QCOMPARE(all.positiveClass, std::string("1"));
    QCOMPARE(all.sets, std::int64_t{47});
    for (const auto& row : all.table.rows) {
        QVERIFY(std::abs(std::stod(row[3]) + std::stod(row[4]) - 1.0) < 1e-9);
        QVERIFY(row[1].starts_with("p") || !row[1].empty());
    }
    const fs::path other = files.text("Other.csv", "img_IDs,target,patient\ncase0,healthy,p0\ncase1,ill,p1\n");
    source.path = other;
    QCOMPARE(tests::codeName(tests::errorOf([&] { (void)evaluatePackage(*predictor, source, m_pool); })), "mismatch");
}

QTEST_GUILESS_MAIN(EvidenceTest)
#include "EvidenceTest.moc"
