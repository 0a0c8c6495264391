// SPDX-License-Identifier: GPL-3.0-or-later
// dvc.lock: hashes as DVC makes them, and stages that are skipped when nothing they depend on has changed.
#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "runs/ContentHash.h"
#include "runs/Md5.h"
#include "runs/StageLock.h"
#include "support/ErrorOf.h"

#include <QCryptographicHash>
#include <QTemporaryDir>
#include <memory>

using namespace diascope;
using runs::Stage;
using runs::StageLock;
namespace fs = std::filesystem;

namespace {

/// As DVC itself writes it: the lock file of the kidney CT template, its first two stages.
constexpr const char* kPublishedLock = "schema: '2.0'\n"
                                       "stages:\n"
                                       "  data_ingestion:\n"
                                       "    cmd: python src/cnnClassifier/pipeline/stage_01_data_ingestion.py\n"
                                       "    deps:\n"
                                       "    - path: config/config.yaml\n"
                                       "      hash: md5\n"
                                       "      md5: b4b65d6956da078d7e0a360eb4018eac\n"
                                       "      size: 588\n"
                                       "    outs:\n"
                                       "    - path: artifacts/data_ingestion/kidney-ct-scan-image\n"
                                       "      hash: md5\n"
                                       "      md5: 33ed59dbe5dec8ce2bb8e489b55203e4.dir\n"
                                       "      size: 58936381\n"
                                       "      nfiles: 465\n"
                                       "  prepare_base_model:\n"
                                       "    cmd: python src/cnnClassifier/pipeline/stage_02_prepare_base_model.py\n"
                                       "    deps:\n"
                                       "    - path: config/config.yaml\n"
                                       "      hash: md5\n"
                                       "      md5: b4b65d6956da078d7e0a360eb4018eac\n"
                                       "      size: 588\n"
                                       "    params:\n"
                                       "      params.yaml:\n"
                                       "        IMAGE_SIZE:\n"
                                       "        - 224\n"
                                       "        - 224\n"
                                       "        - 3\n"
                                       "        INCLUDE_TOP: false\n"
                                       "        LEARNING_RATE: 0.01\n"
                                       "    outs:\n"
                                       "    - path: artifacts/prepare_base_model\n"
                                       "      hash: md5\n"
                                       "      md5: db5e77fa73dd4d15cf5a783646457181.dir\n"
                                       "      size: 118054560\n"
                                       "      nfiles: 2\n";

} // namespace

