// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/ImageMeta.h"
#include "decode/PoolFixture.h"
#include "decode/Protocol.h"

#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cmath>
#include <limits>

using namespace diascope;
namespace protocol = decode::protocol;

namespace {

image::Image described()
{
    image::Image image = image::makeImage(3, 2, 1, image::PixelType::Int16, std::vector<std::byte>(12, std::byte{1}));
    image.bitsStored = 12;
    image.photometric = image::Photometric::Monochrome1;
    image.rescale.slope = 0.1;
    image.rescale.intercept = -std::numeric_limits<double>::infinity();
    image.rescale.unit = "HU";
    image.rescale.table = std::make_shared<const std::vector<float>>(std::vector<float>{1.5f, -2.5f});
    image.rescale.tableFirst = -7;
    image.windows = {{40.0, 400.0, "SOFT \xff TISSUE", image::Window::Function::Sigmoid}, {1.0, std::nan(""), "", {}}};
    image.spacing = image::Spacing{0.5, 0.25, image::Spacing::Source::UltrasoundRegion};
    image.geometry = image::Geometry{{1, 2, 3}, {0, 1, 0}, {0, 0, -1}};
    image.paddingStored = -2000.0;
    image.lossy = true;
    return image;
}

} // namespace

class ProtocolTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anImageCrossesWhole()
    {
        const image::Image sent = described();
        const auto json = base::parseJson(protocol::dump(decode::imageMetaToJson(sent)), "test");
        const auto bytes = sent.bytes();
        const auto got = decode::imageFromMeta(json, {bytes.begin(), bytes.end()}, *sent.rescale.table);
        QCOMPARE(got.width, 3);
        QCOMPARE(got.height, 2);
        QCOMPARE(got.type, sent.type);
        QCOMPARE(got.bitsStored, 12);
        QCOMPARE(got.photometric, sent.photometric);
        QCOMPARE(*got.pixels, *sent.pixels);
        QCOMPARE(got.rescale.slope, 0.1);
        QCOMPARE(got.rescale.intercept, -std::numeric_limits<double>::infinity());
        QCOMPARE(got.rescale.unit, std::string("HU"));
        QCOMPARE(*got.rescale.table, *sent.rescale.table);
        QCOMPARE(got.rescale.tableFirst, std::int64_t(-7));
        QCOMPARE(got.windows.size(), std::size_t(2));
        QCOMPARE(got.windows[0].width, 400.0);
        QVERIFY(got.windows[0].function == image::Window::Function::Sigmoid);
        QCOMPARE(got.windows[0].explanation, std::string("SOFT \xef\xbf\xbd TISSUE")); // Not UTF-8: replaced.
        QVERIFY(std::isnan(got.windows[1].width));
        QCOMPARE(got.spacing->columnMm, 0.25);
        QVERIFY(got.spacing->source == image::Spacing::Source::UltrasoundRegion);
        QCOMPARE(got.geometry->position, sent.geometry->position);
        QCOMPARE(got.geometry->columnDirection, sent.geometry->columnDirection);
        QCOMPARE(*got.paddingStored, -2000.0);
        QVERIFY(got.lossy);
    }

    void aLyingDescriptionIsRefused_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("wider than its pixels") << "width" << "4";
        QTest::newRow("negative") << "height" << "-2";
        QTest::newRow("overflow") << "width" << "9223372036854775807";
        QTest::newRow("two channels") << "channels" << "2";
        QTest::newRow("unknown type") << "type" << "8";
        QTest::newRow("a fraction") << "type" << "3.5";
        QTest::newRow("text for a number") << "slope" << "\"much\"";
        QTest::newRow("unknown meaning") << "photometric" << "3";
        QTest::newRow("windows are no list") << "windows" << "7";
        QTest::newRow("a window without width") << "windows" << "[{\"centre\":1}]";
        QTest::newRow("spacing is no object") << "spacing" << "3";
        QTest::newRow("geometry too short") << "geometry" << "{\"position\":[1,2],\"row\":[1,0,0],\"column\":[0,1,0]}";
    }
    void aLyingDescriptionIsRefused()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        base::Json json = base::parseJson(protocol::dump(decode::imageMetaToJson(described())), "test");
        json[key.toStdString()] = base::Json::parse(value.toStdString());
        const auto error
            = tests::errorOf([&] { (void)decode::imageFromMeta(json, std::vector<std::byte>(12), {}); });
        QVERIFY(error && error->code() == base::ErrorCode::Malformed);
    }

    void layoutIsAlignedAndBounded()
    {
        const auto layout = protocol::layoutOf(100, 8, 1000);
        QCOMPARE(layout->table, std::uint64_t(128));
        QCOMPARE(layout->pixels, std::uint64_t(192));
        QCOMPARE(layout->end, std::uint64_t(1192));
        constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
        QVERIFY(!protocol::layoutOf(huge, 0, 0));
        QVERIFY(!protocol::layoutOf(0, huge - 3, 0));
        QVERIFY(!protocol::layoutOf(0, 0, huge));
        QVERIFY(!protocol::layoutOf(0, 6, 0)); // Not a whole number of floats.
    }

    void errorsCrossWhole()
    {
        const base::Error sent(base::ErrorCode::TooLarge, "a\nb.dcm", "over the \xff limit", "Do this.");
        const auto got = protocol::errorFromJson(base::parseJson(protocol::dump(protocol::errorToJson(sent)), "test"));
        QCOMPARE(got.code(), base::ErrorCode::TooLarge);
        QCOMPARE(got.subject(), std::string("a\nb.dcm"));
        QCOMPARE(got.detail(), std::string("over the \xef\xbf\xbd limit"));
        QCOMPARE(got.remedyText(), std::string("Do this."));
        const auto error = tests::errorOf([] { (void)protocol::errorFromJson({{"code", 99}}); });
        QVERIFY(error && error->code() == base::ErrorCode::Internal);
    }

    void cutsBetweenCharacters()
    {
        QCOMPARE(protocol::cut("abc", 3), std::string("abc"));
        QCOMPARE(protocol::cut("a\xc3\xa9z", 2), std::string("a"));
        QCOMPARE(protocol::cut("a\xc3\xa9z", 3), std::string("a\xc3\xa9"));
    }

    void messagesCarryOneDescriptorAndABoundedText()
    {
        std::array<int, 2> pair{};
        QCOMPARE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
        const decode::UniqueFd left(pair[0]);
        decode::UniqueFd right(pair[1]);
        const decode::UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const std::array<std::byte, 4> text{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
        QVERIFY(protocol::send(left.get(), text, file.get()));
        auto message = protocol::receive(right.get(), 16, true);
        QVERIFY(!message.closed && !message.oversize && message.fd.valid());
        QCOMPARE(message.bytes.size(), std::size_t(4));
        QVERIFY(protocol::send(left.get(), text));
        QVERIFY(protocol::receive(right.get(), 3, true).oversize);
        QVERIFY(protocol::send(left.get(), text, file.get()));
        QVERIFY(protocol::receive(right.get(), 16, false).oversize); // Nobody asked for a descriptor.
        right.reset();
        QVERIFY(!protocol::send(left.get(), text));
        QVERIFY(protocol::receive(left.get(), 16, false).closed);
    }
};

QTEST_APPLESS_MAIN(ProtocolTest)
#include "ProtocolTest.moc"
