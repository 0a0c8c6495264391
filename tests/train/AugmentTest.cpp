// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"
#include "train/Augment.h"

#include <torch/torch.h>

#include <QTest>

#include <cmath>
#include <functional>
#include <numeric>

using namespace diascope;
using train::AugmentConfig;
using train::AugmentDraw;

namespace {

train::Normalisation plain(std::int64_t channels = 1)
{
    return {torch::zeros({1, channels, 1, 1}), torch::ones({1, channels, 1, 1})};
}

std::vector<double> valuesOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.to(torch::kFloat64).contiguous();
    return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

void verifyClose(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance)
{
    QCOMPARE(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        QVERIFY2(std::abs(actual[i] - expected[i]) <= tolerance,
            qPrintable(QString("%1: %2 for %3").arg(i).arg(actual[i]).arg(expected[i])));
    }
}

/// Smooth pictures with some texture, n,c,h,w.
at::Tensor pictures(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w)
{
    const at::Tensor x = torch::arange(w).view({1, 1, 1, w}), y = torch::arange(h).view({1, 1, h, 1});
    const at::Tensor i = torch::arange(n).view({n, 1, 1, 1}), k = torch::arange(c).view({1, c, 1, 1});
    return (127.5 + 120.0 * torch::sin(0.2 * x + 0.07 * y * (1 + k) + i)).to(torch::kUInt8);
}

std::vector<std::int64_t> rows(std::int64_t n)
{
    std::vector<std::int64_t> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return all;
}

std::vector<AugmentDraw> drawsOf(
    const AugmentConfig& config, std::int64_t n, std::int64_t height, std::int64_t width, int epoch = 0)
{
    std::vector<AugmentDraw> draws;
    for (std::int64_t place = 0; place < n; ++place) {
        draws.push_back(train::drawAugment(config, {42, epoch, place}, {height, width}));
    }
    return draws;
}

/// Everything at once, and strong.
AugmentConfig everything()
{
    AugmentConfig config = AugmentConfig::renalNet();
    config.affine = {0.7, 30.0, 10.0, 0.8, 1.2, true, 0.1};
    config.elastic = {0.6, 30.0, 4.0};
    return config;
}

} // namespace

class AugmentTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void flipsAndTonesAsDrawn();
    void keepsSixteenBits();
    void takesAnyStrides();
    void operationsDoWhatTheySay_data();
    void operationsDoWhatTheySay();
    void cropsAPart_data();
    void cropsAPart();
    void cropAndAffineAreOneStep();
    void holesLieInside();
    void threadsAndPartsGiveTheSameBits_data();
    void threadsAndPartsGiveTheSameBits();
    void bothWaysAgree_data();
    void bothWaysAgree();
    void drawsWithThePublishedFrequencies();
    void operationsDoNotShiftEachOther();
    void elasticMovesAsFarAsItShould_data();
    void elasticMovesAsFarAsItShould();
    void leavesOutWhatMovesNothing();
};

void AugmentTest::flipsAndTonesAsDrawn()
{
    const at::Tensor picture = torch::tensor({0, 51, 102, 255}, torch::kUInt8).view({1, 1, 2, 2}).repeat({4, 1, 1, 1});
    std::vector<AugmentDraw> draws(4);
    draws[1].mirror = true;
    draws[2].upsideDown = true;
    draws[3].contrast = 1.1;
    draws[3].brightness = 0.05;
    const at::Tensor input = train::makeInput(picture, {rows(4), draws}, {}, plain(), false);
    verifyClose(valuesOf(input[0]), {0.0, 0.2, 0.4, 1.0}, 1e-6);
    verifyClose(valuesOf(input[1]), {0.2, 0.0, 1.0, 0.4}, 1e-6);
    verifyClose(valuesOf(input[2]), {0.4, 1.0, 0.0, 0.2}, 1e-6);
    verifyClose(valuesOf(input[3]), {0.05, 0.27, 0.49, 1.0}, 1e-6);
    const train::Normalisation half{torch::full({1, 1, 1, 1}, 0.5), torch::full({1, 1, 1, 1}, 0.25)};
    verifyClose(valuesOf(train::makeInput(picture, {rows(1), {}}, {}, half, false)), {-2.0, -1.2, -0.4, 2.0}, 1e-6);
}

