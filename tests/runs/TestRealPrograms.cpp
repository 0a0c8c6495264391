// SPDX-License-Identifier: GPL-3.0-or-later
// What other programs read of our files: the real TensorBoard and the real MLflow, when DIASCOPE_PYTHON names a Python
// that has them; the real DVC, when DIASCOPE_DVC_PYTHON names one that has it. Without them the tests are skipped and
// say so.
#include "base/AtomicFile.h"
#include "runs/EventWriter.h"
#include "runs/MlflowRun.h"
#include "runs/StageLock.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <memory>

using namespace diascope;
namespace fs = std::filesystem;

namespace {

constexpr int kPatienceMs = 240'000; // a first import of MLflow on a busy machine

/// The curves of each folder below argv[1], read by TensorBoard's own library and by its running server.
constexpr const char* kTensorBoard
    = "import json, sys, urllib.parse, urllib.request\n"
      "from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer\n"
      "from tensorboard import program, version\n"
      "out = {'version': version.VERSION, 'library': {}, 'server': {}}\n"
      "many = EventMultiplexer().AddRunsFromDirectory(sys.argv[1])\n"
      "many.Reload()\n"
      "for run in many.Runs():\n"
      "    for tag in many.GetAccumulator(run).Tags()['scalars']:\n"
      "        points = many.Scalars(run, tag)\n"
      "        out['library'][run + '|' + tag] = [[e.wall_time, e.step, e.value] for e in points]\n"
      "board = program.TensorBoard()\n"
      "board.configure(argv=['tensorboard', '--logdir', sys.argv[1], '--port', '0', '--load_fast', sys.argv[2]])\n"
      "url = board.launch()\n"
      "get = lambda path: json.load(urllib.request.urlopen(url + path))\n"
      "import time\n"
      "for attempt in range(60):\n"
      "    tags = get('data/plugin/scalars/tags')\n"
      "    if sum(len(t) for t in tags.values()) >= int(sys.argv[3]): break\n"
      "    time.sleep(0.5)\n"
      "for run, names in tags.items():\n"
      "    for tag in names:\n"
      "        out['server'][run + '|' + tag] = get('data/plugin/scalars/scalars?' + urllib.parse.urlencode({'run': "
      "run, 'tag': tag}))\n"
      "print('RESULT' + json.dumps(out))\n";

/// What MLflow's client sees of the store argv[1], and what it says without the setting.
constexpr const char* kMlflow
    = "import json, os, sys\n"
      "import mlflow\n"
      "from mlflow.tracking import MlflowClient\n"
      "out = {'version': mlflow.__version__, 'refusal': ''}\n"
      "try:\n"
      "    MlflowClient(tracking_uri=sys.argv[1]).search_experiments()\n"
      "except Exception as error:\n"
      "    out['refusal'] = str(error)\n"
      "os.environ['MLFLOW_ALLOW_FILE_STORE'] = 'true'\n"
      "client = MlflowClient(tracking_uri=sys.argv[1])\n"
      "out['experiments'] = sorted(e.name for e in client.search_experiments())\n"
      "experiment = client.get_experiment_by_name('kidney')\n"
      "runs = client.search_runs([experiment.experiment_id])\n"
      "out['runs'] = [r.info.run_id for r in runs]\n"
      "run = client.get_run(sys.argv[2])\n"
      "out['name'], out['status'] = run.info.run_name, run.info.status\n"
      "out['ended'] = run.info.end_time >= run.info.start_time\n"
      "out['params'], out['tags'] = run.data.params, run.data.tags\n"
      "out['history'] = [[m.timestamp, m.value, m.step] for m in client.get_metric_history(sys.argv[2], "
      "'train/loss')]\n"
      "out['nan'] = str(run.data.metrics['not a number'])\n"
      "out['artifacts'] = [[a.path, a.file_size] for a in client.list_artifacts(sys.argv[2])]\n"
      "print('RESULT' + json.dumps(out))\n";

/// DVC's own answer to "is this stage up to date?" in the folder argv[1].
constexpr const char* kDvc = "import json, os, sys\n"
                             "import dvc\n"
                             "from dvc.repo import Repo\n"
                             "os.chdir(sys.argv[1])\n"
                             "repo = Repo('.') if os.path.exists('.dvc') else Repo.init('.', no_scm=True)\n"
                             "print('RESULT' + json.dumps({'version': dvc.__version__, 'status': repo.status()}))\n";

struct Answer {
    QString skip;     ///< Why there is none.
    QByteArray error; ///< What the program said instead.
    QJsonObject json;
};

Answer ask(const char* variable, const char* script, const QStringList& arguments)
{
    const QString python = qEnvironmentVariable(variable);
    if (python.isEmpty()) {
        return {QString("%1 names no Python that has the program").arg(variable), {}, {}};
    }
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("PYTHONDONTWRITEBYTECODE", "1");
    environment.remove("MLFLOW_ALLOW_FILE_STORE");
    process.setProcessEnvironment(environment);
    process.start(python, QStringList{"-c", script} + arguments);
    if (!process.waitForFinished(kPatienceMs)) {
        process.kill();
        process.waitForFinished();
        return {{}, "it did not end in time: " + process.readAllStandardError(), {}};
    }
    const QByteArray out = process.readAllStandardOutput();
    const QByteArray error = process.readAllStandardError();
    if (error.contains("ModuleNotFoundError") && process.exitCode() != 0) {
        return {QString("%1: %2").arg(python, QString::fromUtf8(error.trimmed().split('\n').last())), {}, {}};
    }
    const auto at = out.indexOf("RESULT");
    if (at < 0) {
        return {{}, error, {}};
    }
    return {{}, {}, QJsonDocument::fromJson(out.mid(at + 6)).object()};
}

QByteArray text(const QJsonValue& value)
{
    return value.isArray() ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
                           : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
}

} // namespace

