// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Rng.h"
#include "image/Preprocess.h"
#include "nn/Classifier.h"
#include "nn/PackageFile.h"
#include "nn/Registry.h"
#include "predict/Predictor.h"
#include "predict/TestVectorCheck.h"

#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace diascope;
using namespace diascope::predict;
namespace fs = std::filesystem;

namespace {

/// A grey picture with a bright patch, different for each seed.
image::Image picture(std::uint64_t seed, int width = 200, int height = 150)
{
    base::Rng rng = base::Rng::stream(seed, "picture");
    const auto cx = static_cast<int>(rng.below(static_cast<std::uint64_t>(width))), cy = static_cast<int>(rng.below(static_cast<std::uint64_t>(height)));
    std::vector<std::byte> bytes;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool inside = std::hypot(x - cx, y - cy) < 30.0;
            bytes.push_back(static_cast<std::byte>((inside ? 150 : 40) + static_cast<int>(rng.below(60))));
        }
    }
    return image::makeImage(width, height, 1, image::PixelType::UInt8, std::move(bytes));
}

at::Tensor tensorOf(const image::Image& image)
{
    const auto bytes = image.bytes();
    return torch::from_blob(const_cast<std::byte*>(bytes.data()), {image.height, image.width, 1}, torch::kUInt8).clone();
}

base::Json graph(int size = 96)
{
    return base::Json::parse(R"([{"op":"grey"},{"op":"resize","width":)" + std::to_string(size) + R"(,"height":)" + std::to_string(size)
                             + R"(},{"op":"normalise","mean":[0.5],"std":[0.5]}])");
}

nn::ModelSpec renalNet(int outputs = 1)
{
    nn::ModelSpec spec = nn::defaultSpec("renalnet");
    spec.inputChannels = 1;
    spec.outputs = outputs;
    return spec;
}

/// A package of untrained members, with test vectors computed here by a path of its own.
struct Sample {
    nn::PackageManifest manifest;
    std::vector<nn::State> members;
    nn::TestVectors vectors;
};

Sample sample(int members = 1, int outputs = 1)
{
    Sample s;
    s.manifest.name = "untrained";
    s.manifest.version = "1";
    s.manifest.created = "2026-01-01T00:00:00Z";
    s.manifest.modelSpec = renalNet(outputs);
    s.manifest.preprocess = graph();
    s.manifest.classes = outputs == 1 ? std::vector<std::string>{"normal", "renal_failure"} : std::vector<std::string>{"Cyst", "Normal", "Stone", "Tumor"};
    s.manifest.output = outputs == 1 ? "sigmoid" : "softmax";
    s.manifest.positiveClass = outputs == 1 ? "renal_failure" : "";
    s.manifest.trainedOn = "Nothing.";
    s.manifest.intendedUse = "Tests.";
    s.manifest.limitations = "All.";
    const auto preprocess = image::Preprocess::fromJson(s.manifest.preprocess, "test");
    const torch::NoGradGuard noGradients;
    std::vector<at::Tensor> rows;
    for (std::uint64_t i = 0; i < 2; ++i) {
        s.vectors.sources.push_back(tensorOf(picture(i)));
    }
    at::Tensor sum;
    for (int member = 0; member < members; ++member) {
        const auto network = nn::makeClassifier(s.manifest.modelSpec, static_cast<std::uint64_t>(member + 1));
        network->train(false);
        std::vector<at::Tensor> logits;
        for (std::uint64_t i = 0; i < 2; ++i) {
            const std::vector<float> values = preprocess.tensor(preprocess.networkImage(picture(i)));
            logits.push_back(network->forward(torch::tensor(values).reshape({1, 1, 96, 96})));
        }
        const at::Tensor all = torch::cat(logits, 0);
        sum = sum.defined() ? sum + all : all;
        s.members.push_back(nn::deepCopy(network->state()));
    }
    s.vectors.logits = sum / members;
    return s;
}

base::ErrorCode codeOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const base::Error& error) {
        return error.code();
    }
    return base::ErrorCode::Stopped; // None of the codes below.
}

} // namespace

