// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Rng.h"
#include "explain/ChannelAttention.h"
#include "explain/MapQuality.h"
#include "explain/Randomisation.h"
#include "nn/Classifier.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "predict/Calibration.h"
#include "predict/Frames.h"
#include "predict/PixelFigures.h"
#include "predict/PredictionJson.h"
#include "predict/Predictor.h"
#include "predict/SourceChecks.h"
#include "predict/TrainingCases.h"
#include "support/ErrorOf.h"

#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <limits>
#include <set>

using namespace diascope;
using namespace diascope::predict;

namespace {

constexpr int kGroups = 8, kEach = 3;

/// A grey picture with a soft spot; pictures of near numbers look alike.
image::Image spotPicture(int number)
{
    base::Rng rng = base::Rng::stream(5, "trust picture", static_cast<std::uint64_t>(number));
    const double x = 20.0 + 3.0 * (number % 20), y = 60.0 - 2.0 * (number % 17);
    std::vector<std::byte> bytes;
    for (int row = 0; row < 80; ++row) {
        for (int column = 0; column < 100; ++column) {
            const double spot = 140.0 * std::exp(-std::hypot(column - x, row - y) / 15.0);
            bytes.push_back(static_cast<std::byte>(30.0 + spot + static_cast<double>(rng.below(20))));
        }
    }
    return image::makeImage(100, 80, 1, image::PixelType::UInt8, std::move(bytes));
}

image::Image flatPicture(int grey)
{
    return image::makeImage(100, 80, 1, image::PixelType::UInt8, std::vector<std::byte>(8000, static_cast<std::byte>(grey)));
}

/// A package of untrained members that knows training pictures 0 .. kGroups * kEach - 1, three of each of eight patients.
struct Known {
    nn::PackageManifest manifest;
    std::vector<nn::State> members;
    nn::PackageCases cases;
};

Known knownPackage(int members = 1)
{
    Known k;
    k.manifest.name = "trusting";
    k.manifest.version = "1";
    k.manifest.modelSpec = nn::defaultSpec("renalnet");
    k.manifest.modelSpec.hidden = 8;
    k.manifest.preprocess = base::Json::parse(R"([{"op":"window","mode":"file"},{"op":"grey"},{"op":"resize","width":64,"height":64},
                                                 {"op":"normalise","mean":[0.5],"std":[0.5]}])");
    k.manifest.classes = {"normal", "renal_failure"};
    k.manifest.positiveClass = "renal_failure";
    for (int member = 0; member < members; ++member) {
        k.members.push_back(nn::deepCopy(nn::makeClassifier(k.manifest.modelSpec, static_cast<std::uint64_t>(member + 1))->state()));
    }
    return k;
}

} // namespace

class TrustTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void blankIsAlwaysSaid_data();
    void blankIsAlwaysSaid();
    void setsAreThoseOfTheQuantile_data();
    void setsAreThoseOfTheQuantile();
    void scoreIsTheDistanceOverTheThreshold_data();
    void scoreIsTheDistanceOverTheThreshold();
    void similarCasesAreOnePerPatient();
    void sourcesAreChecked_data();
    void sourcesAreChecked();
    void pixelFiguresAreThoseOfTheDefinition();
    void pixelDistanceIsMahalanobis();
    void noiseIsUnlikeThePictures_data();
    void noiseIsUnlikeThePictures();
    void badPixelsAreRefused_data();
    void badPixelsAreRefused();
    void jsonCarriesTheEvidence();
    void evidenceSurvivesTheFile();
    void badEvidenceIsRefused_data();
    void badEvidenceIsRefused();
    void isotonicCurvesAreApplied();
    void badCurvesAreRefused_data();
    void badCurvesAreRefused();
    void foldsAreExplainedOneByOneAndTogether();
    void mapsAreGraded();
    void occlusionCanBeStopped();
    void cineIsScoredStoppedAndGoesOnPastBadFrames();

