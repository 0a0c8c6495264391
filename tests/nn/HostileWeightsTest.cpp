// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Error.h"
#include "nn/Formula.h"
#include "nn/ImportWeights.h"
#include "nn/PthBytes.h"
#include "nn/Registry.h"
#include "nn/Safetensors.h"
#include "nn/WeightFile.h"
#include "support/ErrorOf.h"

#include <QTemporaryDir>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <thread>

#include <sys/stat.h>

using namespace diascope;
namespace pth = tests::pth;

namespace {

namespace fs = std::filesystem;

/// How the bytes are refused; "none" when they are read.
QByteArray refusalOf(const std::string& bytes)
{
    const auto error = tests::errorOf([&] { (void)nn::parseWeights(bytes, "some.pth"); });
    return error ? tests::codeName(error) + " " + error->what() : QByteArray("none");
}

std::string good()
{
    return pth::dictionary({{"weight", pth::tensor()}});
}

/// A safetensors file with this header and as many zeros behind it.
std::string safetensors(const std::string& header, std::size_t bytes)
{
    return pth::le(header.size(), 8) + header + std::string(bytes, '\0');
}

/// The archive with `change` made to the first occurrence of `mark`, `skip` bytes behind its start.
std::string patched(std::string archive, const std::string& mark, std::size_t skip, const std::string& change)
{
    archive.replace(archive.find(mark) + skip, change.size(), change);
    return archive;
}

const std::string kCentral("PK\x01\x02", 4), kLocal("PK\x03\x04", 4), kEnd("PK\x05\x06", 4);

} // namespace