class TestPredictor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void loadsAndAnswers();
    void answerIsThatOfThePlainNetwork();
    void flippedByteIsRefused_data();
    void flippedByteIsRefused();
    void wrongTestVectorIsRefused();
    void smallDifferenceIsAccepted();
    void otherPreprocessingIsRefused();
    void channelsThatDoNotFitAreRefused();
    void verdictFollowsTheThreshold();
    void temperatureCools();
    void membersAreAveraged();
    void severalClassesSumToOne();
    void explanationComesWithTheAnswer();
    void explainedClassCanBeChosen();
    void viewsAreAveraged();
    void badOptionsAreUsageErrors();
    void answerIsBoundToItsSource();
    void signedPictureIsATestVector();

private:
    std::string write(const Sample& s, const char* name = "p.safetensors");
    QTemporaryDir m_dir;
};

void TestPredictor::initTestCase()
{
    QVERIFY(m_dir.isValid());
    at::set_num_threads(1); // Small networks; on a busy machine waiting threads would cost more than they bring.
}

std::string TestPredictor::write(const Sample& s, const char* name)
{
    const std::string file = m_dir.filePath(name).toStdString();
    nn::writePackage(file, s.manifest, s.members, s.vectors);
    return file;
}

void TestPredictor::loadsAndAnswers()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    QCOMPARE(predictor->device(), std::string("cpu"));
    QCOMPARE(predictor->identity().name, std::string("untrained"));
    QCOMPARE(predictor->identity().sha256.size(), std::size_t{64});
    QVERIFY(!predictor->identity().calibrated);
    QCOMPARE(predictor->identity().calibration, std::string("none"));
    const auto answer = predictor->predict(picture(5), {});
    const Prediction& p = answer.prediction;
    QCOMPARE(p.classes.size(), std::size_t{2});
    QCOMPARE(p.classes[0].name, std::string("normal"));
    QVERIFY(std::abs(p.classes[0].probability + p.classes[1].probability - 1.0) < 1e-12);
    QCOMPARE(p.top, p.classes[1].probability > 0.5 ? 1 : 0);
    QCOMPARE(p.networkSaw.width, 96);
    QCOMPARE(p.networkSaw.channels, 1);
    QCOMPARE(p.folds.size(), std::size_t{1});
    QVERIFY(p.forwardMs > 0.0 && p.totalMs >= p.forwardMs);
    QVERIFY(!answer.explanation);
    QVERIFY(p.predictionSet.empty() && !p.outOfDistribution);
}

void TestPredictor::answerIsThatOfThePlainNetwork()
{
    const Sample s = sample();
    const auto predictor = Predictor::load(write(s), "cpu");
    const Prediction p = predictor->predict(picture(0), {}).prediction;
    const double logit = s.vectors.logits[0][0].item<double>(); // picture(0) is the first test vector.
    QVERIFY(std::abs(p.classes[1].logit - logit) < 1e-5);
    QVERIFY(std::abs(p.classes[1].probability - 1.0 / (1.0 + std::exp(-logit))) < 1e-5);
}

void TestPredictor::flippedByteIsRefused_data()
{
    QTest::addColumn<double>("where");
    QTest::newRow("header") << 0.002;
    QTest::newRow("weights, middle") << 0.5;
    QTest::newRow("last tensor") << 0.9999;
}

void TestPredictor::flippedByteIsRefused()
{
    QFETCH(double, where);
    const std::string file = write(sample());
    std::string bytes = base::readFile(file);
    const auto at = static_cast<std::size_t>(where * static_cast<double>(bytes.size()));
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    try {
        static_cast<void>(Predictor::load(file, "cpu"));
        QFAIL("a damaged package was accepted");
    } catch (const base::Error& error) {
        QVERIFY2(error.code() == base::ErrorCode::Malformed || error.code() == base::ErrorCode::Mismatch || error.code() == base::ErrorCode::Plan,
                 error.what());
        QVERIFY(!error.remedyText().empty());
    }
}

void TestPredictor::wrongTestVectorIsRefused()
{
    Sample s = sample();
    s.vectors.logits = s.vectors.logits + 0.01;
    const std::string file = write(s);
    QCOMPARE(codeOf([&] { static_cast<void>(Predictor::load(file, "cpu")); }), base::ErrorCode::Mismatch);
}

void TestPredictor::smallDifferenceIsAccepted()
{
    Sample s = sample();
    s.vectors.logits = s.vectors.logits + 1e-6;
    QVERIFY(Predictor::load(write(s), "cpu") != nullptr);
}

