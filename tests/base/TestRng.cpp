// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Rng.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <set>
#include <thread>
#include <vector>

using diascope::base::philox4x32;
using diascope::base::Rng;

class TestRng : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Random123 1.14, tests/kat_vectors, "philox4x32 10".
    void philoxMatchesKnownAnswers()
    {
        using Block = std::array<std::uint32_t, 4>;
        constexpr std::uint32_t ones = 0xffffffff;
        QVERIFY(philox4x32({0, 0, 0, 0}, {0, 0}) == (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
        QVERIFY(philox4x32({ones, ones, ones, ones}, {ones, ones}) == (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
        QVERIFY(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0})
                == (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
    }

    void everyCoordinateGivesAnotherStream()
    {
        std::set<std::uint64_t> firsts;
        std::size_t streams = 0;
        for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32U}) {
            for (const char* name : {"", "augment", "augmenu", "split"}) {
                for (const std::uint64_t epoch : {0ULL, 1ULL, 1ULL << 32U}) {
                    for (const std::uint64_t sample : {0ULL, 1ULL, 1ULL << 32U, 1ULL << 63U}) {
                        firsts.insert(Rng::stream(seed, name, epoch, sample).next64());
                        ++streams;
                    }
                }
            }
        }
        QCOMPARE(firsts.size(), streams);
    }

    void sameNumbersOnEveryThread()
    {
        std::vector<std::vector<std::uint64_t>> drawn(4);
        {
            std::vector<std::jthread> threads;
            for (auto& numbers : drawn) {
                threads.emplace_back([&numbers] {
                    Rng rng = Rng::stream(7, "thread", 3, 5);
                    for (int i = 0; i < 1000; ++i) {
                        numbers.push_back(rng.next64());
                    }
                });
            }
        }
        for (const auto& numbers : drawn) {
            QVERIFY(numbers == drawn[0]);
        }
        QVERIFY(std::set<std::uint64_t>(drawn[0].begin(), drawn[0].end()).size() == drawn[0].size());
    }

    void uniformIsInRangeAndEven()
    {
        Rng rng = Rng::stream(1, "uniform");
        std::array<int, 10> bins{};
        double sum = 0.0;
        constexpr int kDraws = 100000;
        for (int i = 0; i < kDraws; ++i) {
            const double u = rng.uniform();
            QVERIFY(u >= 0.0 && u < 1.0);
            ++bins[static_cast<std::size_t>(u * 10.0)];
            sum += u;
        }
        double chiSquare = 0.0;
        for (const int count : bins) {
            chiSquare += (count - kDraws / 10.0) * (count - kDraws / 10.0) / (kDraws / 10.0);
        }
        QVERIFY2(chiSquare < 27.88, "chi-square with 9 degrees of freedom, p = 0.001");
        QVERIFY(std::abs(sum / kDraws - 0.5) < 4.0 / std::sqrt(12.0 * kDraws));
        for (int i = 0; i < 1000; ++i) {
            const double value = rng.uniform(1.0, std::nextafter(1.0, 2.0)); // one step wide: rounding must not reach the open end
            QCOMPARE(value, 1.0);
        }
    }

    void normalHasItsMoments()
    {
        Rng rng = Rng::stream(2, "normal");
        constexpr int kDraws = 200000;
        double sum = 0.0, squares = 0.0, fourths = 0.0;
        for (int i = 0; i < kDraws; ++i) {
            const double x = rng.normal();
            sum += x;
            squares += x * x;
            fourths += x * x * x * x;
        }
        QVERIFY(std::abs(sum / kDraws) < 4.0 / std::sqrt(kDraws));
        QVERIFY(std::abs(squares / kDraws - 1.0) < 4.0 * std::sqrt(2.0 / kDraws));
        QVERIFY(std::abs(fourths / kDraws - 3.0) < 4.0 * std::sqrt(96.0 / kDraws));
    }

    void belowStaysBelow_data()
    {
        QTest::addColumn<quint64>("n");
        QTest::newRow("one") << quint64{1};
        QTest::newRow("three") << quint64{3};
        QTest::newRow("over half") << (quint64{1} << 63U) + 1;
        QTest::newRow("largest") << ~quint64{0};
    }
    void belowStaysBelow()
    {
        QFETCH(quint64, n);
        Rng rng = Rng::stream(3, "below");
        std::array<int, 3> counts{};
        for (int i = 0; i < 3000; ++i) {
            const std::uint64_t value = rng.below(n);
            QVERIFY(value < n);
            ++counts[value % 3];
        }
        if (n == 3) {
            QVERIFY(std::all_of(counts.begin(), counts.end(), [](int count) { return std::abs(count - 1000) < 110; }));
        }
    }

    void shuffleKeepsEveryValueAndMixes()
    {
        Rng rng = Rng::stream(4, "shuffle");
        std::array<std::array<int, 5>, 5> places{}; // value, place
        for (int round = 0; round < 5000; ++round) {
            std::vector<int> values = {0, 1, 2, 3, 4};
            rng.shuffle(values);
            for (std::size_t place = 0; place < 5; ++place) {
                ++places[static_cast<std::size_t>(values[place])][place];
            }
        }
        for (const auto& row : places) {
            int sum = 0;
            for (const int count : row) {
                QVERIFY(std::abs(count - 1000) < 130); // 4.6 standard deviations
                sum += count;
            }
            QCOMPARE(sum, 5000);
        }
    }
};

QTEST_APPLESS_MAIN(TestRng)
#include "TestRng.moc"