class TestRealPrograms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = fs::path(m_dir->path().toStdString());
    }

    void tensorBoardShowsTheCurves_data()
    {
        QTest::addColumn<QString>("loadFast"); // TensorBoard has two readers: one in Python, one in Rust
        QTest::newRow("reader in Python") << "false";
        QTest::newRow("data server") << "true";
    }
    void tensorBoardShowsTheCurves()
    {
        QFETCH(QString, loadFast);
        for (int fold = 0; fold < 2; ++fold) {
            runs::EventWriter writer(m_folder / "events" / ("0-" + std::to_string(fold)));
            for (int epoch = 0; epoch < 3; ++epoch) {
                const std::vector<runs::Scalar> scalars{
                    {"train/loss", 1.0 / (1 << epoch)}, {"validation/auc", 0.5 + 0.125 * (epoch + fold)}};
                writer.add(epoch, 1700000000.0 + epoch, scalars);
            }
        }
        { // the run is killed after epoch 2 of fold 1, goes on from its checkpoint of epoch 1, and is killed in the
          // middle of a record
            runs::EventWriter writer(m_folder / "events" / "0-1", 2);
            const std::vector<runs::Scalar> scalars{{"train/loss", 0.75}};
            writer.add(2, 1700000010.0, scalars);
            writer.add(3, 1700000011.0, scalars);
            fs::resize_file(writer.file(), fs::file_size(writer.file()) - 7);
        }
        const Answer answer
            = ask("DIASCOPE_PYTHON", kTensorBoard, {QString::fromStdString(m_folder.string()), loadFast, "4"});
        if (!answer.skip.isEmpty()) {
            QSKIP(qPrintable(answer.skip));
        }
        QVERIFY2(answer.error.isEmpty(), answer.error.constData());
        qInfo("TensorBoard %s", qPrintable(answer.json["version"].toString()));
        const QByteArray fold0 = "[[1700000000,0,1],[1700000001,1,0.5],[1700000002,2,0.25]]";
        const QByteArray fold1
            = "[[1700000000,0,1],[1700000001,1,0.5],[1700000010,2,0.75]]"; // the epoch that was done again counts
        for (const char* reader : {"library", "server"}) {
            const QJsonObject curves = answer.json[reader].toObject();
            QCOMPARE(curves.size(), 4);
            QCOMPARE(text(curves["events/0-0|train/loss"]), fold0);
            QCOMPARE(text(curves["events/0-1|train/loss"]), fold1);
            QCOMPARE(text(curves["events/0-0|validation/auc"]),
                QByteArray("[[1700000000,0,0.5],[1700000001,1,0.625],[1700000002,2,0.75]]"));
        }
    }

    void mlflowOpensTheStore()
    {
        const fs::path root = m_folder / "ml runs";
        auto run = runs::MlflowRun::start(
            root, {.experiment = "kidney", .runName = "2026: first", .sourceName = "renalnet"});
        run.setParameter("training.epochs", "30");
        run.setParameter("data.source", "/data/Ärzte \"1\".csv");
        run.addMetric("train/loss", 0.5, 0, 1700000000000);
        run.addMetric("train/loss", 1e-7, 1, 1700000001000);
        run.addMetric("not a number", std::nan(""), 0);
        run.setTag("note", "yes");
        base::writeFileAtomically(m_folder / "result.json", "{\"a\": 1}");
        run.addArtifact(m_folder / "result.json");
        run.finish(runs::MlflowStatus::Finished);
        const auto second = runs::MlflowRun::start(root, {.experiment = "kidney"});
        const Answer answer = ask(
            "DIASCOPE_PYTHON", kMlflow, {QString::fromStdString(root.string()), QString::fromStdString(run.runId())});
        if (!answer.skip.isEmpty()) {
            QSKIP(qPrintable(answer.skip));
        }
        QVERIFY2(answer.error.isEmpty(), answer.error.constData());
        const QJsonObject& seen = answer.json;
        const QString refusal = seen["refusal"].toString();
        qInfo("MLflow %s; without MLFLOW_ALLOW_FILE_STORE=true it says: %s", qPrintable(seen["version"].toString()),
            refusal.isEmpty() ? "nothing" : qPrintable(refusal.left(110)));
        QVERIFY(refusal.isEmpty() || refusal.contains("MLFLOW_ALLOW_FILE_STORE"));
        QCOMPARE(text(seen["experiments"]), QByteArray("[\"Default\",\"kidney\"]"));
        QCOMPARE(seen["runs"].toArray().size(), 2);
        QCOMPARE(seen["name"].toString(), QString("2026: first"));
        QCOMPARE(seen["status"].toString(), QString("FINISHED"));
        QVERIFY(seen["ended"].toBool());
        QCOMPARE(seen["params"].toObject()["training.epochs"].toString(), QString("30"));
        QCOMPARE(seen["params"].toObject()["data.source"].toString(), QString::fromUtf8("/data/Ärzte \"1\".csv"));
        QCOMPARE(seen["tags"].toObject()["note"].toString(), QString("yes"));
        QCOMPARE(seen["tags"].toObject()["mlflow.source.name"].toString(), QString("renalnet"));
        QCOMPARE(text(seen["history"]), QByteArray("[[1700000000000,0.5,0],[1700000001000,1e-07,1]]"));
        QCOMPARE(seen["nan"].toString(), QString("nan"));
        QCOMPARE(text(seen["artifacts"]), QByteArray("[[\"result.json\",8]]"));
    }

    void dvcFindsTheStagesUpToDate()
    {
        const auto write = [&](const char* name, const char* content) {
            fs::create_directories((m_folder / name).parent_path());
            base::writeFileAtomically(m_folder / name, content);
        };
        write("plan.yaml", "training:\n  epochs: 30\n  rates: [0.001, 1.0e-05]\n");
        write("data/a-b", "2");
        write("data/a/x", "1");
        write("data/\xC3\xA4\xF0\x9F\xA9\xBB", "3");
        write("dvc.yaml",
            "stages:\n  store:\n    cmd: make store\n    deps: [data]\n    params:\n    - plan.yaml:\n      - "
            "training.epochs\n      - training.rates\n"
            "    outs:\n    - store:\n        cache: false\n");
        runs::StageLock lock(m_folder / "dvc.lock");
        const runs::Stage stage{.name = "store",
            .command = "make store",
            .inputs = {"data"},
            .parameters = {{"plan.yaml", "training.epochs", "30"}, {"plan.yaml", "training.rates", "[0.001, 0.00001]"}},
            .outputs = {"store"}};
        lock.perform(stage, {}, [&] { write("store/pixels.bin", "pixels"); });
        const QStringList where{QString::fromStdString(m_folder.string())};
        Answer answer = ask("DIASCOPE_DVC_PYTHON", kDvc, where);
        if (!answer.skip.isEmpty()) {
            QSKIP(qPrintable(answer.skip));
        }
        QVERIFY2(answer.error.isEmpty(), answer.error.constData());
        qInfo("DVC %s", qPrintable(answer.json["version"].toString()));
        QCOMPARE(text(answer.json["status"]), QByteArray("{}"));
        write("data/a/x", "changed");
        QVERIFY(!lock.before(stage).upToDate);
        answer = ask("DIASCOPE_DVC_PYTHON", kDvc, where);
        QCOMPARE(text(answer.json["status"]), QByteArray("{\"store\":[{\"changed deps\":{\"data\":\"modified\"}}]}"));
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_GUILESS_MAIN(TestRealPrograms)
#include "TestRealPrograms.moc"
