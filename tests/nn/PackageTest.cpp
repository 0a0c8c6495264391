// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Hash.h"
#include "nn/Formula.h"
#include "nn/PackageFile.h"
#include "nn/PackageSeal.h"
#include "nn/Parity.h"
#include "nn/Safetensors.h"

#include <QTemporaryDir>

using namespace diascope;

namespace {

/// The smallest network there is, with two members.
nn::PackageManifest smallManifest()
{
    nn::PackageManifest manifest;
    manifest.name = "small";
    manifest.version = "1.2";
    manifest.created = "2026-01-31T12:00:00Z";
    manifest.modelSpec = nn::defaultSpec("neuroflux_cnn");
    manifest.modelSpec.options["conv_channels"] = 1;
    manifest.modelSpec.outputs = 3;
    manifest.preprocess = base::Json::array({{{"op", "rgb"}}});
    manifest.classes = {"Cyst", "Normal", "Stone"};
    manifest.output = "softmax";
    manifest.threshold = 0.25;
    manifest.calibration = {"temperature", 1.75};
    manifest.trainedOn = "Formula images.";
    manifest.provenance = {"diascope-cli train", "model: small\n", 18446744073709551615ULL, "test", "00"};
    manifest.figures = {{"auc", {{"value", 0.5}}}};
    return manifest;
}

std::vector<nn::State> smallMembers(int count = 2)
{
    std::vector<nn::State> members;
    for (int k = 0; k < count; ++k) {
        members.push_back(nn::makeClassifier(smallManifest().modelSpec, static_cast<std::uint64_t>(k))->state());
    }
    return members;
}

nn::TestVectors smallVectors()
{
    return {{at::arange(24, at::kByte).reshape({2, 4, 3}), at::zeros({3, 3, 1}, at::kShort)}, at::tensor({1.0F, 2.0F, 3.0F, -1.0F, 0.0F, 0.5F}).reshape({2, 3})};
}

const std::string& smallPackage()
{
    static const std::string bytes = nn::serialisePackage(smallManifest(), smallMembers(), smallVectors());
    return bytes;
}

/// The package with another manifest, sealed again as someone with bad intent would.
std::string forged(const std::function<void(base::Json&)>& change)
{
    nn::TensorFile file = nn::parseSafetensors(smallPackage(), "small");
    base::Json manifest = base::parseJson(file.metadata["diascope"], "manifest");
    change(manifest);
    return nn::sealed(nn::serialiseSafetensors(file.tensors, {{"diascope", manifest.dump()}, {"diascope.sha256", nn::blankSeal()}}));
}

base::Error errorOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const base::Error& error) {
        return error;
    }
    return {base::ErrorCode::Internal, "nothing was thrown", ""};
}

base::Error refusal(const std::string& bytes)
{
    return errorOf([&] { (void)nn::parsePackage(bytes, "some.safetensors"); });
}

} // namespace

class PackageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPackageComesBackWhole()
    {
        QTemporaryDir folder;
        const std::string path = (folder.path() + "/p.safetensors").toStdString();
        const std::string hash = nn::writePackage(path, smallManifest(), smallMembers(), smallVectors());
        const nn::PackageFile package = nn::readPackage(path);
        QCOMPARE(package.sha256, hash);
        QCOMPARE(package.sha256, base::sha256OfFile(path));
        QVERIFY(package.warnings.empty());
        nn::PackageManifest expected = smallManifest();
        expected.members = 2;
        expected.schemaVersion = 1; // nothing in it that older programs do not know
        expected.tensorsSha256 = package.manifest.tensorsSha256;
        QCOMPARE(QString::fromStdString(nn::toJson(package.manifest).dump()), QString::fromStdString(nn::toJson(expected).dump()));
        QCOMPARE(package.members.size(), std::size_t{2});
        QCOMPARE(package.testVectors.sources.size(), std::size_t{2});
        QVERIFY(at::equal(package.testVectors.sources[0], smallVectors().sources[0]));
        QVERIFY(at::equal(package.testVectors.sources[1], smallVectors().sources[1]));
        QVERIFY(at::equal(package.testVectors.logits, smallVectors().logits));
        const auto members = smallMembers();
        for (std::size_t k = 0; k < 2; ++k) {
            const auto model = nn::makeMember(package, k);
            QVERIFY(!model->isTraining());
            for (const auto& [name, tensor] : members[k]) {
                QVERIFY(at::equal(*nn::find(package.members[k], name), tensor));
                const nn::State state = model->state();
                QVERIFY(at::equal(*nn::find(state, name), tensor));
            }
        }
        QCOMPARE(errorOf([&] { (void)nn::makeMember(package, 2); }).code(), base::ErrorCode::Usage);
    }

    void theSameInputGivesTheSameBytes() { QVERIFY(nn::serialisePackage(smallManifest(), smallMembers(), smallVectors()) == smallPackage()); }

    void everyFlippedBitOfTheHeaderIsRefused()
    {
        const std::string& good = smallPackage();
        const std::size_t head = good.size() - nn::tensorSection(good).size();
        for (std::size_t i = 0; i < head; ++i) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
            QVERIFY2(refusal(bad).subject() == "some.safetensors", qPrintable(QStringLiteral("byte %1 of %2").arg(i).arg(head)));
        }
    }

    void flippedBitsOfTheWeightsAreRefused()
    {
        const std::string& good = smallPackage();
        const std::size_t head = good.size() - nn::tensorSection(good).size();
        for (std::size_t i = head; i < good.size(); i += (good.size() - head) / 53) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1);
            QCOMPARE(refusal(bad).code(), base::ErrorCode::Malformed);
        }
        std::string last = good;
        last.back() = static_cast<char>(last.back() ^ 0x80);
        QCOMPARE(refusal(last).code(), base::ErrorCode::Malformed);
    }

    void cutOffPackagesAreRefused()
    {
        for (const std::size_t keep : {std::size_t{0}, std::size_t{7}, std::size_t{100}, smallPackage().size() / 2, smallPackage().size() - 1}) {
            QCOMPARE(refusal(smallPackage().substr(0, keep)).code(), base::ErrorCode::Malformed);
        }
        QCOMPARE(refusal(smallPackage() + "x").code(), base::ErrorCode::Malformed);
    }

    void plainWeightsAreNoPackage()
    {
        const auto error = refusal(nn::serialiseSafetensors(smallMembers()[0]));
        QCOMPARE(error.code(), base::ErrorCode::Malformed);
        QVERIFY2(error.detail().find("manifest") != std::string::npos, error.what());
    }

    void badManifestsAreRefusedByName_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("named");
        QTest::newRow("newer") << "/schemaVersion" << "4" << "unsupported" << "Update Diascope";
        QTest::newRow("version 0") << "/schemaVersion" << "0" << "plan" << "schemaVersion";
        QTest::newRow("unknown key") << "/treshold" << "0.5" << "plan" << "threshold";
        QTest::newRow("unknown key within") << "/provenance/sede" << "1" << "plan" << "seed";
        QTest::newRow("too few classes") << "/classes" << R"(["Cyst","Normal"])" << "mismatch" << "2 classes (Cyst, Normal) for 3 outputs";
        QTest::newRow("sigmoid") << "/output" << R"("sigmoid")" << "mismatch" << "3 outputs with sigmoid";
        QTest::newRow("class twice") << "/classes" << R"(["Cyst","Cyst","Stone"])" << "plan" << "twice";
        QTest::newRow("positive class") << "/positiveClass" << R"("Tumor")" << "plan" << "Tumor";
        QTest::newRow("threshold") << "/threshold" << "1.5" << "plan" << "threshold";
        QTest::newRow("threshold null") << "/threshold" << "null" << "plan" << "threshold";
        QTest::newRow("temperature") << "/calibration/temperature" << "0" << "plan" << "calibration";
        QTest::newRow("calibration") << "/calibration/method" << R"("platt")" << "plan" << "platt";
        QTest::newRow("no preprocessing") << "/preprocess" << "null" << "plan" << "preprocess";
        QTest::newRow("no name") << "/name" << R"("")" << "plan" << "name";
        QTest::newRow("architecture") << "/modelSpec/architecture" << R"("resnet51")" << "plan" << "resnet50";
        QTest::newRow("other network") << "/modelSpec/options/conv_channels" << "2" << "mismatch" << "member 1: 'conv1.weight' has shape [1,3,3,3], the network wants [2,3,3,3]";
        QTest::newRow("members") << "/members" << "1" << "mismatch" << "members.1.";
        QTest::newRow("more members") << "/members" << "3" << "mismatch" << "member 2: missing 'conv1.weight'";
        QTest::newRow("hash of the weights") << "/tensorsSha256" << R"("00")" << "malformed" << "SHA-256";
    }
    void badManifestsAreRefusedByName()
    {
        QFETCH(QString, path);
        QFETCH(QString, value);
        QFETCH(QString, code);
        QFETCH(QString, named);
        const auto error = refusal(forged([&](base::Json& manifest) {
            manifest[base::Json::json_pointer(path.toStdString())] = base::parseJson(value.toStdString(), "value");
        }));
        QCOMPARE(QString::fromStdString(std::string(base::name(error.code()))), code);
        QVERIFY2(QString::fromUtf8(error.what()).contains(named), error.what());
        QVERIFY2(QString::fromUtf8(error.what()).contains("some.safetensors"), error.what());
    }

    void everyManifestKeyMustBeThere()
    {
        const base::Json whole = nn::toJson(smallManifest());
        for (const auto& [key, value] : whole.items()) {
            if (key == "ttaViews") {
                continue; // packages from before it have one view
            }
            const auto error = refusal(forged([&](base::Json& manifest) { manifest.erase(key); }));
            QCOMPARE(error.code(), base::ErrorCode::Plan);
            QVERIFY2(std::string(error.what()).find(key) != std::string::npos, error.what());
        }
    }

    void forgingWithoutAChangeIsAccepted() { QCOMPARE(nn::parsePackage(forged([](base::Json&) {}), "same").sha256, base::sha256Hex(smallPackage())); }

    void writingChecksTheSame()
    {
        const auto code = [](const nn::PackageManifest& manifest, const std::vector<nn::State>& members, const nn::TestVectors& vectors) {
            return errorOf([&] { (void)nn::serialisePackage(manifest, members, vectors); }).code();
        };
        nn::PackageManifest manifest = smallManifest();
        manifest.classes.pop_back();
        QCOMPARE(code(manifest, smallMembers(), smallVectors()), base::ErrorCode::Mismatch);
        QCOMPARE(code(smallManifest(), {}, smallVectors()), base::ErrorCode::Plan);
        auto members = smallMembers();
        members[1].pop_back();
        QCOMPARE(code(smallManifest(), members, smallVectors()), base::ErrorCode::Mismatch);
        nn::TestVectors vectors = smallVectors();
        vectors.sources.pop_back();
        QCOMPARE(code(smallManifest(), smallMembers(), vectors), base::ErrorCode::Mismatch);
        vectors = smallVectors();
        vectors.sources[0] = at::zeros({2, 2, 3});
        QCOMPARE(code(smallManifest(), smallMembers(), vectors), base::ErrorCode::Mismatch);
    }

    void whatIsLegalButOddIsSaid()
    {
        auto members = smallMembers(1);
        members[0][1].second = at::full_like(members[0][1].second, std::nan(""));
        const auto package = nn::parsePackage(nn::serialisePackage(smallManifest(), members, {}), "odd");
        QCOMPARE(package.warnings.size(), std::size_t{2});
        QVERIFY(package.warnings[0].find("'conv1.bias'") != std::string::npos);
    }

    void textsThatAreNotUtf8DoNotCostThePackage()
    {
        nn::PackageManifest manifest = smallManifest();
        manifest.provenance.command = "diascope-cli train caf\xe9";
        const auto package = nn::parsePackage(nn::serialisePackage(manifest, smallMembers(1), smallVectors()), "latin");
        QCOMPARE(package.manifest.provenance.command, std::string("diascope-cli train caf\xef\xbf\xbd"));
    }

    void aBinaryPackageNamesItsPositiveClass()
    {
        nn::PackageManifest manifest = smallManifest();
        manifest.modelSpec = nn::defaultSpec("renalnet");
        manifest.modelSpec.hidden = 4;
        manifest.classes = {"Normal", "RenalFailure"};
        manifest.output = "sigmoid";
        manifest.positiveClass = "RenalFailure";
        const auto state = nn::makeClassifier(manifest.modelSpec)->state();
        const auto package = nn::parsePackage(nn::serialisePackage(manifest, {state}, {}), "binary");
        QCOMPARE(package.manifest.positiveClass, std::string("RenalFailure"));
        manifest.positiveClass = "Normal";
        QCOMPARE(errorOf([&] { (void)nn::serialisePackage(manifest, {state}, {}); }).code(), base::ErrorCode::Plan);
    }
};

QTEST_GUILESS_MAIN(PackageTest)
#include "PackageTest.moc"