private:
    std::unique_ptr<Predictor> load(const Known& k) const
    {
        const std::string file = m_folder.filePath("p.safetensors").toStdString();
        nn::writePackage(file, k.manifest, k.members, {}, k.cases);
        return Predictor::load(file, "cpu");
    }
    /// knownPackage() with its training cases, threshold 0.01.
    [[nodiscard]] Known withCases() const
    {
        Known k = knownPackage();
        const auto plain = load(k);
        std::vector<float> values;
        std::vector<std::int64_t> labels, samples, groups;
        for (int i = 0; i < kGroups * kEach; ++i) {
            const std::vector<float> one = plain->embedding(spotPicture(i));
            values.insert(values.end(), one.begin(), one.end());
            labels.push_back(i / kEach % 2);
            samples.push_back(i + 1);
            groups.push_back(i / kEach + 1);
        }
        k.cases = {torch::tensor(values).reshape({kGroups * kEach, -1}).to(torch::kHalf), torch::tensor(labels), torch::tensor(samples), torch::tensor(groups)};
        k.manifest.evidence.neighbours = {.member = 0, .neighbours = 4, .threshold = 0.01, .quantile = 0.99, .n = 40, .trainedOn = kGroups * kEach};
        return k;
    }
    /// What the pixels of the first 24 pictures are like to knownPackage()'s network; the next six are usual.
    [[nodiscard]] nn::PackagePixels spotPixels() const
    {
        const auto predictor = load(knownPackage());
        std::vector<PixelFigures> all;
        for (int i = 0; i < 30; ++i) {
            all.push_back(pixelFiguresOf(predictor->predict(spotPicture(i), {}).prediction.networkSaw));
        }
        nn::PackagePixels pixels = fitPixels(torch::from_blob(all.data(), {24, static_cast<std::int64_t>(kPixelFigures)}, torch::kFloat64));
        for (std::size_t i = 24; i < 30; ++i) {
            pixels.threshold = std::max(pixels.threshold, 1.5 * pixelDistance(pixels, all[i]));
        }
        pixels.quantile = 6.0 / 7.0;
        pixels.n = 6;
        pixels.fittedOn = 24;
        return pixels;
    }
    QTemporaryDir m_folder;
};

void TrustTest::initTestCase()
{
    QVERIFY(m_folder.isValid());
    at::set_num_threads(1);
}

void TrustTest::blankIsAlwaysSaid_data()
{
    QTest::addColumn<int>("grey");
    QTest::addColumn<bool>("withEvidence");
    QTest::newRow("black, an old package") << 0 << false;
    QTest::newRow("white, an old package") << 255 << false;
    QTest::newRow("black") << 0 << true;
    QTest::newRow("grey") << 90 << true;
}

void TrustTest::blankIsAlwaysSaid()
{
    QFETCH(int, grey);
    QFETCH(bool, withEvidence);
    const auto predictor = load(withEvidence ? withCases() : knownPackage());
    const Prediction p = predictor->predict(flatPicture(grey), {}).prediction;
    QVERIFY(p.outOfDistribution && p.outOfDistribution->flag);
    QVERIFY(p.outOfDistribution->reasons.front().find("blank") != std::string::npos);
    QCOMPARE(p.outOfDistribution->score.has_value(), withEvidence);
    // A picture with something on it is not.
    const Prediction good = predictor->predict(spotPicture(3), {}).prediction;
    QCOMPARE(good.outOfDistribution.has_value(), withEvidence);
    QVERIFY(!withEvidence || !good.outOfDistribution->flag);
}

void TrustTest::setsAreThoseOfTheQuantile_data()
{
    QTest::addColumn<QString>("score");
    QTest::addColumn<double>("above"); // quantile, as a share of the way from the smaller to the larger score
    QTest::addColumn<int>("size");
    QTest::newRow("lac, nothing fits") << "lac" << -0.1 << 0;
    QTest::newRow("lac, one class") << "lac" << 0.5 << 1;
    QTest::newRow("lac, both") << "lac" << 1.01 << 2;
    QTest::newRow("aps, one class") << "aps" << 0.5 << 1;
    QTest::newRow("aps, both") << "aps" << 1.01 << 2;
}

