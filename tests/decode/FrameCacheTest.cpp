// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/FrameCache.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace diascope;
using decode::FrameCache;
using decode::FrameKey;

namespace {

FrameKey key(int frame, std::uint64_t inode = 1)
{
    FrameKey result;
    result.file.inode = inode;
    result.options.frame = frame;
    return result;
}

image::Image picture(int value, int side = 100)
{
    return image::makeImage(side, side, 1, image::PixelType::UInt8,
                            std::vector<std::byte>(static_cast<std::size_t>(side * side), static_cast<std::byte>(value)));
}

constexpr std::size_t kOne = 100 * 100 + sizeof(image::Image);

} // namespace

class FrameCacheTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheMostRecentlyUsed()
    {
        FrameCache cache(3 * kOne);
        for (int i = 0; i < 3; ++i) {
            cache.insert(key(i), picture(i));
        }
        QCOMPARE(cache.find(key(0))->stored(5, 5), 0.0); // 1 is the oldest now.
        cache.insert(key(3), picture(3));
        QVERIFY(!cache.contains(key(1)));
        QVERIFY(cache.contains(key(0)) && cache.contains(key(2)) && cache.contains(key(3)));
        QCOMPARE(cache.bytes(), 3 * kOne);
        QCOMPARE(cache.count(), std::size_t(3));
    }

    void tellsContentsAndOptionsApart()
    {
        FrameCache cache(10 * kOne);
        cache.insert(key(1, 7), picture(7));
        QVERIFY(!cache.find(key(1, 8)));
        FrameKey changed = key(1, 7);
        changed.file.modifiedNs = 1;
        QVERIFY(!cache.find(changed));
        FrameKey reduced = key(1, 7);
        reduced.options.reduce = 1;
        QVERIFY(!cache.find(reduced));
        FrameKey indices = key(1, 7);
        indices.options.rawPalette = true;
        QVERIFY(!cache.find(indices));
        QCOMPARE(cache.find(key(1, 7))->stored(0, 0), 7.0);
    }

    void replacesAndRefusesBySize()
    {
        FrameCache cache(2 * kOne);
        cache.insert(key(1), picture(1));
        cache.insert(key(1), picture(2));
        QCOMPARE(cache.count(), std::size_t(1));
        QCOMPARE(cache.bytes(), kOne);
        QCOMPARE(cache.find(key(1))->stored(0, 0), 2.0);
        cache.insert(key(2), picture(3, 1000));
        QVERIFY(!cache.contains(key(2)));
        QVERIFY(cache.contains(key(1)));
        cache.setBudget(kOne - 1);
        QCOMPARE(cache.count(), std::size_t(0));
        QCOMPARE(cache.bytes(), std::size_t(0));
    }

    void anImageOutlivesItsPlaceInTheCache()
    {
        FrameCache cache(kOne);
        cache.insert(key(1), picture(9));
        const auto shown = cache.find(key(1));
        cache.insert(key(2), picture(1));
        QVERIFY(!cache.contains(key(1)));
        QCOMPARE(shown->stored(99, 99), 9.0);
        cache.clear();
        QCOMPARE(cache.count(), std::size_t(0));
    }

    void mayBeUsedFromManyThreads()
    {
        FrameCache cache(5 * kOne);
        std::atomic<int> wrong{0};
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t) {
                threads.emplace_back([&, t] {
                    for (int i = 0; i < 300; ++i) {
                        const int frame = (i * 7 + t * 3) % 11;
                        const auto found = cache.find(key(frame));
                        if (!found) {
                            cache.insert(key(frame), picture(frame));
                        } else if (found->stored(1, 1) != frame) {
                            ++wrong;
                        }
                    }
                });
            }
        }
        QCOMPARE(wrong.load(), 0);
        QVERIFY(cache.bytes() <= cache.budget());
        QVERIFY(cache.count() > 0);
    }
};

QTEST_APPLESS_MAIN(FrameCacheTest)
#include "FrameCacheTest.moc"
