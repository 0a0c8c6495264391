// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"
#include "base/Error.h"
#include "nn/Parity.h"
#include "nn/Safetensors.h"

#include <QTemporaryDir>

#include <cstring>

using namespace diascope;

namespace {

/// A file with this header and data.
std::string file(const std::string& header, std::size_t dataBytes = 0, std::int64_t claimed = -1)
{
    const auto length = claimed < 0 ? static_cast<std::uint64_t>(header.size()) : static_cast<std::uint64_t>(claimed);
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + std::string(dataBytes, '\0');
}

std::string entry(const std::string& fields)
{
    return "{\"w\":{" + fields + "}}";
}

QString reasonFor(const std::string& bytes)
{
    try {
        (void)nn::parseSafetensors(bytes, "some.safetensors");
    } catch (const base::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace

class SafetensorsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyElementTypeSurvives()
    {
        nn::State tensors;
        for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kUInt16, at::kUInt32,
                                at::kUInt64, at::kBool}) {
            tensors.emplace_back(c10::toString(type), at::arange(6, at::kLong).remainder(2).reshape({2, 3}).to(type));
        }
        tensors.emplace_back("scalar", at::scalar_tensor(2.5, at::kFloat));
        tensors.emplace_back("empty", at::zeros({0, 7}));
        tensors.emplace_back("é/../x", at::arange(6, at::kFloat).reshape({2, 3}).t());
        const std::map<std::string, std::string> metadata{{"format", "pt"}, {"note", "é – \"ok\"\n"}};
        const std::string bytes = nn::serialiseSafetensors(tensors, metadata);
        const nn::TensorFile back = nn::parseSafetensors(bytes, "round trip");
        QCOMPARE(back.metadata, metadata);
        QCOMPARE(back.tensors.size(), tensors.size());
        for (const auto& [name, tensor] : tensors) {
            const at::Tensor* found = nn::find(back.tensors, name);
            QVERIFY2(found != nullptr, name.c_str());
            QCOMPARE(found->scalar_type(), tensor.scalar_type());
            QCOMPARE(found->sizes().vec(), tensor.sizes().vec());
            QVERIFY2(at::equal(found->to(at::kDouble), tensor.to(at::kDouble)), name.c_str());
        }
        std::reverse(tensors.begin(), tensors.end());
        QVERIFY(nn::serialiseSafetensors(tensors, metadata) == bytes);
    }

    void theBytesAreTheFormats()
    {
        const std::string bytes = nn::serialiseSafetensors({{"w", at::tensor({1.0F, -2.0F})}}, {});
        const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
        const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
        QCOMPARE(QByteArray::fromStdString(bytes), QByteArray::fromStdString(file(padded)) + QByteArray::fromHex("0000803f000000c0"));
        QCOMPARE(nn::tensorSection(bytes).size(), std::size_t{8});
    }

    void aHeaderLengthMayLookLikeAnotherFormat()
    {
        // The first byte is the length: 60 is '<', and 640 begins as a pickle does.
        for (const std::size_t length : {std::size_t{60}, std::size_t{640}}) {
            const std::string header = R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
            QCOMPARE(nn::parseSafetensors(file(header + std::string(length - header.size(), ' '), 1), "lookalike").tensors.size(), std::size_t{1});
        }
    }

