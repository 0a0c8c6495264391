// SPDX-License-Identifier: GPL-3.0-or-later
// Test-time views against pictures moved by hand, and averages of members against hand-made figures.
#include "predict/Ensemble.h"
#include "predict/TestTimeViews.h"
#include "support/ErrorOf.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace diascope;

namespace {

/// 1,1,H,W of the given numbers.
at::Tensor picture(const std::vector<double>& values, std::int64_t height)
{
    const auto count = static_cast<std::int64_t>(values.size());
    return torch::tensor(values, torch::kFloat32).reshape({1, 1, height, count / height});
}

std::vector<double> numbers(const at::Tensor& tensor)
{
    const at::Tensor line = tensor.to(at::kDouble).contiguous();
    return {line.const_data_ptr<double>(), line.const_data_ptr<double>() + line.numel()};
}

at::Tensor seen(const at::Tensor& input, const char* view)
{
    return predict::applyView(input, predict::parseViews(view).front());
}

QByteArray described(std::vector<predict::TestTimeView> views)
{
    return tests::bytes(predict::describeViews(views));
}

} // namespace

class TestViewsEnsemble : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void viewsMovePixels_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<QList<double>>("expected");
        // 1 2 3
        // 4 5 6
        // 7 8 9
        QTest::newRow("identity") << "identity" << QList<double>{1, 2, 3, 4, 5, 6, 7, 8, 9};
        QTest::newRow("hflip") << "hflip" << QList<double>{3, 2, 1, 6, 5, 4, 9, 8, 7};
        QTest::newRow("vflip") << "vflip" << QList<double>{7, 8, 9, 4, 5, 6, 1, 2, 3};
        QTest::newRow("rot90, counter-clockwise") << "rot90" << QList<double>{3, 6, 9, 2, 5, 8, 1, 4, 7};
        QTest::newRow("rot180") << "rot180" << QList<double>{9, 8, 7, 6, 5, 4, 3, 2, 1};
        QTest::newRow("rot270") << "rot270" << QList<double>{7, 4, 1, 8, 5, 2, 9, 6, 3};
        QTest::newRow("shift-left") << "shift-left:1" << QList<double>{2, 3, 3, 5, 6, 6, 8, 9, 9};
        QTest::newRow("shift-right") << "shift-right:1" << QList<double>{1, 1, 2, 4, 4, 5, 7, 7, 8};
        QTest::newRow("shift-up by 2") << "shift-up:2" << QList<double>{7, 8, 9, 7, 8, 9, 7, 8, 9};
        QTest::newRow("shift-down") << "shift-down:1" << QList<double>{1, 2, 3, 1, 2, 3, 4, 5, 6};
        QTest::newRow("in the order written") << "shift-left:1+hflip" << QList<double>{3, 3, 2, 6, 6, 5, 9, 9, 8};
        QTest::newRow("the other order") << "hflip+shift-left:1" << QList<double>{2, 1, 1, 5, 4, 4, 8, 7, 7};
        QTest::newRow("half size, edge repeated") << "scale:0.5" << QList<double>{1, 2, 3, 4, 5, 6, 7, 8, 9};
    }
    void viewsMovePixels()
    {
        QFETCH(QString, view);
        QFETCH(QList<double>, expected);
        const at::Tensor input = picture({1, 2, 3, 4, 5, 6, 7, 8, 9}, 3);
        const at::Tensor out = seen(input, qPrintable(view));
        QVERIFY(out.sizes() == input.sizes() && out.scalar_type() == at::kFloat);
        const auto got = numbers(out);
        QCOMPARE(QList<double>(got.begin(), got.end()), expected);
    }

    /// A ramp 0..7: the pixel centre x shows the ramp at 3.5 + (x - 3.5) / scale, held at its ends.
    void scaleIsAboutTheMiddle_data()
    {
        QTest::addColumn<double>("scale");
        for (const double scale : {0.5, 0.8, 0.9, 1.1, 1.25, 2.0}) {
            QTest::newRow(qPrintable(QString::number(scale))) << scale;
        }
    }
    void scaleIsAboutTheMiddle()
    {
        QFETCH(double, scale);
        std::vector<double> ramp;
        for (int row = 0; row < 8; ++row) {
            for (int column = 0; column < 8; ++column) {
                ramp.push_back(column);
            }
        }
        const auto got = numbers(seen(picture(ramp, 8), qPrintable("scale:" + QString::number(scale))));
        for (std::size_t i = 0; i < got.size(); ++i) {
            const double x = static_cast<double>(i % 8);
            const double expected = std::clamp(3.5 + (x - 3.5) / scale, 0.0, 7.0);
            QVERIFY2(std::abs(got[i] - expected) < 1e-5,
                qPrintable(QString("%1: %2, not %3").arg(x).arg(got[i]).arg(expected)));
        }
    }

    void viewsKeepPicturesAndChannelsApart()
    {
        torch::manual_seed(3);
        const at::Tensor input = torch::rand({2, 3, 5, 5});
        const auto views = predict::parseViews("identity,hflip,shift-up:2");
        const at::Tensor all = predict::applyViews(input, views);
        QVERIFY((all.sizes() == at::IntArrayRef{6, 3, 5, 5}));
        QVERIFY(at::equal(all.slice(0, 0, 2), input));
        QVERIFY(at::equal(all.slice(0, 2, 4), input.flip({3})));
        QVERIFY(at::equal(all[5][2].slice(0, 0, 3), input[1][2].slice(0, 2, 5)));
        QVERIFY(at::equal(predict::applyViews(input, views), all)); // no chance in it
        QVERIFY(seen(input.to(at::kDouble), "scale:1.1").scalar_type() == at::kDouble);
    }

    void elevenStandardViewsDiffer()
    {
        torch::manual_seed(5);
        const at::Tensor input = torch::rand({1, 1, 32, 32});
        const auto views = predict::standardViews(11);
        QCOMPARE(described(views),
            QByteArray("identity,hflip,shift-left:8,shift-right:8,shift-up:8,shift-down:8,scale:1.1,scale:0.9,"
                       "vflip,rot180,hflip+scale:1.1"));
        const at::Tensor all = predict::applyViews(input, views);
        for (std::int64_t i = 0; i < 11; ++i) {
            for (std::int64_t j = 0; j < i; ++j) { // the published program runs eleven identical passes
                QVERIFY2((all[i] - all[j]).abs().mean().item<double>() > 0.01,
                    qPrintable(QString("%1 and %2").arg(i).arg(j)));
            }
        }
        QVERIFY(predict::standardViews(2) == predict::parseViews("identity,hflip"));
        QVERIFY(predict::parseViews(predict::describeViews(views)) == views);
        for (const int wrong : {0, -1, 12}) {
            QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predict::standardViews(wrong); })), "usage");
        }
    }

    void listsAreRead_data()
    {
        QTest::addColumn<QString>("list");
        QTest::addColumn<QString>("described");
        QTest::newRow("blanks") << " identity , hflip + scale:1.10 "
                                << "identity,hflip+scale:1.1";
        QTest::newRow("identity says nothing") << "identity+hflip"
                                               << "hflip";
        QTest::newRow("identity alone") << "identity+identity"
                                        << "identity";
    }
    void listsAreRead()
    {
        QFETCH(QString, list);
        QFETCH(QString, described);
        QCOMPARE(QString::fromUtf8(::described(predict::parseViews(list.toStdString()))), described);
    }

    void badListsAreRefused_data()
    {
        QTest::addColumn<QString>("list");
        QTest::addColumn<QString>("says");
        QTest::newRow("nothing") << ""
                                 << "there is no such view";
        QTest::newRow("comma at the end") << "identity,"
                                          << "there is no such view";
        QTest::newRow("typing error") << "hfilp"
                                      << "did you mean 'hflip'?";
        QTest::newRow("another program's word") << "shift-lefft:8"
                                                << "did you mean 'shift-left'?";
        QTest::newRow("no number") << "shift-left"
                                   << "needs a number";
        QTest::newRow("half a pixel") << "shift-left:0.5"
                                      << "whole number of pixels";
        QTest::newRow("no pixel") << "shift-left:0"
                                  << "whole number of pixels";
        QTest::newRow("backwards") << "shift-left:-8"
                                   << "whole number of pixels";
        QTest::newRow("not a number") << "shift-left:nan"
                                      << "needs a number";
        QTest::newRow("scale 1") << "scale:1"
                                 << "0.5 to 2, and not 1";
        QTest::newRow("scale 0") << "scale:0"
                                 << "0.5 to 2";
        QTest::newRow("number too many") << "hflip:2"
                                         << "takes no number";
        QTest::newRow("twice") << "hflip,identity,hflip"
                               << "stands twice";
        QTest::newRow("twice in other words") << "scale:1.1,scale:1.10"
                                              << "stands twice";
        QTest::newRow("control character") << "hfl\nip"
                                           << "did you mean 'hflip'?";
        QStringList many;
        for (int i = 1; i < 70; ++i) {
            many << "shift-left:" + QString::number(i);
        }
        QTest::newRow("too many") << many.join(',') << "more than 64";
    }
    void badListsAreRefused()
    {
        QFETCH(QString, list);
        QFETCH(QString, says);
        const auto error = tests::errorOf([&] { (void)predict::parseViews(list.toStdString()); });
        QCOMPARE(tests::codeName(error), "usage");
        QVERIFY2(QByteArray(error->what()).contains(says.toUtf8()), error->what());
    }

    void viewsThatDoNotFitAreRefused()
    {
        const at::Tensor wide = torch::zeros({1, 1, 4, 6});
        const auto quarter = tests::errorOf([&] { (void)seen(wide, "rot90"); });
        QCOMPARE(tests::codeName(quarter), "usage");
        QVERIFY2(QByteArray(quarter->what()).contains("square"), quarter->what());
        QVERIFY((seen(wide, "rot180").sizes() == wide.sizes()));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)seen(wide, "shift-up:4"); })), "usage");
        QVERIFY((seen(wide, "shift-left:4").sizes() == wide.sizes()));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predict::applyViews(wide, {}); })), "usage");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)seen(torch::zeros({1, 4, 6}), "hflip"); })), "internal");
    }

    void meanAndSpreadByHand()
    {
        // three folds, two samples, two classes
        const std::vector<double> values{0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.4, 0.6, 0.3, 0.7, 0.3, 0.7};
        const predict::MemberProbabilities folds{values, 3, 2, 2};
        const predict::EnsembleAnswer answer = predict::averageProbabilities(folds);
        const std::vector<double> mean{0.6, 0.4, 0.3, 0.7};
        const std::vector<double> spread{0.3, 0.3, 0.1, 0.1}; // of 0.9 0.6 0.3 and of 0.2 0.4 0.3, n - 1
        for (std::size_t i = 0; i < mean.size(); ++i) {
            QVERIFY(std::abs(answer.mean[i] - mean[i]) < 1e-15 && std::abs(answer.spread[i] - spread[i]) < 1e-15);
        }
        QCOMPARE(answer.top, (std::vector<int>{0, 1}));
        QCOMPARE(answer.agreeing, (std::vector<int>{2, 3}));
        QVERIFY(
            (predict::memberTable(folds, 1) == std::vector<std::vector<double>>{{0.2, 0.8}, {0.4, 0.6}, {0.3, 0.7}}));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predict::memberTable(folds, 2); })), "mismatch");
    }

    void oneMemberHasNoSpread()
    {
        const std::vector<double> values{0.25, 0.25, 0.5};
        const auto answer = predict::averageProbabilities({values, 1, 1, 3});
        QVERIFY(answer.mean == values);
        QVERIFY((answer.spread == std::vector<double>{0, 0, 0}));
        QCOMPARE(answer.top, std::vector<int>{2});
        QCOMPARE(answer.agreeing, std::vector<int>{1});
    }

    /// The mean of the logits would say something else: one overconfident member would decide alone.
    void averagesProbabilitiesNotLogits()
    {
        const std::vector<double> values{0.999999, 0.000001, 0.2, 0.8, 0.2, 0.8};
        const auto answer = predict::averageProbabilities({values, 3, 1, 2});
        QCOMPARE(answer.top, std::vector<int>{1});
        const double logits = std::log(0.999999 / 0.000001) + 2 * std::log(0.2 / 0.8);
        QVERIFY(logits > 0); // by logits it would be class 0
    }

    void whatIsNoProbability_data()
    {
        QTest::addColumn<QList<double>>("values");
        QTest::addColumn<int>("members");
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QTest::newRow("logits") << QList<double>{2.5, -1.0} << 1;
        QTest::newRow("sum") << QList<double>{0.5, 0.6} << 1;
        QTest::newRow("negative") << QList<double>{1.1, -0.1} << 1;
        QTest::newRow("not a number") << QList<double>{nan, 0.5} << 1;
        QTest::newRow("second member") << QList<double>{0.5, 0.5, 0.5, 0.4} << 2;
        QTest::newRow("too few") << QList<double>{0.5, 0.5} << 2;
        QTest::newRow("none") << QList<double>{} << 0;
    }
    void whatIsNoProbability()
    {
        QFETCH(QList<double>, values);
        QFETCH(int, members);
        const std::vector<double> all(values.begin(), values.end());
        const predict::MemberProbabilities wrong{all, static_cast<std::size_t>(members), 1, 2};
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)predict::averageProbabilities(wrong); })), "mismatch");
    }
};

QTEST_APPLESS_MAIN(TestViewsEnsemble)
#include "test_views_ensemble.moc"