void AugmentTest::keepsSixteenBits()
{
    const at::Tensor stored = torch::tensor({0, 1, 32768, 65535}, torch::kInt32).to(torch::kUInt16).view({1, 1, 2, 2});
    const std::vector<double> expected{0.0, 1.0 / 65535.0, 32768.0 / 65535.0, 1.0};
    verifyClose(valuesOf(train::makeInputByPicture(stored, {rows(1), {}}, {}, plain(), false)), expected, 1e-7);
    verifyClose(valuesOf(train::makeInputBatched(stored, {rows(1), {}}, {}, plain(), false)), expected, 1e-7);
}

void AugmentTest::takesAnyStrides()
{
    const at::Tensor usual = pictures(3, 3, 20, 24),
                     permuted = usual.permute({0, 2, 3, 1}).contiguous().permute({0, 3, 1, 2});
    const auto draws = drawsOf(everything(), 3, 20, 24);
    const at::Tensor a = train::makeInput(usual, {rows(3), draws}, everything(), plain(3), false);
    const at::Tensor b = train::makeInput(permuted, {rows(3), draws}, everything(), plain(3), true);
    QVERIFY(b.is_contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY(torch::equal(a, b));
    const std::vector<std::int64_t> twice{2, 2};
    const at::Tensor c = train::makeInput(usual, {twice, {}}, {}, plain(3), false);
    QVERIFY(
        torch::equal(c[0], c[1]) && torch::equal(c[0], train::makeInput(usual, {rows(3), {}}, {}, plain(3), false)[2]));
}

void AugmentTest::operationsDoWhatTheySay_data()
{
    QTest::addColumn<AugmentDraw>("draw");
    QTest::addColumn<int>("border");
    QTest::addColumn<std::vector<double>>("expected");
    const auto affine = [](std::array<double, 6> m) {
        AugmentDraw draw;
        draw.affine = m;
        return draw;
    };
    AugmentDraw blurred;
    blurred.blurSize = 3;
    // The picture: 3 x 3, 255 in the middle of the top row, 51 in the middle.
    const int zero = static_cast<int>(train::Border::Zero), nearest = static_cast<int>(train::Border::Nearest),
              mirror = static_cast<int>(train::Border::Mirror);
    QTest::newRow("quarter turn") << affine({0, 1, 0, -1, 0, 0}) << zero
                                  << std::vector<double>{0, 0, 0, 0, 0.2, 1, 0, 0, 0};
    QTest::newRow("one down, black") << affine({1, 0, 0, 0, 1, -1}) << zero
                                     << std::vector<double>{0, 0, 0, 0, 1, 0, 0, 0.2, 0};
    QTest::newRow("one down, nearest") << affine({1, 0, 0, 0, 1, -1}) << nearest
                                       << std::vector<double>{0, 1, 0, 0, 1, 0, 0, 0.2, 0};
    QTest::newRow("two down, mirror") << affine({1, 0, 0, 0, 1, -2}) << mirror
                                      << std::vector<double>{0, 0.2, 0, 0, 1, 0, 0, 1, 0};
    QTest::newRow("half a pixel") << affine({1, 0, 0.5, 0, 1, 0}) << zero
                                  << std::vector<double>{0.5, 0.5, 0, 0.1, 0.1, 0, 0, 0, 0};
    // Kernel 1/4 1/2 1/4 both ways, mirrored about the outermost pixel: outer rows and columns see the middle twice.
    // Down 0.5 + 0.5 * 0.2, 0.25 + 0.5 * 0.2, 0.5 * 0.2 in the middle column; across half of it in all three.
    QTest::newRow("blur 3") << blurred << zero
                            << std::vector<double>{0.3, 0.3, 0.3, 0.175, 0.175, 0.175, 0.05, 0.05, 0.05};
}

void AugmentTest::operationsDoWhatTheySay()
{
    QFETCH(AugmentDraw, draw);
    QFETCH(int, border);
    QFETCH(std::vector<double>, expected);
    AugmentConfig config;
    config.border = static_cast<train::Border>(border);
    const at::Tensor picture = torch::tensor({0, 255, 0, 0, 51, 0, 0, 0, 0}, torch::kUInt8).view({1, 1, 3, 3});
    const std::vector<AugmentDraw> draws{draw};
    verifyClose(valuesOf(train::makeInputByPicture(picture, {rows(1), draws}, config, plain(), false)), expected, 1e-6);
    verifyClose(valuesOf(train::makeInputBatched(picture, {rows(1), draws}, config, plain(), false)), expected, 1e-6);
}

void AugmentTest::cropsAPart_data()
{
    QTest::addColumn<double>("area");
    QTest::addColumn<double>("aspect");
    QTest::addColumn<double>("shareX"); // of the width: sqrt(area * aspect), at most 1
    QTest::addColumn<double>("shareY");
    QTest::newRow("a quarter") << 0.25 << 1.0 << 0.5 << 0.5;
    QTest::newRow("a wide part") << 0.25 << 4.0 << 1.0 << 0.25;
    QTest::newRow("cut to the picture") << 1.0 << 4.0 << 1.0 << 0.5;
    QTest::newRow("all of it") << 1.0 << 1.0 << 1.0 << 1.0;
}

/// On a picture whose value grows by 4 a column, a part stretched to the whole size is a ramp that grows share times as
/// fast, from where the part begins: pixel centres, as torchvision's resized_crop.
void AugmentTest::cropsAPart()
{
    QFETCH(double, area);
    QFETCH(double, aspect);
    QFETCH(double, shareX);
    QFETCH(double, shareY);
    constexpr int kWidth = 60, kHeight = 40;
    AugmentConfig config;
    config.crop = {1.0, area, area, aspect, aspect};
    config.border = train::Border::Nearest;
    const at::Tensor ramp = (4 * torch::arange(kWidth)).to(torch::kUInt8).view({1, 1, 1, kWidth}).repeat({20, 1, kHeight, 1});
    const auto draws = drawsOf(config, 20, kHeight, kWidth);
    const at::Tensor input = train::makeInput(ramp, {rows(20), draws}, config, plain(), false);
    double least = 1e9, most = -1e9;
    for (std::size_t i = 0; i < draws.size(); ++i) {
        const auto m = draws[i].affine.value();
        verifyClose({m[0], m[1], m[3], m[4]}, {shareX, 0.0, 0.0, shareY}, 1e-12);
        const double left = m[2] + (kWidth - shareX * kWidth) / 2.0, top = m[5] + (kHeight - shareY * kHeight) / 2.0;
        QVERIFY(left > -1e-9 && left + shareX * kWidth < kWidth + 1e-9);
        QVERIFY(top > -1e-9 && top + shareY * kHeight < kHeight + 1e-9);
        least = std::min(least, left);
        most = std::max(most, left);
        for (const int x : {5, 30, 54}) {
            const double source = left + (x + 0.5) * shareX - 0.5;
            QVERIFY(std::abs(input[static_cast<std::int64_t>(i)][0][7][x].item<double>() - 4.0 * source / 255.0) < 1e-5);
        }
    }
    QVERIFY(shareX == 1.0 ? most - least < 1e-9 : most - least > 10.0); // of 30 pixels that it may move
}

void AugmentTest::cropAndAffineAreOneStep()
{
    AugmentConfig config;
    config.affine.probability = 1.0;
    config.affine.scaleLow = config.affine.scaleHigh = 2.0;
    config.affine.rotateDegrees = 90.0;
    const auto turned = train::drawAugment(config, {42, 0, 3}, {40, 60}).affine.value();
    config.crop = {1.0, 0.25, 0.25, 1.0, 1.0};
    const auto both = train::drawAugment(config, {42, 0, 3}, {40, 60}).affine.value();
    AugmentConfig only;
    only.crop = config.crop;
    const auto part = train::drawAugment(only, {42, 0, 3}, {40, 60}).affine.value();
    // Half of everything, about the part's centre: the turn itself draws what it drew before.
    verifyClose({both.begin(), both.end()},
        {0.5 * turned[0], 0.5 * turned[1], 0.5 * turned[2] + part[2], 0.5 * turned[3], 0.5 * turned[4],
            0.5 * turned[5] + part[5]},
        1e-12);
}

void AugmentTest::holesLieInside()
{
    AugmentConfig config;
    config.holes = {1.0, 8, 16, 16, 0.5};
    const at::Tensor white = torch::full({64, 1, 40, 48}, 255, torch::kUInt8);
    const at::Tensor input = train::makeInput(white, {rows(64), drawsOf(config, 64, 40, 48)}, config, plain(), false);
    const at::Tensor covered = (input == 0.5).sum({1, 2, 3});
    QVERIFY(((input == 0.5) | (input == 1.0)).all().item<bool>());
    QVERIFY(covered.min().item<std::int64_t>() >= 256);     // eight holes over each other
    QVERIFY(covered.max().item<std::int64_t>() <= 8 * 256); // all apart
    const at::Tensor small
        = torch::full({64, 1, 20, 20}, 255, torch::kUInt8); // 25 places for a hole: over all pictures each pixel is hit
    QVERIFY((train::makeInput(small, {rows(64), drawsOf(config, 64, 20, 20)}, config, plain(), false) == 0.5)
                .any(0)
                .all()
                .item<bool>());
    config.holes.height = config.holes.width = 1000; // larger than the picture: all of it
    QVERIFY((train::makeInput(white, {rows(2), drawsOf(config, 2, 40, 48)}, config, plain(), false) == 0.5)
                .all()
                .item<bool>());
}

void AugmentTest::threadsAndPartsGiveTheSameBits_data()
{
    QTest::addColumn<AugmentConfig>("config");
    QTest::newRow("standard") << AugmentConfig::standard();
    QTest::newRow("RenalNet") << AugmentConfig::renalNet();
    QTest::newRow("Neuroflux") << AugmentConfig::neuroflux();
    QTest::newRow("Neuroflux balancing") << AugmentConfig::neurofluxBalancing();
    QTest::newRow("Keras template") << AugmentConfig::kerasTemplate();
    QTest::newRow("views") << AugmentConfig::views();
    AugmentConfig cropped = everything();
    cropped.crop.probability = 0.7;
    QTest::newRow("crop and everything") << cropped;
    QTest::newRow("everything") << everything();
}

void AugmentTest::threadsAndPartsGiveTheSameBits()
{
    QFETCH(AugmentConfig, config);
    QVERIFY(config.check().empty());
    const at::Tensor images = pictures(17, 2, 48, 40);
    const auto make
        = [&](int threads, const std::vector<std::int64_t>& samples, const std::vector<AugmentDraw>& draws) {
              const int before = at::get_num_threads();
              at::set_num_threads(threads);
              const at::Tensor input = train::makeInput(images, {samples, draws}, config, plain(2), true);
              at::set_num_threads(before);
              return input;
          };
    const auto draws = drawsOf(config, 17, 48, 40), again = drawsOf(config, 17, 48, 40),
               later = drawsOf(config, 17, 48, 40, 1);
    const at::Tensor one = make(1, rows(17), draws);
    QVERIFY(torch::equal(one, make(16, rows(17), again)));
    QVERIFY(torch::equal(one.slice(0, 3, 5), make(2, {3, 4}, {draws[3], draws[4]})));
    QVERIFY(!torch::equal(one, make(1, rows(17), later)));
    QVERIFY(!torch::equal(one, make(1, rows(17), {})));
}

void AugmentTest::bothWaysAgree_data()
{
    threadsAndPartsGiveTheSameBits_data();
    AugmentConfig mirrored = everything();
    mirrored.border = train::Border::Nearest;
    QTest::newRow("everything, nearest") << mirrored;
}

void AugmentTest::bothWaysAgree()
{
    QFETCH(AugmentConfig, config);
    const at::Tensor images = pictures(16, 3, 48, 40);
    const auto draws = drawsOf(config, 16, 48, 40);
    const at::Tensor a = train::makeInputByPicture(images, {rows(16), draws}, config, plain(3), false);
    const at::Tensor b = train::makeInputBatched(images, {rows(16), draws}, config, plain(3), false);
    const double difference = (a - b).abs().max().item<double>();
    QVERIFY2(difference < 1e-4,
        qPrintable(QString::number(difference))); // 1/40 of a grey level; rounding of places between pixels
}

void AugmentTest::drawsWithThePublishedFrequencies()
{
    const AugmentConfig config = AugmentConfig::renalNet();
    int mirrored = 0, turned = 0, blurred = 0, toned = 0, holed = 0;
    int sizes[8]{};
    for (const AugmentDraw& draw : drawsOf(config, 2000, 224, 224)) {
        mirrored += draw.mirror ? 1 : 0;
        turned += draw.upsideDown ? 1 : 0;
        blurred += draw.blurSize > 0 ? 1 : 0;
        toned += draw.contrast != 1.0 ? 1 : 0;
        holed += draw.holes.size() == 8 ? 1 : 0;
        ++sizes[draw.blurSize];
        QVERIFY(!draw.affine && !draw.elastic);
        QVERIFY(draw.contrast >= 0.8 && draw.contrast < 1.2 && draw.brightness >= -0.2 && draw.brightness < 0.2);
    }
    for (const int half : {mirrored, turned, toned}) {
        QVERIFY2(std::abs(half - 1000) < 112, qPrintable(QString::number(half))); // 5 standard deviations
    }
    for (const int third : {blurred, holed}) {
        QVERIFY2(std::abs(third - 600) < 103, qPrintable(QString::number(third)));
    }
    for (const int size : {3, 5, 7}) {
        QVERIFY2(std::abs(sizes[size] - 200) < 68, qPrintable(QString::number(sizes[size])));
    }
    for (const AugmentDraw& draw : drawsOf(AugmentConfig::neuroflux(), 200, 224, 224)) {
        const auto m = draw.affine.value();
        const double scale = 1.0 / std::hypot(m[0], m[1]),
                     degrees = std::abs(std::atan2(m[1], m[0])) * 180.0 / 3.14159265358979;
        QVERIFY(scale >= 0.9 && scale <= 1.1 && degrees <= 10.0 && m[2] == 0.0 && m[5] == 0.0);
    }
}

void AugmentTest::operationsDoNotShiftEachOther()
{
    AugmentConfig few = AugmentConfig::renalNet(), more = everything();
    for (int place = 0; place < 100; ++place) {
        const AugmentDraw a = train::drawAugment(few, {1, 2, place}, {224, 224}),
                          b = train::drawAugment(more, {1, 2, place}, {224, 224});
        QCOMPARE(a.mirror, b.mirror);
        QCOMPARE(a.contrast, b.contrast);
        QCOMPARE(a.blurSize, b.blurSize);
        QCOMPARE(a.holes.size(), b.holes.size());
    }
}

void AugmentTest::elasticMovesAsFarAsItShould_data()
{
    QTest::addColumn<double>("alpha");
    QTest::addColumn<double>("sigma");
    QTest::newRow("every pixel a node") << 10.0 << 1.5;
    QTest::newRow("two pixels between nodes") << 34.0 << 4.0;
    QTest::newRow("five pixels between nodes") << 100.0 << 10.0;
}

void AugmentTest::elasticMovesAsFarAsItShould()
{
    QFETCH(double, alpha);
    QFETCH(double, sigma);
    double squares = 0.0;
    std::size_t count = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        const train::ElasticField field
            = train::elasticField({1.0, alpha, sigma}, base::Rng::stream(5, "elastic", 0, i), {256, 256});
        for (const auto* part : {&field.x, &field.y}) {
            for (const float value : *part) {
                squares += static_cast<double>(value) * static_cast<double>(value);
            }
            count += part->size();
        }
    }
    // Uniform noise in -1..1 blurred with sigma: standard deviation 1 / (2 sqrt(3 pi) sigma).
    const double expected = alpha / (2.0 * std::sqrt(3.0 * 3.14159265358979) * sigma),
                 found = std::sqrt(squares / static_cast<double>(count));
    QVERIFY2(std::abs(found / expected - 1.0) < 0.06, qPrintable(QString("%1 for %2").arg(found).arg(expected)));
}

void AugmentTest::leavesOutWhatMovesNothing()
{
    const AugmentConfig published = AugmentConfig::renalNet();
    QVERIFY(published.elasticIsIdle());
    QCOMPARE(published.idleOperations().size(), std::size_t{1});
    QVERIFY(published.idleOperations()[0].find("elastic") != std::string::npos);
    QVERIFY(!everything().elasticIsIdle() && everything().idleOperations().empty());
    // What is left out is really too small: the largest of a million displacements.
    float largest = 0.0F;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const train::ElasticField field
            = train::elasticField(published.elastic, base::Rng::stream(6, "elastic", 0, i), {224, 224});
        for (const float value : field.x) {
            largest = std::max(largest, std::abs(value));
        }
    }
    QVERIFY2(largest > 0.0F && largest < 0.02F,
        qPrintable(QString::number(static_cast<double>(largest)))); // 0.016 px measured with the published library
}

QTEST_GUILESS_MAIN(AugmentTest)
#include "AugmentTest.moc"