void TrustTest::setsAreThoseOfTheQuantile()
{
    QFETCH(QString, score);
    QFETCH(double, above);
    QFETCH(int, size);
    Known k = knownPackage();
    const Prediction plain = load(k)->predict(spotPicture(1), {}).prediction;
    QVERIFY(!plain.setCoverage && plain.predictionSet.empty());
    const double most = plain.classes[static_cast<std::size_t>(plain.top)].probability;
    const double least = score == "lac" ? 1.0 - most : most, larger = score == "lac" ? most : 1.0;
    nn::PackageQuantile quantile{.score = score.toStdString(), .alpha = 0.1, .quantile = least + above * (larger - least), .n = 99};
    quantile.coverageSeen = 0.91;
    k.manifest.evidence.quantiles = {quantile};
    k.manifest.evidence.setScore = score.toStdString();
    const Prediction p = load(k)->predict(spotPicture(1), {}).prediction;
    QCOMPARE(static_cast<int>(p.predictionSet.size()), size);
    if (size == 1) {
        QCOMPARE(p.predictionSet.front(), p.classes[static_cast<std::size_t>(p.top)].name);
    }
    QCOMPARE(p.setCoverage->promised, 0.9);
    QCOMPARE(p.setCoverage->seen, 0.91);
    QCOMPARE(p.setCoverage->n, std::int64_t{99});
}

void TrustTest::scoreIsTheDistanceOverTheThreshold_data()
{
    QTest::addColumn<double>("times");
    QTest::addColumn<QString>("views");
    QTest::addColumn<bool>("explain");
    QTest::newRow("usual") << 0.5 << "" << false;
    QTest::newRow("unusual") << 2.0 << "" << false;
    QTest::newRow("unusual, explained in the same pass") << 2.0 << "" << true;
    QTest::newRow("unusual, turned views first") << 2.0 << "hflip,identity" << false;
    QTest::newRow("unusual, more views") << 2.0 << "identity,hflip" << true;
}

void TrustTest::scoreIsTheDistanceOverTheThreshold()
{
    QFETCH(double, times);
    QFETCH(QString, views);
    QFETCH(bool, explain);
    Known k = withCases();
    const image::Image asked = spotPicture(77);
    const at::Tensor embedding = torch::tensor(load(k)->embedding(asked));
    QVERIFY(std::abs(embedding.norm().item<double>() - 1.0) < 1e-5);
    const double distance = neighbourDistances(embedding.unsqueeze(0), k.cases.embeddings.to(torch::kFloat), 4).front();
    QVERIFY(distance > 0.0);
    k.manifest.evidence.neighbours.threshold = distance / times;
    Predictor::Options options;
    options.views = views.toStdString();
    options.explain = explain;
    const auto found = *load(k)->predict(asked, {}, options).prediction.outOfDistribution;
    QVERIFY2(std::abs(*found.score - times) < 0.02 * times, qPrintable(QString::number(*found.score)));
    QCOMPARE(found.flag, times > 1.0);
    QCOMPARE(found.reasons.size(), std::size_t(times > 1.0 ? 1 : 0));
}

void TrustTest::similarCasesAreOnePerPatient()
{
    const Known k = withCases();
    const auto predictor = load(k);
    const std::vector<SimilarCase> similar = predictor->predict(spotPicture(40), {}).prediction.similarCases;
    QCOMPARE(similar.size(), std::size_t{5});
    std::set<std::string> groups;
    for (std::size_t i = 0; i < similar.size(); ++i) {
        QVERIFY(groups.insert(similar[i].group).second);
        QVERIFY(i == 0 || similar[i].similarity <= similar[i - 1].similarity);
        QVERIFY(std::stoi(similar[i].sample) >= 1 && std::stoi(similar[i].sample) <= kGroups * kEach);
        QVERIFY(similar[i].className == "normal" || similar[i].className == "renal_failure");
    }
    // A training picture does not count as like itself, nor do the others of its patient.
    const std::string own = "3";
    const std::vector<SimilarCase> ofOne = predictor->predict(spotPicture(2 * kEach + 1), {}).prediction.similarCases;
    QVERIFY(!ofOne.empty());
    QVERIFY(std::none_of(ofOne.begin(), ofOne.end(), [&](const SimilarCase& c) { return c.group == own; }));
    QVERIFY(ofOne.front().similarity < 1.0 - 1e-5);
}

void TrustTest::sourcesAreChecked_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("named"); // in the only reason; "" = nothing is odd
    QTest::newRow("as in training") << "same" << "";
    QTest::newRow("CT") << "modality" << "the modality is CT";
    QTest::newRow("no modality told") << "untold" << "";
    QTest::newRow("Hounsfield units") << "unit" << "in HU";
    QTest::newRow("unspecified unit") << "US" << "";
    QTest::newRow("colour") << "colour" << "coloured";
    QTest::newRow("grey as RGB") << "rgb" << "";
    QTest::newRow("tiny") << "tiny" << "40 x 40 pixels";
    QTest::newRow("huge") << "huge" << "500 x 500 pixels";
    QTest::newRow("wide") << "wide" << "times as wide as high";
    QTest::newRow("coarse") << "coarse" << "4 mm apart";
    QTest::newRow("hostile modality") << "hostile" << "the modality is";
}

