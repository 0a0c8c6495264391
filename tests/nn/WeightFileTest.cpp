// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "base/Error.h"
#include "base/Rng.h"
#include "nn/Parity.h"
#include "nn/PthBytes.h"
#include "nn/Safetensors.h"
#include "nn/WeightFile.h"
#include "nn/pth/Inflate.h"

#include <QTemporaryDir>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/resource.h>

using namespace diascope;
namespace pth = tests::pth;

namespace {

constexpr double kSecondsToRefuse = 2.0;
constexpr long kKilobytesToRefuse = 512 * 1024;

const base::Json& goldenWeights()
{
    static const base::Json file = tests::parityFile("weights/weights.json");
    return file;
}
const base::Json& goldenHostile()
{
    static const base::Json file = tests::parityFile("weights/hostile/hostile.json");
    return file;
}

void addFileRows(const base::Json& list)
{
    QTest::addColumn<QString>("file");
    if (list.empty()) {
        QTest::newRow("no reference files") << QString();
    }
    for (const auto& [name, facts] : list.items()) {
        if (facts.is_object()) {
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
    }
}

std::string typeName(at::ScalarType type)
{
    switch (type) {
    case at::kDouble: return "float64";
    case at::kFloat: return "float32";
    case at::kHalf: return "float16";
    case at::kBFloat16: return "bfloat16";
    case at::kLong: return "int64";
    case at::kInt: return "int32";
    case at::kShort: return "int16";
    case at::kChar: return "int8";
    case at::kByte: return "uint8";
    case at::kBool: return "bool";
    default: return "?";
    }
}

/// The message of the refusal; empty when the bytes were read.
QString refusalOf(const std::string& bytes)
{
    try {
        (void)nn::parseWeights(bytes, "some.pth");
    } catch (const base::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

QByteArray bytesOf(const std::string& text)
{
    return QByteArray::fromStdString(text);
}

/// Bytes flipped, set, cut, doubled and swapped at random places: what disks, networks and attackers do.
std::string mutated(const std::string& good, base::Rng& rng)
{
    std::string bytes = good;
    const std::uint64_t changes = 1 + rng.below(6);
    for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = rng.below(bytes.size());
        switch (rng.below(6)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8))); break;
        case 1: bytes[at] = static_cast<char>(rng.below(256)); break;
        case 2: bytes[at] = rng.chance(0.5) ? '\xff' : '\0'; break;
        case 3: bytes.erase(at, 1 + rng.below(9)); break;
        case 4: bytes.insert(at, bytes.substr(rng.below(bytes.size()), 1 + rng.below(16))); break;
        default: bytes.resize(at); break;
        }
    }
    return bytes;
}

/// An archive whose checksum fits its mutated pickle, so that the pickle reader sees the damage.
std::string archiveOfMutatedPickle(const std::string& dataPickle, base::Rng& rng)
{
    return pth::archive(mutated(dataPickle, rng));
}

} // namespace

class WeightFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyLayoutMetInPracticeIsReadExactly_data() { addFileRows(goldenWeights()); }
    void everyLayoutMetInPracticeIsReadExactly()
    {
        REQUIRE_PARITY(goldenWeights());
        QFETCH(QString, file);
        const auto& golden = goldenWeights()[file.toStdString()];
        const nn::WeightFile weights = nn::readWeights(tests::sharedData("parity/weights/" + file.toStdString()));
        QCOMPARE(weights.under, golden.value("under", std::string()));
        QCOMPARE(weights.stripped, golden.value("stripped", std::string()));
        QCOMPARE(weights.tensors.size(), golden.value("total_keys", golden["tensors"].size()));
        for (const auto& [name, expected] : golden["tensors"].items()) {
            const at::Tensor* tensor = nn::find(weights.tensors, name);
            QVERIFY2(tensor != nullptr, name.c_str());
            QCOMPARE(typeName(tensor->scalar_type()), expected["dtype"].get<std::string>());
            QCOMPARE(tensor->sizes().vec(), expected["shape"].get<std::vector<std::int64_t>>());
            QVERIFY(tensor->is_contiguous());
            const at::Tensor values = tensor->to(at::kDouble).flatten();
            const auto first = expected["first"].get<std::vector<double>>();
            for (std::size_t i = 0; i < first.size(); ++i) {
                QCOMPARE(values[static_cast<std::int64_t>(i)].item<double>(), first[i]);
            }
            const double sum = expected["sum"].get<double>();
            QVERIFY2(std::abs(values.sum().item<double>() - sum) <= 1e-9 * std::max(1.0, std::abs(sum)), name.c_str());
        }
        if (golden.contains("metadata") && golden["metadata"].is_object()) {
            QCOMPARE(weights.metadata, (golden["metadata"].get<std::map<std::string, std::string>>()));
        }
    }

    void everyHostileFileIsRefused_data() { addFileRows(goldenHostile()); }
    void everyHostileFileIsRefused()
    {
        REQUIRE_PARITY(goldenHostile());
        QFETCH(QString, file);
        const auto path = tests::sharedData("parity/weights/hostile/" + file.toStdString());
        QVERIFY(!path.empty());
        const QTemporaryDir folder;
        const auto before = std::filesystem::current_path();
        std::filesystem::current_path(folder.path().toStdString());
        const base::Stopwatch clock;
        QString message;
        try {
            (void)nn::readWeights(path);
        } catch (const base::Error& error) {
            message = QString::fromUtf8(error.what());
            QVERIFY2(error.code() != base::ErrorCode::Internal, error.what());
            QVERIFY(!error.detail().empty());
        }
        const double seconds = clock.seconds();
        std::filesystem::current_path(before);
        QVERIFY2(!message.isEmpty(), "it was read");
        QVERIFY2(message.contains(file), qPrintable(message));
        QVERIFY2(seconds < kSecondsToRefuse, qPrintable(QString::number(seconds)));
        QVERIFY2(std::filesystem::is_empty(folder.path().toStdString()), "something was written");
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage); // The peak of this whole program, LibTorch included.
        QVERIFY2(usage.ru_maxrss < kKilobytesToRefuse || std::getenv("DIASCOPE_SANITIZED") != nullptr, qPrintable(QString::number(usage.ru_maxrss)));
    }

    void checkpointsMadeByHandAreRead_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("under");
        QTest::addColumn<QString>("stripped");
        const std::string plain = pth::dictionary({{"weight", pth::tensor()}});
        const auto row = [](const char* name, const std::string& bytes, const char* under = "", const char* stripped = "") {
            QTest::newRow(name) << bytesOf(bytes) << under << stripped;
        };
        row("archive", pth::archive(pth::pickle(plain)));
        row("older stream", pth::stream(plain, "]" + pth::text("0") + "a", pth::le(4, 8) + pth::fourFloats()));
        row("below state_dict", pth::archive(pth::pickle(pth::dictionary({{"epoch", pth::integer(3)}, {"state_dict", plain}}))), "state_dict");
        row("averaged weights first", pth::archive(pth::pickle(pth::dictionary({{"state_dict", pth::dictionary({{"other", pth::tensor()}})}, {"state_dict_ema", plain}}))),
            "state_dict_ema");
        row("data parallel", pth::archive(pth::pickle(pth::dictionary({{"module.weight", pth::tensor()}}))), "", "module.");
        row("compiled", pth::archive(pth::pickle(pth::dictionary({{"_orig_mod.weight", pth::tensor()}}))), "", "_orig_mod.");
        row("Python 2 texts", pth::archive(pth::pickle("}U\x06weight" + pth::tensor() + "s")));
        row("Python 2 OrderedDict", pth::archive(pth::pickle(pth::call(pth::global("collections", "OrderedDict"), "](](" + pth::text("weight") + pth::tensor() + "ee"))));
        row("Parameter", pth::archive(pth::pickle(pth::dictionary(
                             {{"weight", pth::call(pth::global("torch._utils", "_rebuild_parameter"), pth::tensor() + "\x88" + pth::global("collections", "OrderedDict") + ")R")}}))));
    }
    void checkpointsMadeByHandAreRead()
    {
        QFETCH(QByteArray, bytes);
        const nn::WeightFile file = nn::parseWeights(bytes.toStdString(), "some.pth");
        QTEST(QString::fromStdString(file.under), "under");
        QTEST(QString::fromStdString(file.stripped), "stripped");
        QCOMPARE(file.tensors.size(), std::size_t{1});
        QCOMPARE(file.tensors[0].first, std::string("weight"));
        QVERIFY(at::equal(file.tensors[0].second, at::arange(1, 5, at::kFloat).reshape({2, 2})));
    }

    void viewsOfOneStorageAreIndependent()
    {
        const pth::View transposed{.offset = 0, .shape = {2, 2}, .stride = {1, 2}, .storage = {}};
        const nn::WeightFile file = nn::parseWeights(pth::archive(pth::pickle(pth::dictionary({{"a", pth::tensor()}, {"b", pth::tensor()}, {"t", pth::tensor(transposed)}}))), "views");
        QVERIFY(at::equal(file.tensors[2].second, at::arange(1, 5, at::kFloat).reshape({2, 2}).t()));
        file.tensors[0].second.zero_();
        QVERIFY(at::equal(file.tensors[1].second, at::arange(1, 5, at::kFloat).reshape({2, 2})));
    }

    void whatIsNotPlainTensorsIsRefusedWithAReason_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& bytes, const char* reason) { QTest::newRow(name) << bytesOf(bytes) << reason; };
        const auto value = [](const std::string& v) { return pth::archive(pth::pickle(pth::dictionary({{"weight", v}}))); };
        row("a call", value(pth::call(pth::global("os", "system"), pth::text("true"))), "os.system");
        row("a class", value(pth::global("models", "Net")), "models.Net");
        row("a storage called", value(pth::call(pth::global("torch", "FloatStorage"), pth::integer(4))), "not a function");
        row("another torch function", value(pth::call(pth::global("torch", "load"), pth::text("x"))), "torch.load");
        row("an attribute", pth::archive(pth::pickle(pth::dictionary({{"weight", pth::tensor()}}) + "}" + pth::text("__class__") + pth::integer(1) + "sb")), "attributes");
        row("outside its storage", value(pth::tensor({.offset = 1, .storage = {}})), "reaches outside");
        row("outside by its stride", value(pth::tensor({.stride = {1LL << 62, 1}, .storage = {}})), "reaches outside");
        row("negative stride", value(pth::tensor({.stride = {-2, 1}, .storage = {}})), "from 0 up");
        row("a shape of 2^80", value(pth::tensor({.shape = {1LL << 40, 1LL << 40}, .stride = {0, 0}, .storage = {}})), "larger than any file");
        row("repeated without end", value(pth::tensor({.shape = {1LL << 40, 4}, .stride = {0, 1}, .storage = {}})), "more than four times");
        row("storage that is not there", value(pth::tensor({.storage = {.key = "7"}})), "is not in it");
        row("storage by a path", value(pth::tensor({.storage = {.key = "../0"}})), "plain name");
        row("storage of another size", value(pth::tensor({.storage = {.count = 5}})), "count on 5");
        row("two sizes for one storage",
            pth::archive(pth::pickle(pth::dictionary({{"a", pth::tensor()}, {"b", pth::tensor({.storage = {.type = "DoubleStorage"}})}}))), "contradict");
        row("two tensors of one name", pth::archive(pth::pickle(pth::dictionary({{"a", pth::tensor()}, {"a", pth::tensor()}}))), "stands twice");
        row("no tensor", value(pth::integer(1)), "no tensor");
        row("cut off", pth::archive(pth::pickle(pth::dictionary({{"weight", pth::tensor()}})).substr(0, 60)), "cut off");
        row("two folders", pth::zip({{"a/data.pkl", pth::pickle("}")}, {"b/data.pkl", pth::pickle("}")}}), "one folder");
        row("climbing", pth::zip({{"../data.pkl", pth::pickle("}")}}), "climbs");
        row("a bare pickle", pth::pickle("}"), "pickle");
        row("stream with a rest", pth::stream(pth::dictionary({{"weight", pth::tensor()}}), "]" + pth::text("0") + "a", pth::le(4, 8) + pth::fourFloats() + "x"), "belong to no storage");
        row("truth values", pth::archive(pth::pickle(pth::dictionary({{"weight", pth::tensor({.storage = {.type = "BoolStorage"}})}})), std::string("\1\0\2\0", 4)), "truth values");
    }
    void whatIsNotPlainTensorsIsRefusedWithAReason()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const QString message = refusalOf(bytes.toStdString());
        QVERIFY2(message.contains(QLatin1String("some.pth")) && message.contains(reason), qPrintable(message));
    }

    void deflateStreamsUnpack_data()
    {
        QTest::addColumn<QByteArray>("packed");
        QTest::addColumn<QByteArray>("expected");
        QByteArray layers;
        for (int i = 0; i < 40; ++i) {
            layers += QStringLiteral("layer%1.bn%2.weight ").arg(i % 7).arg(i % 3).toLatin1();
        }
        // Made with zlib (raw deflate, window 15).
        QTest::newRow("stored") << QByteArray::fromHex("010300fcff616263") << QByteArray("abc");
        QTest::newRow("fixed codes") << QByteArray::fromHex("cb48cdc9c957c8409000") << QByteArray("hello hello hello");
        QTest::newRow("own codes") << QByteArray::fromHex("edd0310a80301000c1aff882707749ee3f0a4185904204f1f7c6326c6b69bb30cdd6f92e8784a549b8cabe6ee754dfa2bde850ac171b4"
                                                         "a844a5019caa1044aa10c2a4225a80ce55002a5500615a112548672a8fffcc7e71f")
                                   << layers;
        QTest::newRow("nothing") << QByteArray::fromHex("0300") << QByteArray();
    }
    void deflateStreamsUnpack()
    {
        QFETCH(QByteArray, packed);
        QFETCH(QByteArray, expected);
        const auto size = static_cast<std::size_t>(expected.size());
        QCOMPARE(bytesOf(nn::inflated(packed.toStdString(), size, "file", "member")), expected);
        // Neither more nor fewer bytes than were promised, and no part of it.
        QVERIFY_EXCEPTION_THROWN((void)nn::inflated(packed.toStdString(), size + 1, "file", "member"), base::Error);
        if (size > 0) {
            QVERIFY_EXCEPTION_THROWN((void)nn::inflated(packed.toStdString(), size - 1, "file", "member"), base::Error);
        }
        for (qsizetype cut = 0; cut < packed.size(); ++cut) {
            QVERIFY_EXCEPTION_THROWN((void)nn::inflated(packed.left(cut).toStdString(), size, "file", "member"), base::Error);
        }
    }

    void aPackageGivesItsFirstMember()
    {
        const nn::State tensors{{"members.0.fc.bias", at::ones({2})}, {"members.1.fc.bias", at::zeros({2})}, {"testVectors.logits", at::zeros({1, 2})}};
        const nn::WeightFile file = nn::parseWeights(nn::serialiseSafetensors(tensors, {{"diascope", "{}"}}), "package");
        QCOMPARE(file.under, std::string("members.0"));
        QCOMPARE(file.tensors.size(), std::size_t{1});
        QCOMPARE(file.tensors[0].first, std::string("fc.bias"));
        QVERIFY(at::equal(file.tensors[0].second, at::ones({2})));
        QCOMPARE(file.notes.size(), std::size_t{1});
    }

    /// Short here; `DIASCOPE_FUZZ` (label fuzz) says how many rounds the long form takes.
    void mutatedFilesNeverCrash()
    {
        const std::string nested = pth::dictionary({{"epoch", pth::integer(3)}, {"state_dict", pth::dictionary({{"a.weight", pth::tensor()}, {"b", pth::tensor()}})}});
        const std::string good = pth::pickle(nested);
        std::vector<std::string> seeds{pth::archive(good), pth::stream(nested, "]" + pth::text("0") + "a", pth::le(4, 8) + pth::fourFloats()),
                                       nn::serialiseSafetensors({{"weight", at::ones({2, 2})}, {"count", at::zeros({}, at::kLong)}}, {{"format", "pt"}})};
        if (const auto folder = tests::sharedData("parity/weights"); !folder.empty()) {
            for (const char* name : {"zip_deflated.pth", "zip_protocol4.pth", "training_checkpoint.pth", "legacy_layouts.pth", "layouts.pth", "parameter_values.pth", "all_types.safetensors"}) {
                seeds.push_back(base::readFile(folder / name));
            }
        }
        const char* wanted = std::getenv("DIASCOPE_FUZZ");
        const int rounds = wanted != nullptr ? std::atoi(wanted) : 200;
        auto rng = base::Rng::stream(17, "mutated weight files");
        int refused = 0, read = 0;
        for (int round = 0; round < rounds; ++round) {
            std::vector<std::string> files{archiveOfMutatedPickle(good, rng)};
            for (const auto& seed : seeds) {
                files.push_back(mutated(seed, rng));
            }
            for (const auto& bytes : files) {
                try {
                    const auto weights = nn::parseWeights(bytes, "mutated");
                    for (const auto& [name, tensor] : weights.tensors) {
                        (void)tensor.to(at::kDouble).sum().item<double>(); // Every number must be there to be read.
                    }
                    ++read;
                } catch (const base::Error& error) {
                    QVERIFY2(error.code() != base::ErrorCode::Internal, error.what());
                    ++refused;
                }
            }
        }
        QVERIFY(refused > rounds);
        QVERIFY(read > 0); // Some changes hit numbers or unused bytes: those files are as good as before.
    }
};

QTEST_GUILESS_MAIN(WeightFileTest)
#include "WeightFileTest.moc"