void TestPredictor::otherPreprocessingIsRefused()
{
    Sample s = sample();
    s.manifest.preprocess[2]["mean"][0] = 0.4; // The vectors were made with 0.5.
    const std::string file = write(s);
    QCOMPARE(codeOf([&] { static_cast<void>(Predictor::load(file, "cpu")); }), base::ErrorCode::Mismatch);
}

void TestPredictor::channelsThatDoNotFitAreRefused()
{
    Sample s = sample();
    s.manifest.preprocess = base::Json::parse(R"([{"op":"rgb"},{"op":"resize","width":96,"height":96}])");
    const std::string file = write(s);
    QCOMPARE(codeOf([&] { static_cast<void>(Predictor::load(file, "cpu")); }), base::ErrorCode::Mismatch);
}

void TestPredictor::verdictFollowsTheThreshold()
{
    Sample s = sample();
    const double p = Predictor::load(write(s), "cpu")->predict(picture(5), {}).prediction.classes[1].probability;
    s.manifest.thresholdLocked = true;
    for (const auto& [threshold, verdict] : {std::pair(p, "renal_failure"), std::pair(std::nextafter(p, 1.0), "normal")}) {
        s.manifest.threshold = threshold;
        const Prediction at = Predictor::load(write(s), "cpu")->predict(picture(5), {}).prediction;
        QCOMPARE(at.verdict, std::string(verdict));
        QCOMPARE(at.threshold, threshold);
        QVERIFY(at.thresholdLocked);
    }
}

void TestPredictor::temperatureCools()
{
    Sample s = sample();
    const Prediction plain = Predictor::load(write(s), "cpu")->predict(picture(5), {}).prediction;
    s.manifest.calibration = {"temperature", 2.0};
    const auto predictor = Predictor::load(write(s), "cpu");
    QVERIFY(predictor->identity().calibrated);
    const Prediction cooled = predictor->predict(picture(5), {}).prediction;
    QCOMPARE(cooled.classes[1].logit, plain.classes[1].logit);
    QVERIFY(std::abs(cooled.classes[1].probability - 1.0 / (1.0 + std::exp(-plain.classes[1].logit / 2.0))) < 1e-12);
}

void TestPredictor::membersAreAveraged()
{
    const auto predictor = Predictor::load(write(sample(3)), "cpu");
    const Prediction p = predictor->predict(picture(5), {}).prediction;
    QCOMPARE(p.folds.size(), std::size_t{3});
    double mean = 0.0;
    for (const auto& fold : p.folds) {
        mean += fold[1] / 3.0;
    }
    QVERIFY(std::abs(mean - p.classes[1].probability) < 1e-12);
    QVERIFY(p.folds[0][1] != p.folds[1][1]);
}

void TestPredictor::severalClassesSumToOne()
{
    const auto predictor = Predictor::load(write(sample(1, 4)), "cpu");
    const Prediction p = predictor->predict(picture(5), {}).prediction;
    QCOMPARE(p.classes.size(), std::size_t{4});
    double sum = 0.0;
    for (const ClassAnswer& c : p.classes) {
        sum += c.probability;
    }
    QVERIFY(std::abs(sum - 1.0) < 1e-12);
    QCOMPARE(p.verdict, p.classes[static_cast<std::size_t>(p.top)].name);
}

void TestPredictor::explanationComesWithTheAnswer()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    Predictor::Options options;
    const Prediction plain = predictor->predict(picture(5), {}, options).prediction;
    options.explain = true;
    for (const char* method : {"gradcam", "attention"}) {
        options.method = method;
        const auto answer = predictor->predict(picture(5), {"in.png", 0, "", "abc"}, options);
        QVERIFY(answer.explanation.has_value());
        const Explanation& e = *answer.explanation;
        QCOMPARE(e.map.method, std::string(method));
        QCOMPARE(e.map.className, plain.classes[static_cast<std::size_t>(plain.top)].name);
        QCOMPARE(e.map.values.size(), static_cast<std::size_t>(e.map.rows * e.map.columns));
        QCOMPARE(e.source.pixelSha256, std::string("abc"));
        // "resize" squeezes the whole picture: the grid covers all of it.
        QCOMPARE(e.x0, 0.0);
        QCOMPARE(e.y0, 0.0);
        QCOMPARE(e.x1, 200.0);
        QCOMPARE(e.y1, 150.0);
        QVERIFY(std::abs(answer.prediction.classes[1].logit - plain.classes[1].logit) < 1e-6);
    }
}