class TestStages : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString());
        write("plan.yaml", "epochs: 30\n");
        write("data/a.png", "picture a");
        write("data/sub/b.png", "picture b");
        m_worked = 0;
        m_stage = {.name = "store",
            .command = "diascope-cli train --plan plan.yaml",
            .inputs = {"data", "plan.yaml"},
            .parameters = {{"plan.yaml", "preprocess.size", "[224, 224]"}, {"plan.yaml", "training.rate", "0.001"}},
            .outputs = {"store.bin"}};
    }

    void md5OfRfc1321_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("hash");
        QTest::newRow("nothing") << QByteArray() << QByteArray("d41d8cd98f00b204e9800998ecf8427e");
        QTest::newRow("a") << QByteArray("a") << QByteArray("0cc175b9c0f1b6a831c399e269772661");
        QTest::newRow("abc") << QByteArray("abc") << QByteArray("900150983cd24fb0d6963f7d28e17f72");
        QTest::newRow("message digest") << QByteArray("message digest")
                                        << QByteArray("f96b697d7cb7938d525a2f31aaf161d0");
        QTest::newRow("alphabet") << QByteArray("abcdefghijklmnopqrstuvwxyz")
                                  << QByteArray("c3fcd3d76192e4007dfb496cca67e13b");
        QTest::newRow("letters and digits")
            << QByteArray("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
            << QByteArray("d174ab98d277d9f5a5611c2c9f419d9f");
        QTest::newRow("80 digits") << QByteArray("1234567890").repeated(8)
                                   << QByteArray("57edf4a22be3c955ac49da2e2107b67a");
    }
    void md5OfRfc1321()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, hash);
        QCOMPARE(tests::bytes(runs::md5Hex(text.toStdString())), hash);
    }

    void md5OfEveryLengthInPieces()
    {
        for (int length = 0; length < 300; ++length) {
            const std::string text(static_cast<std::size_t>(length), static_cast<char>('a' + length % 26));
            runs::Md5 hash;
            for (std::size_t begin = 0; begin < text.size(); begin += 37) {
                hash.update(std::string_view(text).substr(begin, 37));
            }
            QCOMPARE(tests::bytes(hash.hex()),
                QCryptographicHash::hash(tests::bytes(text), QCryptographicHash::Md5).toHex());
        }
    }

    /// Values of dvc-data's own tests (tests/index/conftest.py), and DVC's well-known empty folder.
    void hashesOfDvc()
    {
        write("foo", "foo\n");
        write("two/bar", "bar\n");
        write("two/baz", "baz\n");
        fs::create_directory(m_folder / "empty");
        QVERIFY((hash("foo") == runs::ContentHash{"d3b07384d113edec49eaa6238ad5ff00", 4, {}}));
        QVERIFY((hash("two") == runs::ContentHash{"1f69c66028c35037e8bf67e5bc4ceb6a.dir", 8, 2}));
        QVERIFY((hash("empty") == runs::ContentHash{"d751713988987e9331980363e24189ce.dir", 0, 0}));
        QVERIFY(!runs::contentHash(m_folder / "none"));
    }

    /// json.dumps of Python: other letters than ASCII as \uXXXX, '"' and '\' escaped; paths sorted as texts, not folder
    /// by folder.
    void foldersWithOddNames()
    {
        write("odd/a/x", "1");
        write("odd/a-b", "2");
        write("odd/\xC3\xA4\xF0\x9F\xA9\xBB\"", "3");
        write("odd/.git/config", "not content");
        const std::string list
            = "[{\"md5\": \"c81e728d9d4c2f636f067f89cc14862c\", \"relpath\": \"a-b\"}, "
              "{\"md5\": \"c4ca4238a0b923820dcc509a6f75849b\", \"relpath\": \"a/x\"}, "
              "{\"md5\": \"eccbc87e4b5ce2fe28308fd9f2a7baf3\", \"relpath\": \"\\u00e4\\ud83e\\ude7b\\\"\"}]";
        QVERIFY((hash("odd") == runs::ContentHash{runs::md5Hex(list) + ".dir", 3, 3}));
    }

    void hashingStopsOnRequest()
    {
        std::stop_source source;
        source.request_stop();
        QCOMPARE(
            tests::codeName(tests::errorOf([&] { (void)runs::contentHash(m_folder / "data", source.get_token()); })),
            "stopped");
    }

    void stageRunsOnceAndIsThenSkipped()
    {
        QCOMPARE(perform(), std::string("Stage 'store' runs: nothing is recorded of an earlier time."));
        QCOMPARE(perform(),
            std::string("Stage 'store' is skipped: 2 inputs and 2 parameters have not changed, 1 output is intact."));
        QCOMPARE(m_worked, 1);
    }

    void recordIsDvcsOwn()
    {
        perform();
        const base::Json lock = base::parseYaml(base::readFile(m_folder / "dvc.lock"), "dvc.lock");
        QVERIFY(lock["schema"] == base::Json("2.0"));
        const base::Json& stage = lock["stages"]["store"];
        QVERIFY(stage["cmd"] == base::Json("diascope-cli train --plan plan.yaml"));
        const auto data = hash("data");
        QVERIFY(stage["deps"][0]
            == base::Json({{"path", "data"}, {"hash", "md5"}, {"md5", data.md5}, {"size", 18}, {"nfiles", 2}}));
        QVERIFY(stage["deps"][1]
            == base::Json({{"path", "plan.yaml"}, {"hash", "md5"}, {"md5", hash("plan.yaml").md5}, {"size", 11}}));
        QVERIFY(stage["params"]["plan.yaml"]["preprocess.size"] == base::Json({224, 224}));
        QVERIFY(stage["outs"][0]["path"] == base::Json("store.bin"));
    }

    void everyChangeIsNamed_data()
    {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("input") << "write plan.yaml"
                               << "Stage 'store' runs: input plan.yaml has changed.";
        QTest::newRow("file in a folder") << "write data/sub/b.png"
                                          << "Stage 'store' runs: input data has changed.";
        QTest::newRow("new file in a folder") << "write data/c.png"
                                              << "Stage 'store' runs: input data has changed.";
        QTest::newRow("output damaged") << "write store.bin"
                                        << "Stage 'store' runs: output store.bin has changed.";
        QTest::newRow("output gone") << "remove store.bin"
                                     << "Stage 'store' runs: output store.bin is missing.";
        QTest::newRow("parameter") << "rate 0.01"
                                   << "Stage 'store' runs: parameter training.rate was 0.001 and is 0.01.";
        QTest::newRow("parameter, other text")
            << "rate 1e-3"
            << "Stage 'store' is skipped: 2 inputs and 2 parameters have not changed, 1 output is intact.";
        QTest::newRow("parameter gone") << "norate"
                                        << "Stage 'store' runs: parameter training.rate is no longer one.";
        QTest::newRow("command") << "command"
                                 << "Stage 'store' runs: its command has changed.";
        QTest::newRow("input gone") << "noinput"
                                    << "Stage 'store' runs: input plan.yaml is no longer one.";
        QTest::newRow("new input") << "input store.bin"
                                   << "Stage 'store' runs: input store.bin is new.";
    }
    void everyChangeIsNamed()
    {
        QFETCH(QString, change);
        QFETCH(QString, sentence);
        perform();
        const QString what = change.section(' ', 1);
        if (change.startsWith("write")) {
            write(what.toStdString(), "changed");
        } else if (change.startsWith("remove")) {
            fs::remove(m_folder / what.toStdString());
        } else if (change.startsWith("rate")) {
            m_stage.parameters[1].json = what.toStdString();
        } else if (change == "norate") {
            m_stage.parameters.pop_back();
        } else if (change == "command") {
            m_stage.command += " --quiet";
        } else if (change == "noinput") {
            m_stage.inputs.pop_back();
        } else {
            m_stage.inputs.push_back(what.toStdString());
        }
        QCOMPARE(QString::fromStdString(perform()), sentence);
        QVERIFY(perform().find("is skipped") != std::string::npos); // what was done is recorded
    }

    void inputChangedWhileTheStageRuns()
    {
        StageLock lock(m_folder / "dvc.lock");
        lock.perform(m_stage, {}, [&] {
            write("store.bin", "made of the old plan");
            write("plan.yaml", "epochs: 31\n");
        });
        QCOMPARE(StageLock(m_folder / "dvc.lock").before(m_stage).reasons,
            std::vector<std::string>{"input plan.yaml has changed"});
    }

    void stageThatFailsIsNotRecorded()
    {
        StageLock lock(m_folder / "dvc.lock");
        const auto error = tests::errorOf([&] {
            lock.perform(m_stage, {}, [] { throw base::Error(base::ErrorCode::DiskFull, "store.bin", "no room"); });
        });
        QCOMPARE(tests::codeName(error), "disk-full");
        QVERIFY(!fs::exists(m_folder / "dvc.lock"));
        const auto missing = tests::errorOf([&] { lock.perform(m_stage, {}, [] {}); });
        QCOMPARE(tests::codeName(missing), "not-found");
        QVERIFY2(QByteArray(missing->what()).contains("should have made it"), missing->what());
        QVERIFY(!fs::exists(m_folder / "dvc.lock"));
    }

    void whatACallerGetsWrong()
    {
        StageLock lock(m_folder / "dvc.lock");
        QCOMPARE(tests::codeName(tests::errorOf([&] { lock.after(m_stage); })), "internal");
        m_stage.parameters[0].json = "{";
        QCOMPARE(tests::codeName(tests::errorOf([&] { (void)lock.before(m_stage); })), "plan");
        m_stage.inputs.emplace_back("none");
        const auto missing = tests::errorOf([&] { (void)lock.before(m_stage); });
        QCOMPARE(tests::codeName(missing), "not-found");
        QVERIFY2(QByteArray(missing->what()).contains("stage 'store' needs it"), missing->what());
    }

    void stagesOfOthersAreKept()
    {
        write("dvc.lock", kPublishedLock);
        perform();
        const base::Json before = base::parseYaml(kPublishedLock, "published");
        const base::Json lock = base::parseYaml(base::readFile(m_folder / "dvc.lock"), "dvc.lock");
        QVERIFY(lock["stages"]["data_ingestion"] == before["stages"]["data_ingestion"]);
        QVERIFY(lock["stages"]["prepare_base_model"] == before["stages"]["prepare_base_model"]);
        QVERIFY(lock["stages"].contains("store"));
    }

    void publishedLockIsUnderstood()
    {
        write("dvc.lock", kPublishedLock);
        write("config/config.yaml", "another one");
        const Stage stage{.name = "prepare_base_model",
            .command = "python src/cnnClassifier/pipeline/stage_02_prepare_base_model.py",
            .inputs = {"config/config.yaml"},
            .parameters = {{"params.yaml", "IMAGE_SIZE", "[224, 224, 3]"}, {"params.yaml", "INCLUDE_TOP", "false"},
                {"params.yaml", "LEARNING_RATE", "0.02"}},
            .outputs = {"artifacts/prepare_base_model"}};
        QCOMPARE(StageLock(m_folder / "dvc.lock").before(stage).reasons,
            (std::vector<std::string>{
                "input config/config.yaml has changed", "parameter LEARNING_RATE was 0.01 and is 0.02"}));
    }

    void damagedLockIsKeptAndEverythingRuns_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("torn") << QByteArray("schema: '2.0'\nstages:\n  store: {cmd: \"x");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("schema of DVC 1") << QByteArray("store:\n  cmd: x\n");
        QTest::newRow("schema as a number") << QByteArray("schema: 2.0\nstages: {}\n");
        QTest::newRow("stages are a list") << QByteArray("schema: '2.0'\nstages: [1]\n");
        QTest::newRow("stage is a text") << QByteArray("schema: '2.0'\nstages: {store: x}\n");
        QTest::newRow("inputs are a text") << QByteArray("schema: '2.0'\nstages: {store: {cmd: x, deps: y}}\n");
        QTest::newRow("parameters are a list")
            << QByteArray("schema: '2.0'\nstages: {store: {cmd: x, params: {plan.yaml: [1]}}}\n");
        QTest::newRow("binary") << QByteArray("\0\1\2", 3);
    }
    void damagedLockIsKeptAndEverythingRuns()
    {
        QFETCH(QByteArray, text);
        write("dvc.lock", text.toStdString());
        {
            const StageLock lock(m_folder / "dvc.lock");
            QVERIFY2(lock.warning().starts_with("dvc.lock cannot be used ("), lock.warning().c_str());
        }
        QCOMPARE(tests::bytes(base::readFile(m_folder / "dvc.lock.damaged")), text);
        QCOMPARE(perform(), std::string("Stage 'store' runs: nothing is recorded of an earlier time."));
        QVERIFY(StageLock(m_folder / "dvc.lock").warning().empty());
    }

    void nonsenseInsideARecordIsAChange()
    {
        write(
            "dvc.lock", "schema: '2.0'\nstages: {store: {cmd: 1, deps: [7, {path: data}, {path: [1]}], outs: [x]}}\n");
        const auto reasons = StageLock(m_folder / "dvc.lock").before(m_stage).reasons;
        QVERIFY(reasons.size() >= 3);
        QCOMPARE(reasons.front(), std::string("its command has changed"));
    }

    void longListsAreShortened()
    {
        perform();
        for (int i = 0; i < 9; ++i) {
            m_stage.parameters.push_back({"plan.yaml", "key" + std::to_string(i), std::to_string(i)});
        }
        const std::string sentence = perform();
        QVERIFY2(sentence.ends_with("parameter key4 is new; and 4 more changes."), sentence.c_str());
    }

private:
    void write(const std::string& name, const std::string& text)
    {
        fs::create_directories((m_folder / name).parent_path());
        base::writeFileAtomically(m_folder / name, text);
    }
    runs::ContentHash hash(const std::string& name) const { return runs::contentHash(m_folder / name).value(); }
    /// A new process, as it were, that does the stage; returns what it says.
    std::string perform()
    {
        std::string said;
        StageLock lock(m_folder / "dvc.lock");
        lock.perform(
            m_stage, [&](const std::string& text) { said = text; },
            [&] {
                write("store.bin", "the store");
                ++m_worked;
            });
        return said;
    }
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
    Stage m_stage;
    int m_worked = 0;
};

QTEST_APPLESS_MAIN(TestStages)
#include "TestStages.moc"