void TrustTest::sourcesAreChecked()
{
    QFETCH(QString, what);
    QFETCH(QString, named);
    const nn::PackageSources known{.headers = 20, .samples = 100, .modalities = {"US"}, .units = {""}, .leastWidth = 100, .mostWidth = 200,
                                   .leastHeight = 100, .mostHeight = 200, .mostColour = 0.01, .leastSpacingMm = 0.2, .mostSpacingMm = 0.4};
    const bool rgb = what == "colour" || what == "rgb";
    const int side = what == "tiny" ? 40 : what == "huge" ? 500 : 150;
    std::vector<std::byte> bytes;
    for (int i = 0; i < side * side; ++i) {
        bytes.push_back(std::byte{100});
        if (rgb) {
            bytes.push_back(what == "colour" ? std::byte{20} : std::byte{100});
            bytes.push_back(std::byte{100});
        }
    }
    const bool wide = what == "wide"; // of sides of 100 to 200: at most twice as wide as high
    image::Image picture = image::makeImage(wide ? 225 : side, wide ? 80 : side, rgb ? 3 : 1, image::PixelType::UInt8,
                                            wide ? std::vector<std::byte>(225 * 80, std::byte{100}) : std::move(bytes));
    picture.spacing = image::Spacing{what == "coarse" ? 4.0 : 0.3, 0.3};
    picture.rescale.unit = what == "unit" ? "HU" : what == "US" ? "US" : "";
    const std::string modality = what == "modality" ? "CT" : what == "untold" ? "" : what == "hostile" ? std::string("\x01\xff<b>", 5) : "US";
    const auto found = oddities(known, picture, modality);
    QCOMPARE(found.size(), std::size_t(named.isEmpty() ? 0 : 1));
    if (!found.empty()) {
        QVERIFY2(found.front().find(named.toStdString()) != std::string::npos, found.front().c_str());
        QVERIFY(found.front().find('\x01') == std::string::npos);
    }
    QVERIFY(oddities({}, picture, modality).empty()); // nothing known, nothing odd
}

void TrustTest::jsonCarriesTheEvidence()
{
    Known k = withCases();
    k.manifest.evidence.quantiles = {{.score = "lac", .alpha = 0.1, .quantile = 0.99, .n = 50}};
    k.manifest.evidence.setScore = "lac";
    const base::Json json = toJson(load(k)->predict(spotPicture(50), {}).prediction);
    QVERIFY(json["outOfDistribution"]["score"].is_number());
    QVERIFY(json["outOfDistribution"]["reasons"].is_array());
    QCOMPARE(json["similarCases"].size(), std::size_t{5});
    QVERIFY(json["similarCases"][0]["similarity"].get<double>() <= 1.0 + 1e-6);
    QVERIFY(!json["predictionSet"].empty());
    QCOMPARE(json["setCoverage"]["promised"].get<double>(), 0.9);
    const base::Json old = toJson(load(knownPackage())->predict(spotPicture(50), {}).prediction);
    QVERIFY(old["outOfDistribution"].is_null() && old["setCoverage"].is_null() && old["similarCases"].empty() && old["predictionSet"].empty());
}