/// safety.md 2.6 and 2.7, line by line, beyond the files that WeightFileTest has.
class HostileWeightsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyOtherOperationOfPickleIsRefused_data()
    {
        QTest::addColumn<int>("opcode");
        const std::string allowed("\x80\x95(.})]t\x85\x86\x87XJKM\x8a\x8bGN\x88\x89hjqr\x94QcRbsuae\x8cUT\x8d\x93");
        for (int opcode = 0; opcode < 256; ++opcode) {
            if (allowed.find(static_cast<char>(opcode)) == std::string::npos) {
                QTest::addRow("0x%02x", static_cast<unsigned>(opcode)) << opcode;
            }
        }
    }
    void everyOtherOperationOfPickleIsRefused()
    {
        QFETCH(int, opcode);
        const std::string bad = std::string(1, static_cast<char>(opcode)) + "os\nsystem\n";
        // T1 at once, and T2: after weights that are good.
        for (const std::string& value :
            {bad + "}", good() + bad, pth::dictionary({{"weight", pth::tensor() + bad}}), pth::text("true") + bad}) {
            const QByteArray refusal = refusalOf(pth::archive(pth::pickle(value)));
            QVERIFY2(refusal.contains("no file of plain weights needs"), refusal.constData());
            QVERIFY(refusal.contains(QByteArray::number(opcode, 16).rightJustified(2, '0')));
        }
    }

    void picklesThatAskForMuchAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("code");
        const auto row = [](const char* name, const std::string& value, const char* code = "malformed") {
            QTest::newRow(name) << tests::bytes(pth::archive(pth::pickle(value))) << QByteArray(code);
        };
        const auto many = [](const std::string& text, int times) {
            std::string all;
            for (int i = 0; i < times; ++i) {
                all += text;
            }
            return all;
        };
        row("nothing on the stack", "s");
        row("nothing to reduce", "R");
        row("a tuple of nothing", "\x87");
        row("a mark that is not there", "t");
        row("a memory that is not there", "h\7");
        row("a text of 4 GB", std::string("X\xFF\xFF\xFF\xFF", 5) + "x");
        row("a number of 2 GB", std::string("\x8b\xFF\xFF\xFF\x7F", 5) + "x");
        row("a number of -1 bytes", std::string("\x8b\xFF\xFF\xFF\xFF", 5) + "x");
        row("an item of a list", "]" + pth::text("a") + pth::integer(1) + "s");
        row("an entry of a dictionary", "}" + pth::integer(1) + "a");
        row("an odd number of entries", "}(" + pth::text("a") + "u");
        row("a million marks", std::string(1000000, '('), "");
        row("a million nested tuples", ")" + many("\x85", 1000000), "");
        row("a million nested lists", many("]", 1000000) + many("a", 999999), "");
        row("ten million numbers", many("K\1", 10000000), "too-large");
        row("a list in itself", "]q\1h\1a");
        row("a dictionary in itself", "}q\1" + pth::text("a") + "h\1s");
        std::string laughs = pth::text("ha") + "q" + std::string(1, '\0'); // each level twice the one before
        for (char i = 0; i < 60; ++i) {
            laughs += std::string("h") + i + "h" + i + "\x86q" + static_cast<char>(i + 1);
        }
        row("doubled sixty times", laughs, "");
        row("a tensor among them",
            "}(" + pth::text("a") + pth::tensor() + pth::text("b") + std::string(200000, ')') + "u", "");
    }
    void picklesThatAskForMuchAreRefused()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, code);
        const QByteArray refusal = refusalOf(bytes.toStdString());
        QVERIFY2(!refusal.startsWith("none") && !refusal.startsWith("internal") && refusal.startsWith(code),
            refusal.constData());
    }

    void archivesThatLieAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("says"); // empty: it is read
        const auto row = [](const char* name, const std::string& bytes, const char* says) {
            QTest::newRow(name) << tests::bytes(bytes) << QByteArray(says);
        };
        const std::string pickled = pth::pickle(good()), archive = pth::archive(pickled);
        const auto ended
            = [&](std::size_t skip, const std::string& change) { return patched(archive, kEnd, skip, change); };
        const std::string four(4, '\xFF'), two(2, '\xFF');
        row("as it should be", archive, "");
        row("a comment of 64 kB", ended(20, two) + std::string(65535, 'c'), "");
        row("a comment cut off", ended(20, two) + std::string(65534, 'c'), "no end record");
        row("an end record in the comment", ended(20, pth::le(22, 2)) + archive.substr(archive.size() - 22), "");
        row("65535 members", ended(8, two + two), "zip64");
        row("more members than there are", ended(8, pth::le(5, 2) + pth::le(5, 2)), "ZIP");
        row("fewer members than there are", ended(8, pth::le(3, 2) + pth::le(3, 2)), "does not end where it should");
        row("a second disk", ended(4, pth::le(1, 2)), "several disks");
        row("zip64 without its record", ended(16, four), "zip64");
        row("directory behind the end", ended(16, pth::le(1U << 30U, 4)), "outside the file");
        row("size 0 for real bytes", patched(archive, kCentral, 20, pth::le(0, 8)), "checksum");
        row("more bytes than there are", patched(archive, kCentral, 20, pth::le(1U << 30U, 4) + pth::le(1U << 30U, 4)),
            "outside the file");
        row("packed and unpacked differ", patched(archive, kCentral, 24, pth::le(3, 4)), "impossible size");
        row("another checksum", patched(archive, kCentral, 16, pth::le(0, 4)), "checksum");
        row("encrypted", patched(archive, kCentral, 8, pth::le(1, 2)), "encrypted");
        row("strongly encrypted", patched(archive, kCentral, 8, pth::le(0x41, 2)), "encrypted");
        row("method 12", patched(archive, kCentral, 10, pth::le(12, 2)), "method 12");
        row("a link", patched(archive, kCentral, 38, pth::le(0xA1FF0000U, 4)), "link or a device");
        row("a device", patched(archive, kCentral, 38, pth::le(0x21B60000U, 4)), "link or a device");
        row("a header elsewhere", patched(archive, kCentral, 42, pth::le(7, 4)), "no header");
        row("another name in its header", patched(archive, "archive/data.pkl", 0, "brchive/data.pkl"), "by two names");
        for (const char* name : {"../x", "/etc/x", "a/../x", "a\\x", "C:x", "./x", "a/./x", "a//..", ""}) {
            row(qPrintable(QStringLiteral("named '%1'").arg(name)),
                pth::zip({{"archive/data.pkl", pickled}, {name, "x"}}), "name");
        }
        row("named with a zero byte", pth::zip({{"archive/data.pkl", pickled}, {std::string("a\0b", 3), "x"}}), "name");
        row("two of one name", pth::zip({{"archive/data.pkl", pickled}, {"archive/data.pkl", pickled}}), "two members");
        row("TorchScript",
            pth::zip({{"archive/data.pkl", pickled}, {"archive/constants.pkl", pickled},
                {"archive/code/__torch__.py", "import os"}}),
            "TorchScript");
        row("a folder alone", pth::zip({{"archive/", ""}}), "data.pkl");
        row("nothing", pth::zip({}), "");
        row("a tar archive",
            std::string("archive/data.pkl") + std::string(241, '\0') + "ustar" + std::string(250, '\0'), "");
        pth::Members members{{"archive/data.pkl", pickled}, {"archive/data/0", pth::fourFloats()},
            {"archive/version", "3\n"}, {"archive/byteorder", "little"}};
        for (int i = 0; i < 60000; ++i) {
            members.emplace_back("archive/x/" + std::to_string(i), "");
        }
        row("60,000 empty members", pth::zip(members), "");
    }
    void archivesThatLieAreRefused()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, says);
        const QByteArray refusal = refusalOf(bytes.toStdString());
        const bool readable = QByteArray(QTest::currentDataTag()) != "nothing"
            && QByteArray(QTest::currentDataTag()) != "a tar archive";
        QCOMPARE(refusal == "none", says.isEmpty() && readable);
        QVERIFY2(refusal.contains(says), refusal.constData());
        QVERIFY(!refusal.startsWith("internal"));
    }

    void headersThatAskForMuchAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("says"); // empty: it is read
        const auto row = [](const char* name, const std::string& bytes, const char* says) {
            QTest::newRow(name) << tests::bytes(bytes) << QByteArray(says);
        };
        const std::string f32 = R"("dtype":"F32","shape":[2],"data_offsets":[0,8]})";
        row("S2 100,000,001", pth::le(100000001, 8) + "{}", "100000001");
        row("S5 2^63", safetensors(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]}})", 8),
            "lies at");
        row("S7 overlap by half",
            safetensors(
                R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                12),
            "overlap");
        row("S7 in another order",
            safetensors(
                R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                16),
            "");
        row("S7 extra bytes", safetensors(R"({"w":{)" + f32 + "}", 8) + "extra_bogus_data_for_polyglot_file",
            "belong to no tensor");
        row("S7 empty tensors at one place",
            safetensors(
                R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]},"w":{)"
                    + f32 + "}",
                8),
            "");
        row("S8 metadata of 15 MB",
            safetensors(R"({"__metadata__":{"x":")" + std::string(15 << 20, 'x') + R"("},"w":{)" + f32 + "}", 8), "");
        row("S8 metadata of 90 MB",
            safetensors(R"({"__metadata__":{"x":")" + std::string(90 << 20, 'x') + R"("},"w":{)" + f32 + "}", 8),
            "16 MiB");
        row("S8 metadata list", safetensors(R"({"__metadata__":{"x":[]},"w":{)" + f32 + "}", 8), "list");
        row("S9 scalar", safetensors(R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4), "");
        row("S9 [2,0]", safetensors(R"({"w":{"dtype":"BF16","shape":[2,0],"data_offsets":[0,0]}})", 0), "");
        row("S9 lower case", safetensors(R"({"w":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}})", 8), "f32");
        row("S9 another type's bytes", safetensors(R"({"w":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}})", 8),
            "asks for 16");
        row("S11 name of 1 MB", safetensors("{\"" + std::string(1 << 20, 'n') + "\":{" + f32 + "}", 8), "1048576");
        row("S11 name with a path", safetensors(R"({"../../etc/x":{)" + f32 + "}", 8), ""); // a name, never a path
        row("65 dimensions",
            safetensors(R"({"w":{"dtype":"F32","shape":[1)" +
                    [] {
                        std::string ones;
                        for (int i = 0; i < 64; ++i) {
                            ones += ",1";
                        }
                        return ones;
                    }()
                    + R"(],"data_offsets":[0,4]}})",
                4),
            "64 dimensions");
    }
    void headersThatAskForMuchAreRefused()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, says);
        const QByteArray refusal = refusalOf(bytes.toStdString());
        QCOMPARE(refusal == "none", says.isEmpty());
        QVERIFY2(refusal.contains(says) && refusal.size() < 1000, refusal.constData());
    }

    /// S12. The file is cut and grown again all the while; each reading is whole, or refused.
    void filesThatChangeWhileTheyAreRead()
    {
        const QTemporaryDir folder;
        const fs::path file = fs::path(folder.path().toStdString()) / "w.safetensors";
        const std::string bytes = nn::serialiseSafetensors({{"w", at::zeros({1 << 18})}});
        base::writeFileAtomically(file, bytes);
        std::atomic<bool> stop = false;
        std::jthread changer([&] {
            while (!stop) {
                fs::resize_file(file, bytes.size() / 3);
                fs::resize_file(file, bytes.size());
            }
        });
        int read = 0, refused = 0;
        for (int i = 0; i < 200; ++i) {
            const auto error = tests::errorOf([&] { (void)nn::readSafetensors(file); });
            QVERIFY(!error || error->code() == base::ErrorCode::Malformed);
            ++(error ? refused : read);
        }
        stop = true;
        changer.join();
        QCOMPARE(read + refused, 200);
    }

    void whatIsNoFileIsNotRead_data()
    {
        QTest::addColumn<QString>("path");
        for (const char* path : {"/dev/zero", "/dev/stdin", "/proc/self", "pipe"}) {
            QTest::newRow(path) << QString(path);
        }
    }
    void whatIsNoFileIsNotRead()
    {
        QFETCH(QString, path);
        const QTemporaryDir folder;
        if (path == "pipe") {
            path = folder.filePath("w.pth");
            QCOMPARE(::mkfifo(qPrintable(path), 0600), 0);
        }
        const auto error = tests::errorOf([&] { (void)nn::readWeights(path.toStdString()); });
        QVERIFY(error && (error->code() == base::ErrorCode::Unreadable || error->code() == base::ErrorCode::Malformed));
        QCOMPARE(QString::fromStdString(error->subject()), path);
    }

    void valuesThatAreNotFiniteAreSaid_data()
    {
        QTest::addColumn<double>("value");
        QTest::newRow("finite") << 1.0;
        QTest::newRow("NaN") << std::nan("");
        QTest::newRow("infinite") << HUGE_VAL;
        QTest::newRow("beyond 32 bits") << 1e300;
    }
    void valuesThatAreNotFiniteAreSaid()
    {
        QFETCH(double, value);
        nn::ModelSpec spec = nn::defaultSpec("neuroflux_cnn");
        spec.options["conv_channels"] = 1;
        nn::WeightFile file;
        for (const auto& [name, tensor] : nn::makeClassifier(spec, 1)->state()) {
            file.tensors.emplace_back(name, tensor.detach().to(at::kDouble));
        }
        file.tensors[1].second = at::full_like(file.tensors[1].second, value);
        const auto result = nn::matchWeights(spec, file);
        QVERIFY(result.report.accepted());
        const bool said
            = std::any_of(result.report.notes.begin(), result.report.notes.end(), [&](const std::string& note) {
                  return note.find("Not all values are finite in '" + file.tensors[1].first + "'") != std::string::npos;
              });
        QCOMPARE(said, value != 1.0);
    }
};

QTEST_GUILESS_MAIN(HostileWeightsTest)
#include "HostileWeightsTest.moc"
