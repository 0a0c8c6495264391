// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Hash.h"
#include "base/Json.h"
#include "base/AtomicFile.h"
#include "base/Sha256Compress.h"
#include "support/ErrorOf.h"
#include "support/SharedData.h"

#include <QTemporaryDir>
#include <cmath>
#include <vector>

using namespace diascope;

class TestHash : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sha256MatchesPublishedVectors_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("digest");
        // FIPS 180-2 appendix B and NIST's example file SHA256.pdf.
        QTest::newRow("empty") << QByteArray()
                               << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        QTest::newRow("abc") << QByteArray("abc")
                             << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                    << QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        QTest::newRow("896 bits")
            << QByteArray("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")
            << QByteArray("cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
        QTest::newRow("million a") << QByteArray(1000000, 'a')
                                   << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
    void sha256MatchesPublishedVectors()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, digest);
        QCOMPARE(tests::bytes(base::sha256Hex(text.toStdString())), digest);
    }

    void sha256InPiecesIsTheSame()
    {
        const std::string text(1000, 'x');
        const std::string whole = base::sha256Hex(text);
        for (const std::size_t piece : {1U, 3U, 55U, 56U, 63U, 64U, 65U, 127U, 128U, 999U}) {
            base::Sha256 hash;
            for (std::size_t at = 0; at < text.size(); at += piece) {
                hash.update(std::string_view(text).substr(at, piece));
            }
            QCOMPARE(hash.hex(), whole);
        }
    }

    void bothCompressionsAgree()
    {
        std::vector<std::byte> data(64 * 37);
        for (std::size_t i = 0; i < data.size(); ++i) {
            data[i] = static_cast<std::byte>(base::splitmix64(i));
        }
        std::array<std::uint32_t, 8> fast = {1, 2, 3, 4, 5, 6, 7, 0xffffffff};
        auto plain = fast;
        base::sha256Compress(fast, data.data(), 37);
        base::sha256CompressPortable(plain, data.data(), 37);
        QVERIFY(fast == plain);
    }

    void sha256OfAFile()
    {
        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "data";
        const std::string text(3 * 1024 * 1024 + 7, 'q');
        const std::string written = base::writeFileAtomically(file, text);
        QCOMPARE(base::sha256OfFile(file), base::sha256Hex(text));
        QCOMPARE(written, base::sha256Hex(text));
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)base::sha256OfFile(file.parent_path()); })), "unreadable");
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)base::sha256OfFile(file / "x"); })), "not-found");
    }

    void crc32MatchesItsCheckValue()
    {
        QCOMPARE(base::crc32("123456789"), 0xCBF43926U); // the check value of CRC-32/ISO-HDLC
        QCOMPARE(base::crc32(""), 0U);
    }

    void namedVectorsOfTheReferenceData()
    {
        const auto file = tests::sharedData("parity/forward.json");
        if (file.empty()) {
            QSKIP("The reference numbers are not on this machine (DIASCOPE_SHARED).");
        }
        const base::Json vectors = base::parseJson(base::readFile(file), file.string()).at("hash_test_vectors");
        for (const auto& row : vectors.at("splitmix64")) {
            QCOMPARE(std::to_string(base::splitmix64(std::stoull(row.at("x").get<std::string>()))), row.at("hash").get<std::string>());
        }
        for (const auto& [key, value] : vectors.at("crc32").items()) {
            QCOMPARE(base::crc32(key), value.get<std::uint32_t>());
        }
        for (const auto& [key, values] : vectors.at("unit").items()) {
            for (std::size_t i = 0; i < values.size(); ++i) {
                const std::uint64_t counter = (std::uint64_t{base::crc32(key)} << 32U) + i;
                const double u = std::ldexp(static_cast<double>(base::splitmix64(counter) >> 11U), -52) - 1.0;
                QCOMPARE(u, values[i].get<double>());
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestHash)
#include "TestHash.moc"