void TrustTest::evidenceSurvivesTheFile()
{
    Known k = withCases();
    k.manifest.evidence.calibration = {{"n", 12}};
    k.manifest.evidence.sources = {.headers = 3, .samples = 9, .modalities = {"", "US"}, .units = {""}, .leastWidth = 1, .mostWidth = 2, .leastHeight = 3,
                                   .mostHeight = 4, .mostColour = 0.5, .leastSpacingMm = 0.1, .mostSpacingMm = 0.2};
    const nn::PackageFile file = nn::parsePackage(nn::serialisePackage(k.manifest, k.members, {}, k.cases), "p");
    QCOMPARE(nn::toJson(file.manifest.evidence).dump(), nn::toJson(k.manifest.evidence).dump());
    QCOMPARE(file.manifest.schemaVersion, 2);
    QVERIFY(torch::equal(file.cases.embeddings, k.cases.embeddings));
    QVERIFY(torch::equal(file.cases.groups, k.cases.groups));
    k.manifest.evidence.pixels = spotPixels();
    const nn::PackageFile newer = nn::parsePackage(nn::serialisePackage(k.manifest, k.members, {}, k.cases), "p");
    QCOMPARE(newer.manifest.schemaVersion, 3);
    QCOMPARE(nn::toJson(newer.manifest.evidence).dump(), nn::toJson(k.manifest.evidence).dump());
    QVERIFY(newer.manifest.evidence.pixels.precision == k.manifest.evidence.pixels.precision);
    // Without anything new a package stays readable for programs of the first format.
    const Known plain = knownPackage();
    const nn::PackageFile old = nn::parsePackage(nn::serialisePackage(plain.manifest, plain.members, {}), "p");
    QCOMPARE(old.manifest.schemaVersion, 1);
    QVERIFY(!old.manifest.evidence.any() && !old.cases.any());
}

void TrustTest::pixelFiguresAreThoseOfTheDefinition()
{
    // The left half black, the right half white: 4 x 4, then 2 x 2, then one grey pixel that cannot be halved any more.
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 16; ++i) {
        pixels.push_back(i % 4 < 2 ? 0 : 255);
    }
    const double none = std::log(1e-3);
    const PixelFigures expected{0.5, 0.5, none, std::log(1e-3 + 4.0 / 12.0), none, std::log(1e-3 + 1.0), none, none, none, none};
    const PixelFigures figures = pixelFiguresOf(pixels, 4, 4, 1);
    for (std::size_t i = 0; i < figures.size(); ++i) {
        QVERIFY2(std::abs(figures[i] - expected[i]) < 1e-6, std::to_string(i).c_str());
    }
    std::vector<std::uint8_t> coloured; // grey is the mean of the channels
    for (const std::uint8_t value : pixels) {
        coloured.insert(coloured.end(), {value, value, value});
    }
    const PixelFigures same = pixelFiguresOf(coloured, 4, 4, 3);
    for (std::size_t i = 0; i < figures.size(); ++i) {
        QVERIFY(std::abs(figures[i] - same[i]) < 1e-6);
    }
}

void TrustTest::pixelDistanceIsMahalanobis()
{
    // 2p rows, each away from the mean in one figure by sqrt(p) spreads: of variance 1 in spreads and independent, so that nothing is left to shrink.
    // A thousandth is added to each variance.
    constexpr auto p = static_cast<std::int64_t>(kPixelFigures);
    const at::Tensor mean = torch::arange(p, torch::kFloat64), spread = 0.5 * (1.0 + torch::arange(p, torch::kFloat64));
    const at::Tensor away = torch::diag(spread) * std::sqrt(static_cast<double>(p));
    const nn::PackagePixels known = fitPixels(torch::cat({mean + away, mean - away}));
    PixelFigures at{};
    for (std::size_t i = 0; i < kPixelFigures; ++i) {
        QVERIFY(std::abs(known.mean[i] - static_cast<double>(i)) < 1e-12);
        QVERIFY(std::abs(known.spread[i] - 0.5 * (1.0 + static_cast<double>(i))) < 1e-9);
        at[i] = known.mean[i];
    }
    QVERIFY(pixelDistance(known, at) < 1e-9);
    at[3] += 2.0 * known.spread[3];
    QVERIFY(std::abs(pixelDistance(known, at) - 2.0 / std::sqrt(1.001)) < 1e-9);
    at[8] -= 3.0 * known.spread[8];
    QVERIFY(std::abs(pixelDistance(known, at) - std::sqrt(13.0 / 1.001)) < 1e-9);
    QCOMPARE(mostUnusual(known, at), std::string("its coarsest detail is below theirs"));
    // Two figures that always move together: apart from each other is further than together.
    const at::Tensor step = torch::randn({4000, 1}, torch::kFloat64), rest = torch::randn({4000, p - 2}, torch::kFloat64);
    const nn::PackagePixels bound = fitPixels(torch::cat({step, step + 0.1 * torch::randn({4000, 1}, torch::kFloat64), rest}, 1));
    PixelFigures together{}, apart{};
    std::copy(bound.mean.begin(), bound.mean.end(), together.begin());
    apart = together;
    together[0] += 1.0;
    together[1] += 1.0;
    apart[0] += 1.0;
    apart[1] -= 1.0;
    QVERIFY(pixelDistance(bound, apart) > 4.0 * pixelDistance(bound, together));
    QVERIFY_THROWS_EXCEPTION(base::Error, (void)fitPixels(torch::zeros({1, p}, torch::kFloat64)));
}