    void whatCannotBeWrittenIsRefused()
    {
        const at::Tensor t = at::zeros({1});
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseSafetensors({{"a", t}, {"a", t}}), base::Error);
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseSafetensors({{"", t}}), base::Error);
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseSafetensors({{"__metadata__", t}}), base::Error);
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseSafetensors({{"c", at::zeros({1}, at::kComplexFloat)}}), base::Error);
        QVERIFY_EXCEPTION_THROWN((void)nn::serialiseSafetensors({{"a\xff", t}}), base::Error);
    }

    void damageIsRefusedWithAReason_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& bytes, const char* reason) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << reason;
        };
        const std::string good = R"("dtype":"F32","shape":[2,2],"data_offsets":[0,16])";
        row("S1 empty", {}, "0 bytes");
        row("S1 seven bytes", std::string(7, '\1'), "7 bytes");
        row("S2 2^64-1", file(entry(good), 16, -2).replace(0, 8, 8, '\xff'), "18446744073709551615");
        row("S2 longer than the file", file(entry(good), 16, 5000), "5000");
        row("S2 too long", file("{" + std::string(nn::kMaxSafetensorsHeader, ' ') + "}"), "16 MiB");
        row("S3 not UTF-8", file("\xff"), "start with {");
        row("S3 cut off", file("{"), "not valid JSON");
        row("S4 list", file("[1]"), "start with {");
        row("S4 leading blank", file(" {}"), "start with {");
        row("S5 shape larger than the bytes", file(entry(R"("dtype":"I32","shape":[2,2],"data_offsets":[0,4])"), 4), "asks for 16");
        row("S5 begin after end", file(entry(R"("dtype":"F32","shape":[2,2],"data_offsets":[16,0])"), 16), "lies at");
        row("S5 negative", file(entry(R"("dtype":"F32","shape":[2,2],"data_offsets":[-16,0])"), 16), "negative");
        row("S5 fraction", file(entry(R"("dtype":"F32","shape":[2,2],"data_offsets":[0,16.0])"), 16), "16.0");
        row("S5 three offsets", file(entry(R"("dtype":"F32","shape":[2,2],"data_offsets":[0,16,16])"), 16), "number");
        row("S6 overflow", file(entry(R"("dtype":"F32","shape":[2,18446744073709551614],"data_offsets":[0,16])"), 16), "larger than any file");
        row("S6 overflow to nothing", file(entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])")), "larger than any file");
        row("S6 overflow behind a zero", file(entry(R"("dtype":"F32","shape":[0,9223372036854775807,4],"data_offsets":[0,0])")), "larger than any file");
        const std::string second = R"("b":{"dtype":"F32","shape":[2,2],"data_offsets":)";
        row("S7 same bytes twice", file("{\"a\":{" + good + "}," + second + "[0,16]}}", 16), "overlap");
        row("S7 hole", file("{\"a\":{" + good + "}," + second + "[20,36]}}", 36), "hole");
        row("S7 first not at 0", file(entry(R"("dtype":"F32","shape":[2,2],"data_offsets":[4,20])"), 20), "hole");
        row("S7 rest", file(entry(good), 20), "belong to no tensor");
        row("S7 two bytes missing", file(entry(good), 14), "lies at");
        row("S8 name twice", file("{\"w\":{" + good + "},\"w\":{" + good + "}}", 16), "twice");
        row("S8 field twice", file(entry(good + R"(,"shape":[4])"), 16), "twice");
        row("S8 metadata number", file(R"({"__metadata__":{"n":1}})"), "number");
        row("S8 metadata twice", file(R"({"__metadata__":{"n":"1","n":"2"}})"), "twice");
        row("S8 two metadata", file(R"({"__metadata__":{},"__metadata__":{}})"), "twice");
        row("S9 unknown type", file(entry(R"("dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4])"), 4), "F8_E4M3");
        row("S9 truth values", file(entry(R"("dtype":"BOOL","shape":[1],"data_offsets":[0,1])")) + '\2', "truth values");
        row("S11 zero byte in a name", file("{\"a\\u0000b\":{" + good + "}}", 16), "zero byte");
        row("S11 long name", file("{\"" + std::string(5000, 'n') + "\":{" + good + "}}", 16), "5000");
        row("unknown field", file(entry(good + R"(,"x":1)"), 16), "unknown field");
        row("missing field", file(entry(R"("dtype":"F32","shape":[2,2])"), 16), "lacks");
        row("pickle", std::string("\x80\x02}q") + std::string(60, '.'), "pickle");
        row("zip", std::string("PK\x03\x04") + std::string(60, '.'), "ZIP");
    }
    void damageIsRefusedWithAReason()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const QString found = reasonFor(bytes.toStdString());
        QVERIFY2(found.contains("some.safetensors"), qPrintable(found));
        QVERIFY2(found.contains(reason), qPrintable(found));
    }

    void hugeHeadersCostLittle()
    {
        // 10^5 tensors on the same bytes: a small file that asks for a lot of memory.
        std::string header = "{";
        for (int i = 0; i < 100000; ++i) {
            header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[160000],\"data_offsets\":[0,160000]}";
        }
        const std::string bytes = file(header + "}", 160000);
        QVERIFY(reasonFor(bytes).contains("overlap"));
        QVERIFY(reasonFor(file("{\"w\":" + std::string(4000000, '['))).contains("list"));
    }

    void filesOfThePythonPackageAreReadExactly_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"plain", "metadata", "all_types", "empty_and_scalar", "no_tensors", "pretty_header"}) {
            QTest::newRow(name) << QString(name) + ".safetensors";
        }
    }
    void filesOfThePythonPackageAreReadExactly()
    {
        static const auto all = tests::parityFile("weights/weights.json");
        REQUIRE_PARITY(all);
        QFETCH(QString, name);
        const auto& golden = all[name.toStdString()];
        const nn::TensorFile found = nn::readSafetensors(tests::sharedData("parity/weights/" + name.toStdString()));
        QCOMPARE(found.tensors.size(), golden["tensors"].size());
        for (const auto& [key, expected] : golden["tensors"].items()) {
            const at::Tensor* tensor = nn::find(found.tensors, key);
            QVERIFY2(tensor != nullptr, key.c_str());
            QCOMPARE(tensor->sizes().vec(), expected["shape"].get<std::vector<std::int64_t>>());
            const at::Tensor flat = tensor->to(at::kDouble).flatten();
            for (std::size_t i = 0; i < expected["first"].size(); ++i) {
                const auto& value = expected["first"][i];
                if (value.is_number() || value.is_boolean()) {
                    QCOMPARE(flat[static_cast<std::int64_t>(i)].item<double>(), value.is_boolean() ? double(value.get<bool>()) : value.get<double>());
                }
            }
            if (expected["sum"].is_number()) {
                COMPARE_WITHIN(flat.sum(), tests::numbers(expected["sum"]), 1e-9);
            }
        }
        if (golden["metadata"].is_object()) {
            QCOMPARE(found.metadata, (golden["metadata"].get<std::map<std::string, std::string>>()));
        }
    }

    void hostileFilesAreRefused()
    {
        const auto all = tests::parityFile("weights/hostile/hostile.json");
        REQUIRE_PARITY(all);
        const auto folder = tests::sharedData("parity/weights/hostile");
        int files = 0;
        for (const auto& [name, golden] : all.items()) {
            // Whatever its name: what is no safetensors file must be refused as one.
            if (!golden.is_object()) {
                continue;
            }
            try {
                (void)nn::readSafetensors(folder / name);
                QFAIL(qPrintable("was read: " + QString::fromStdString(name)));
            } catch (const base::Error& error) {
                QVERIFY2(error.subject().find(name) != std::string::npos && !error.detail().empty(), error.what());
            }
            ++files;
        }
        QVERIFY(files >= 100);
    }

    void filesThatAreNotThereAreNamed()
    {
        QTemporaryDir folder;
        try {
            (void)nn::readSafetensors((folder.path() + "/none.safetensors").toStdString());
            QFAIL("was read");
        } catch (const base::Error& error) {
            QCOMPARE(error.code(), base::ErrorCode::NotFound);
        }
    }
};

QTEST_GUILESS_MAIN(SafetensorsTest)
#include "SafetensorsTest.moc"
