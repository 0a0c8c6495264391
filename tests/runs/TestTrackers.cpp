// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of TensorBoard's event files and the files of an MLflow store, against published and hand-made ones.
#include "base/AtomicFile.h"
#include "base/Yaml.h"
#include "runs/Crc32c.h"
#include "runs/EventWriter.h"
#include "runs/MlflowRun.h"
#include "support/ErrorOf.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <memory>
#include <sys/resource.h>

using namespace diascope;
namespace fs = std::filesystem;

namespace {

std::string fromHex(const char* hex)
{
    return QByteArray::fromHex(hex).toStdString();
}

QByteArray hexOf(const std::string& bytes)
{
    return tests::bytes(bytes).toHex();
}

std::vector<fs::path> filesIn(const fs::path& folder)
{
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Limits the size of files while it lives: writing beyond fails as on a full disk.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SmallDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

private:
    rlimit m_before{};
};

} // namespace

class TestTrackers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString());
    }

    void crc32cOfRfc3720_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<quint32>("crc");
        QByteArray rising, falling;
        for (int i = 0; i < 32; ++i) {
            rising.append(static_cast<char>(i));
            falling.append(static_cast<char>(31 - i));
        }
        QTest::newRow("32 zeros, B.4") << QByteArray(32, '\0') << quint32{0x8A9136AA};
        QTest::newRow("32 ones, B.4") << QByteArray(32, '\xFF') << quint32{0x62A8AB43};
        QTest::newRow("0 to 31, B.4") << rising << quint32{0x46DD794E};
        QTest::newRow("31 to 0, B.4") << falling << quint32{0x113FDB5C};
        QTest::newRow("check value of the catalogue") << QByteArray("123456789") << quint32{0xE3069283};
        QTest::newRow("nothing") << QByteArray() << quint32{0};
    }
    void crc32cOfRfc3720()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(quint32, crc);
        QCOMPARE(runs::crc32c({bytes.constData(), static_cast<std::size_t>(bytes.size())}), crc);
    }

    /// The record of tensorboard/backend/event_processing/event_file_loader_test.py (version 1 of the format).
    void publishedRecord()
    {
        const std::string published
            = fromHex("1800000000000000a37f4b22090000c025dd75d5411a0d627261696e2e4576656e743a31ecf3328d");
        QCOMPARE(hexOf(runs::framedRecord(std::string_view(published).substr(12, 24))), hexOf(published));
        std::string ours = runs::versionEvent(1440183447.0);
        QCOMPARE(ours.back(), '2');
        ours.back() = '1';
        QCOMPARE(hexOf(runs::framedRecord(ours)), hexOf(published));
    }

    /// Field by field from event.proto and summary.proto: key = number * 8 + wire type.
    void eventsByHand_data()
    {
        QTest::addColumn<QByteArray>("event");
        QTest::addColumn<QByteArray>("hex");
        const auto scalars = [](std::int64_t step, std::vector<runs::Scalar> list) {
            return tests::bytes(runs::scalarEvent(1.0, step, list));
        };
        const QByteArray one = "09000000000000f03f"; // field 1, fixed64: wall time 1.0
        QTest::newRow("step 0 is left out") << scalars(0, {{"a", 1.0}})
                                            << one
                + "2a0a"
                  "0a08"
                  "0a0161"
                  "150000803f";
        QTest::newRow("step 300") << scalars(300, {{"a", 1.0}})
                                  << one
                + "10ac02"
                  "2a0a"
                  "0a08"
                  "0a0161"
                  "150000803f";
        QTest::newRow("step -1") << scalars(-1, {{"a", 1.0}})
                                 << one
                + "10ffffffffffffffffff01"
                  "2a0a0a080a0161150000803f";
        QTest::newRow("zero is written") << scalars(1, {{"a", 0.0}})
                                         << one
                + "1001"
                  "2a0a0a080a01611500000000";
        QTest::newRow("not a number") << scalars(1, {{"a", std::nan("")}})
                                      << one
                + "1001"
                  "2a0a0a080a0161150000c07f";
        QTest::newRow("two curves") << scalars(1, {{"t/l", 0.5}, {"b", -2.0}})
                                    << one
                + "1001"
                  "2a16"
                  "0a0a0a03742f6c150000003f"
                  "0a080a016215000000c0";
        QTest::newRow("restart") << tests::bytes(runs::sessionStartEvent(1.0, 5))
                                 << one
                + "1005"
                  "3a020801";
    }
    void eventsByHand()
    {
        QFETCH(QByteArray, event);
        QFETCH(QByteArray, hex);
        QCOMPARE(event.toHex(), hex);
    }

    void longTextsNeedLongLengths()
    {
        const std::string tag(200, 'x');
        const std::vector<runs::Scalar> scalars{{tag, 1.0}};
        const std::string event = runs::scalarEvent(1.0, 1, scalars);
        // summary 211 bytes = value 208 + key + two-byte length; value = 203 of the tag + 5 of the number
        QCOMPARE(hexOf(event).left(44),
            QByteArray("09000000000000f03f1001"
                       "2ad301"
                       "0ad001"
                       "0ac801"
                       "7878"));
        QCOMPARE(event.size(), std::size_t{9 + 2 + 3 + 211});
    }

    void writerFileGrowsByWholeRecords()
    {
        runs::EventWriter writer(m_folder / "run" / "events");
        const QString name = QString::fromStdString(writer.file().filename().string());
        QVERIFY2(QRegularExpression("^events\\.out\\.tfevents\\.\\d{10}\\.[0-9a-f]{8}$").match(name).hasMatch(),
            qPrintable(name));
        const std::string first = base::readFile(writer.file());
        QCOMPARE(first.size(), std::size_t{(12 + 24 + 4) + (12 + 13 + 4)}); // version, and session start at step 0
        const std::vector<runs::Scalar> scalars{{"loss", 0.25}};
        writer.add(7, 2.0, scalars);
        writer.add(8, 2.0, {});
        QCOMPARE(base::readFile(writer.file()), first + runs::framedRecord(runs::scalarEvent(2.0, 7, scalars)));
    }

    void resumedRunWritesALaterFile()
    {
        const fs::path first = runs::EventWriter(m_folder).file();
        base::writeFileAtomically(m_folder / "events.out.tfevents.4000000000.00000000", "of a clock that ran ahead");
        const fs::path second = runs::EventWriter(m_folder).file();
        const auto files = filesIn(m_folder);
        QCOMPARE(files.size(), std::size_t{3});
        QCOMPARE(files.front(), first);
        QCOMPARE(files.back(), second);
    }

    void fullDiskLeavesNoHalfRecord()
    {
        runs::EventWriter writer(m_folder);
        const std::vector<runs::Scalar> scalars{{std::string(100, 't'), 1.0}};
        writer.add(1, 2.0, scalars);
        const std::string before = base::readFile(writer.file());
        std::optional<base::Error> error;
        {
            const SmallDisk disk(before.size() + 50);
            error = tests::errorOf([&] { writer.add(2, 2.0, scalars); });
        }
        QCOMPARE(tests::codeName(error), "disk-full");
        QCOMPARE(base::readFile(writer.file()), before);
        writer.add(2, 2.0, scalars); // there is room again
        QCOMPARE(base::readFile(writer.file()), before + runs::framedRecord(runs::scalarEvent(2.0, 2, scalars)));
    }

    void eventFolderThatCannotBeMade()
    {
        base::writeFileAtomically(m_folder / "file", "x");
        const auto error = tests::errorOf([&] { runs::EventWriter writer(m_folder / "file" / "events"); });
        QVERIFY(error);
        QVERIFY2(QByteArray(error->what()).contains("cannot make the folder for TensorBoard"), error->what());
    }

    void mlflowStoreHasMlflowsLayout()
    {
        const fs::path root = m_folder / "ml runs";
        auto run = runs::MlflowRun::start(
            root, {.experiment = "kidney", .runName = "first", .sourceName = "renalnet", .user = "me"});
        QVERIFY(QRegularExpression("^[0-9a-f]{32}$").match(QString::fromStdString(run.runId())).hasMatch());
        QVERIFY(QRegularExpression("^[1-9]\\d{17}$").match(QString::fromStdString(run.experimentId())).hasMatch());
        QCOMPARE(run.folder(), root / run.experimentId() / run.runId());
        const base::Json fallback = yaml(root / "0");
        QVERIFY(fallback["name"] == base::Json("Default"));
        const base::Json experiment = yaml(root / run.experimentId());
        QVERIFY(experiment["name"] == base::Json("kidney"));
        QVERIFY(experiment["experiment_id"] == base::Json(run.experimentId())); // a text, not a number
        QVERIFY(experiment["lifecycle_stage"] == base::Json("active"));
        const base::Json meta = yaml(run.folder());
        QVERIFY(meta["run_id"] == base::Json(run.runId()));
        QVERIFY(meta["run_uuid"] == base::Json(run.runId()));
        QVERIFY(meta["run_name"] == base::Json("first"));
        QVERIFY(meta["status"] == base::Json(1));
        QVERIFY(meta["end_time"].is_null() && meta["start_time"].get<std::int64_t>() > 1'700'000'000'000);
        const auto uri = meta["artifact_uri"].get<std::string>();
        QVERIFY2(
            uri.starts_with("file:///") && uri.find("ml%20runs/") != std::string::npos && uri.ends_with("/artifacts"),
            uri.c_str());
        run.finish(runs::MlflowStatus::Finished);
        QVERIFY(yaml(run.folder())["status"] == base::Json(3));
        QVERIFY(yaml(run.folder())["end_time"].get<std::int64_t>() >= meta["start_time"].get<std::int64_t>());
    }

    void mlflowEntriesAreFiles()
    {
        auto run = runs::MlflowRun::start(m_folder / "mlruns", {});
        run.setParameter("training.epochs", "30");
        run.setParameter("training.epochs", "30");
        run.addMetric("train/loss", 0.1, 0, 1700000000123);
        run.addMetric("train/loss", 1e-7, 1, 1700000001123);
        run.addMetric("auc", std::numeric_limits<double>::infinity(), 3, 5);
        run.setTag("note", "über alles");
        QCOMPARE(base::readFile(run.folder() / "params" / "training.epochs"), std::string("30"));
        QCOMPARE(base::readFile(run.folder() / "metrics" / "train" / "loss"),
            std::string("1700000000123 0.1 0\n1700000001123 1e-07 1\n"));
        QCOMPARE(base::readFile(run.folder() / "metrics" / "auc"), std::string("5 inf 3\n"));
        QCOMPARE(base::readFile(run.folder() / "tags" / "note"), std::string("über alles"));
        QCOMPARE(base::readFile(run.folder() / "tags" / "mlflow.runName"), run.runId());
        const auto error = tests::errorOf([&] { run.setParameter("training.epochs", "31"); });
        QCOMPARE(tests::codeName(error), "mismatch");
        run.setParameter("long", std::string(10000, 'x'));
        QCOMPARE(base::readFile(run.folder() / "params" / "long").size(), std::size_t{6000});
    }

    void mlflowRunsShareAnExperiment()
    {
        const fs::path root = m_folder / "mlruns";
        const auto first = runs::MlflowRun::start(root, {.experiment = "one"});
        const auto second = runs::MlflowRun::start(root, {.experiment = "one"});
        const auto other = runs::MlflowRun::start(root, {.experiment = "two"});
        QCOMPARE(first.experimentId(), second.experimentId());
        QVERIFY(first.runId() != second.runId());
        QVERIFY(first.experimentId() != other.experimentId());
        // An experiment that MLflow itself made is found by its name, whatever its number.
        fs::create_directories(root / "7");
        base::writeFileAtomically(root / "7" / "meta.yaml",
            "artifact_location: file:///x\nexperiment_id: '7'\nlifecycle_stage: active\nname: three\n");
        QCOMPARE(runs::MlflowRun::start(root, {.experiment = "three"}).experimentId(), std::string("7"));
    }

    void mlflowRunIsResumedWithoutTornPoints()
    {
        const fs::path root = m_folder / "mlruns";
        std::string id;
        {
            auto run = runs::MlflowRun::start(root, {});
            id = run.runId();
            run.addMetric("loss", 0.5, 0, 10);
            run.finish(runs::MlflowStatus::Killed);
            std::ofstream(run.folder() / "metrics" / "loss", std::ios::app) << "1700";
            std::ofstream(run.folder() / "metrics" / "torn") << "17";
        }
        auto run = runs::MlflowRun::resume(root, id);
        QVERIFY(yaml(run.folder())["status"] == base::Json(1));
        QVERIFY(yaml(run.folder())["end_time"].is_null());
        run.addMetric("loss", 0.25, 1, 20);
        QCOMPARE(base::readFile(run.folder() / "metrics" / "loss"), std::string("10 0.5 0\n20 0.25 1\n"));
        QVERIFY(!fs::exists(run.folder() / "metrics" / "torn"));
        for (const std::string& wrong :
            {std::string("none"), std::string(32, 'a'), std::string("../../../../../../../../etc/passw")}) {
            QCOMPARE(tests::codeName(tests::errorOf([&] { (void)runs::MlflowRun::resume(root, wrong); })), "not-found");
        }
    }

    void mlflowArtifacts()
    {
        auto run = runs::MlflowRun::start(m_folder / "mlruns", {});
        base::writeFileAtomically(m_folder / "result.json", "{}");
        run.addArtifact(m_folder / "result.json");
        base::writeFileAtomically(m_folder / "result.json", "{\"a\": 1}");
        run.addArtifact(m_folder / "result.json");
        QCOMPARE(base::readFile(run.folder() / "artifacts" / "result.json"), std::string("{\"a\": 1}"));
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.addArtifact(m_folder / "none"); })), "not-found");
    }

    void mlflowKeysThatItWouldNotRead_data()
    {
        QTest::addColumn<QString>("key");
        for (const char* key :
            {"", ".", "..", "../x", "a/../../x", "/etc/x", "a//b", "a/", "./a", "AUC (Zyste)", "ä", "a\nb", "a%b"}) {
            QTest::newRow(key) << QString(key);
        }
        QTest::newRow("251 letters") << QString(251, 'x');
    }
    void mlflowKeysThatItWouldNotRead()
    {
        QFETCH(QString, key);
        auto run = runs::MlflowRun::start(m_folder / "mlruns", {});
        QCOMPARE(tests::codeName(tests::errorOf([&] { run.setParameter(key.toStdString(), "1"); })), "usage");
        QCOMPARE(filesIn(run.folder() / "params").size(), std::size_t{0});
        run.setParameter(runs::mlflowKey(key.toStdString()), "1"); // any text can be made one
        QCOMPARE(filesIn(run.folder() / "params").size(), std::size_t{1});
    }

private:
    static base::Json yaml(const fs::path& folder)
    {
        return base::parseYaml(base::readFile(folder / "meta.yaml"), "meta.yaml");
    }
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_APPLESS_MAIN(TestTrackers)
#include "TestTrackers.moc"