void TrustTest::noiseIsUnlikeThePictures_data()
{
    QTest::addColumn<QString>("picture");
    QTest::addColumn<bool>("unlike");
    QTest::addColumn<QString>("words");
    QTest::newRow("another one like them") << "spot" << false << "";
    QTest::newRow("noise over all greys") << "noise" << true << "finest detail is above";
    QTest::newRow("inverted") << "inverted" << true << "mean brightness is above";
}

void TrustTest::noiseIsUnlikeThePictures()
{
    QFETCH(const QString, picture);
    QFETCH(const bool, unlike);
    QFETCH(const QString, words);
    Known k = withCases();
    k.manifest.evidence.neighbours.threshold = 10.0; // the network's features say nothing here
    k.manifest.evidence.pixels = spotPixels();
    const image::Image spot = spotPicture(30);
    std::vector<std::byte> bytes(spot.bytes().begin(), spot.bytes().end());
    base::Rng rng = base::Rng::stream(7, "noise");
    for (std::byte& value : bytes) {
        if (picture == "noise") {
            value = static_cast<std::byte>(rng.below(256));
        } else if (picture == "inverted") {
            value = static_cast<std::byte>(255 - static_cast<int>(value));
        }
    }
    const auto predictor = load(k);
    const Prediction answer = predictor->predict(image::makeImage(100, 80, 1, image::PixelType::UInt8, std::move(bytes)), {}).prediction;
    QVERIFY(answer.outOfDistribution && answer.outOfDistribution->score);
    QCOMPARE(answer.outOfDistribution->flag, unlike);
    QCOMPARE(*answer.outOfDistribution->score > 1.0, unlike);
    QCOMPARE(answer.outOfDistribution->reasons.size(), std::size_t(unlike ? 1 : 0));
    QVERIFY(!unlike || QString::fromStdString(answer.outOfDistribution->reasons.front()).contains(words));
    QVERIFY(!answer.similarCases.empty());
}

void TrustTest::badPixelsAreRefused_data()
{
    QTest::addColumn<QString>("fault");
    for (const char* const fault : {"short mean", "spread 0", "short matrix", "threshold 0"}) {
        QTest::newRow(fault) << QString(fault);
    }
}

void TrustTest::badPixelsAreRefused()
{
    QFETCH(const QString, fault);
    Known k = withCases();
    nn::PackagePixels& pixels = k.manifest.evidence.pixels = spotPixels();
    if (fault == "short mean") {
        pixels.mean.pop_back();
    } else if (fault == "spread 0") {
        pixels.spread[2] = 0.0;
    } else if (fault == "short matrix") {
        pixels.precision.pop_back();
    } else {
        pixels.threshold = 0.0;
    }
    QCOMPARE(tests::codeName(tests::errorOf([&] { (void)nn::packageEvidenceFromJson(nn::toJson(k.manifest.evidence), "p"); })), QByteArray("plan"));
}

void TrustTest::badEvidenceIsRefused_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("embeddings that nobody speaks of") << "unspoken" << QByteArray("mismatch");
    QTest::newRow("none, but spoken of") << "missing" << QByteArray("mismatch");
    QTest::newRow("fewer labels") << "labels" << QByteArray("mismatch");
    QTest::newRow("a class that is not there") << "class" << QByteArray("mismatch");
    QTest::newRow("no number") << "nan" << QByteArray("mismatch");
    QTest::newRow("another type") << "float" << QByteArray("mismatch");
    QTest::newRow("fewer than the neighbours") << "few" << QByteArray("mismatch");
    QTest::newRow("more than may be") << "many" << QByteArray("mismatch");
    QTest::newRow("another member") << "member" << QByteArray("plan");
}