void TestPredictor::explainedClassCanBeChosen()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    Predictor::Options options;
    options.explain = true;
    options.className = "normal";
    const auto normal = predictor->predict(picture(5), {}, options);
    options.className = "renal_failure";
    const auto failure = predictor->predict(picture(5), {}, options);
    QCOMPARE(normal.explanation->map.className, std::string("normal"));
    QCOMPARE(failure.explanation->map.className, std::string("renal_failure"));
    // One logit: what speaks for one class speaks against the other.
    float most = 0.0F, off = 0.0F;
    for (std::size_t i = 0; i < normal.explanation->map.raw.size(); ++i) {
        most = std::max(most, std::abs(normal.explanation->map.raw[i]));
        off = std::max(off, std::abs(normal.explanation->map.raw[i] + failure.explanation->map.raw[i]));
    }
    QVERIFY(most > 0.0F && off <= 1e-5F * most);
}

void TestPredictor::viewsAreAveraged()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    Predictor::Options options;
    options.ttaViews = 2;
    const image::Image plain = picture(5);
    std::vector<std::byte> turned;
    for (int y = 0; y < plain.height; ++y) {
        for (int x = 0; x < plain.width; ++x) {
            turned.push_back((*plain.pixels)[static_cast<std::size_t>(y * plain.width + plain.width - 1 - x)]);
        }
    }
    const image::Image mirror = image::makeImage(plain.width, plain.height, 1, image::PixelType::UInt8, turned);
    const double a = predictor->predict(plain, {}).prediction.classes[1].probability;
    const double b = predictor->predict(mirror, {}).prediction.classes[1].probability;
    const double both = predictor->predict(plain, {}, options).prediction.classes[1].probability;
    QVERIFY2(std::abs(both - 0.5 * (a + b)) < 1e-3, qPrintable(QString("%1 %2 %3").arg(a).arg(b).arg(both)));
    options.explain = true;
    QVERIFY(std::abs(predictor->predict(plain, {}, options).prediction.classes[1].probability - both) < 1e-6);
    options.ttaViews = 4;
    QVERIFY(predictor->predict(plain, {}, options).explanation.has_value());
}

void TestPredictor::badOptionsAreUsageErrors()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    Predictor::Options views, name, method;
    views.ttaViews = 12;
    name.className = "renal_failur";
    name.explain = method.explain = true;
    method.method = "gradcamm";
    for (const auto& options : {views, name, method}) {
        QCOMPARE(codeOf([&] { static_cast<void>(predictor->predict(picture(5), {}, options)); }), base::ErrorCode::Usage);
    }
}

void TestPredictor::answerIsBoundToItsSource()
{
    const auto predictor = Predictor::load(write(sample()), "cpu");
    const Prediction p = predictor->predict(picture(5), {"x.dcm", 2, "1.2.3", ""}).prediction;
    QCOMPARE(p.source.input, std::string("x.dcm"));
    QCOMPARE(p.source.frame, 2);
    QCOMPARE(p.source.sopInstanceUid, std::string("1.2.3"));
    QCOMPARE(p.source.pixelSha256, image::pixelHash(picture(5)));
    QCOMPARE(p.package.sha256, predictor->identity().sha256);
}

void TestPredictor::signedPictureIsATestVector()
{
    const at::Tensor hu = torch::tensor({-1000, 0, 40, 1200, -5, 7}, torch::kInt16).reshape({2, 3, 1});
    const image::Image image = imageOfTensor(hu);
    QCOMPARE(image.type, image::PixelType::Int16);
    QCOMPARE(image.width, 3);
    QCOMPARE(image.modality(0, 0), -1000.0);
    QCOMPARE(image.modality(2, 1), 7.0);
    QCOMPARE(codeOf([] { static_cast<void>(imageOfTensor(torch::zeros({2, 3}))); }), base::ErrorCode::Unsupported);
}

QTEST_GUILESS_MAIN(TestPredictor)
#include "test_predictor.moc"