void TrustTest::badEvidenceIsRefused()
{
    QFETCH(QString, fault);
    QFETCH(QByteArray, code);
    Known k = withCases();
    if (fault == "unspoken") {
        k.manifest.evidence.neighbours = {};
    } else if (fault == "missing") {
        k.cases = {};
    } else if (fault == "labels") {
        k.cases.labels = k.cases.labels.slice(0, 1);
    } else if (fault == "class") {
        k.cases.labels = k.cases.labels + 1;
    } else if (fault == "nan") {
        k.cases.embeddings = k.cases.embeddings * std::numeric_limits<float>::quiet_NaN();
    } else if (fault == "float") {
        k.cases.embeddings = k.cases.embeddings.to(torch::kFloat);
    } else if (fault == "few") {
        k.manifest.evidence.neighbours.neighbours = kGroups * kEach + 1;
    } else if (fault == "many") {
        for (at::Tensor nn::PackageCases::*part : {&nn::PackageCases::embeddings, &nn::PackageCases::labels, &nn::PackageCases::samples, &nn::PackageCases::groups}) {
            k.cases.*part = torch::cat(std::vector<at::Tensor>(43, k.cases.*part));
        }
    } else {
        k.manifest.evidence.neighbours.member = 1;
    }
    QCOMPARE(tests::codeName(tests::errorOf([&] { (void)nn::serialisePackage(k.manifest, k.members, {}, k.cases); })), code);
}

void TrustTest::isotonicCurvesAreApplied()
{
    Known k = knownPackage();
    const double plain = load(k)->predict(spotPicture(1), {}).prediction.classes[1].probability;
    k.manifest.calibration = {"isotonic", 1.0, {0.0, plain, 1.0}, {0.1, 0.75, 0.8}};
    const auto predictor = load(k);
    QCOMPARE(predictor->identity().calibration, std::string("isotonic, 3 knots"));
    QVERIFY(std::abs(predictor->predict(spotPicture(1), {}).prediction.classes[1].probability - 0.75) < 1e-5);
    QVERIFY(std::abs(probabilities(k.manifest, {-1e9})[1] - 0.1) < 1e-12); // the ends of the curve
    QVERIFY(std::abs(probabilities(k.manifest, {1e9})[1] - 0.8) < 1e-12);
}

void TrustTest::badCurvesAreRefused_data()
{
    QTest::addColumn<QList<double>>("scores");
    QTest::addColumn<QList<double>>("probabilities");
    QTest::newRow("nothing") << QList<double>{} << QList<double>{};
    QTest::newRow("one knot") << QList<double>{0.5} << QList<double>{0.5};
    QTest::newRow("flat") << QList<double>{0.0, 1.0} << QList<double>{0.5, 0.5};
    QTest::newRow("falling") << QList<double>{0.0, 1.0} << QList<double>{0.6, 0.5};
    QTest::newRow("other length") << QList<double>{0.0, 0.5, 1.0} << QList<double>{0.1, 0.5};
    QTest::newRow("above one") << QList<double>{0.0, 1.0} << QList<double>{0.1, 1.5};
}

void TrustTest::badCurvesAreRefused()
{
    QFETCH(QList<double>, scores);
    QFETCH(QList<double>, probabilities);
    Known k = knownPackage();
    k.manifest.calibration = {"isotonic", 1.0, {scores.begin(), scores.end()}, {probabilities.begin(), probabilities.end()}};
    QCOMPARE(tests::codeName(tests::errorOf([&] { (void)nn::serialisePackage(k.manifest, k.members, {}); })), "plan");
}

void TrustTest::foldsAreExplainedOneByOneAndTogether()
{
    const auto predictor = load(knownPackage(3));
    Predictor::Options options;
    options.explain = true;
    options.className = "renal_failure";
    std::vector<std::vector<float>> each;
    for (options.explainFold = 0; options.explainFold < 3; ++options.explainFold) {
        const Explanation e = *predictor->predict(spotPicture(4), {}, options).explanation;
        QCOMPARE(e.fold, options.explainFold);
        QVERIFY(!e.agreement);
        each.push_back(e.map.values);
    }
    QVERIFY(each[0] != each[1]);
    options.explainFold = kMeanOfFolds;
    const Explanation mean = *predictor->predict(spotPicture(4), {}, options).explanation;
    QCOMPARE(mean.agreement->folds, 3);
    QVERIFY(mean.agreement->meanRankCorrelation || !mean.agreement->reason.empty());
    for (std::size_t i = 0; i < mean.map.values.size(); ++i) {
        QVERIFY(std::abs(mean.map.values[i] - (each[0][i] + each[1][i] + each[2][i]) / 3.0F) < 1e-5F);
    }
    const base::Json json = toJson(mean, "", "");
    QCOMPARE(json["fold"].get<std::string>(), std::string("mean"));
    QCOMPARE(json["foldAgreement"]["folds"].get<int>(), 3);
    for (const int fold : {3, -2}) {
        options.explainFold = fold;
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predictor->predict(spotPicture(4), {}, options); })), "usage");
    }
}

void TrustTest::mapsAreGraded()
{
    const auto predictor = load(knownPackage(2));
    Predictor::Options options;
    options.explain = true;
    options.method = "hirescam";
    const Explanation one = *predictor->predict(spotPicture(4), {}, options).explanation;
    int told = 0;
    const explain::MapQuality quality = predictor->quality(spotPicture(4), one, {[&](const base::Progress&) { ++told; }, {}});
    QVERIFY(told > 0);
    const base::Json json = toJson(quality);
    for (const char* key : {"stability", "deletion", "insertion", "outsideSector"}) {
        QVERIFY2(json.contains(key), key);
    }
    QVERIFY(json["deletion"]["area"].contains("reason") || (*quality.deletion.value >= 0.0 && *quality.deletion.value <= 1.0));
    options.explainFold = kMeanOfFolds;
    const Explanation mean = *predictor->predict(spotPicture(4), {}, options).explanation;
    const explain::MapQuality ofMean = predictor->quality(spotPicture(4), mean);
    QVERIFY(!ofMean.stability.value && !ofMean.stability.reason.empty());
    options.explainFold = 1;
    const explain::RandomisationTest test = predictor->randomisationTest({spotPicture(1), spotPicture(2)}, options);
    QCOMPARE(test.pictures, 2);
    QCOMPARE(toJson(test)["steps"].size(), test.steps.size());
    QCOMPARE(predictor->channelAttention(spotPicture(1)).size(), std::size_t{9});
}

void TrustTest::occlusionCanBeStopped()
{
    const auto predictor = load(knownPackage());
    std::stop_source stop;
    Predictor::Options options;
    options.explain = true;
    options.method = "occlusion";
    options.occlusionBudget = 50;
    options.work = {[&](const base::Progress&) { stop.request_stop(); }, stop.get_token()};
    QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predictor->predict(spotPicture(4), {}, options); })), "stopped");
    options.work = {};
    const Explanation e = *predictor->predict(spotPicture(4), {}, options).explanation;
    QCOMPARE(e.map.method, std::string("occlusion"));
    QCOMPARE(e.map.rows * e.map.columns, 49);
}

namespace {

class Frames final : public FrameObserver {
public:
    void onFrame(int frame, const Predictor::Answer& answer) override
    {
        seen.push_back(frame);
        explained += answer.explanation ? 1 : 0;
        if (frame == stopBehind) {
            stop.request_stop();
        }
    }
    void onRefused(int frame, const base::Error&) override { refused.push_back(frame); }
    void onProgress(const base::Progress& step) override { last = step; }
    std::vector<int> seen, refused;
    int explained = 0, stopBehind = -1;
    base::Progress last;
    std::stop_source stop;
};

} // namespace

void TrustTest::cineIsScoredStoppedAndGoesOnPastBadFrames()
{
    const auto predictor = load(knownPackage());
    const FrameSource cine{6,
                           [](int frame) {
                               if (frame == 2) {
                                   throw base::Error(base::ErrorCode::Malformed, "cine", "frame 2 is cut off");
                               }
                               return spotPicture(frame);
                           },
                           {}};
    Predictor::Options options;
    options.explain = true;
    Frames all, some;
    QCOMPARE(predictFrames(*predictor, cine, options, all), 5);
    QCOMPARE(all.seen, (std::vector<int>{0, 1, 3, 4, 5}));
    QCOMPARE(all.refused, (std::vector<int>{2}));
    QCOMPARE(all.explained, 5);
    QCOMPARE(all.last.done, std::int64_t{6});
    some.stopBehind = 3;
    QCOMPARE(predictFrames(*predictor, cine, options, some, some.stop.get_token()), 3);
    QCOMPARE(some.seen.back(), 3);
}

QTEST_GUILESS_MAIN(TrustTest)
#include "TrustTest.moc"
