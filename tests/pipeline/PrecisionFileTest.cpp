// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/AtomicFile.h"
#include "dataset/TinyFiles.h"
#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "pipeline/PrecisionFile.h"

#include <QTest>

using namespace diascope;
using pipeline::PrecisionFile;
using train::Precision;
using train::PrecisionChoice;

/// What one run found is what the next one takes.
class PrecisionFileTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isKeptForOthers()
    {
        const tests::TinyFiles files;
        const auto path = files.root() / "new folder" / "precision.json";
        PrecisionFile first(path);
        QVERIFY(!first.find("a network"));
        first.keep("a network", {Precision::BFloat16, 0.25, 0.125});
        first.keep("another", {Precision::Float32, 0.5, 1.0});
        const PrecisionFile second(path);
        const auto found = second.find("a network");
        QVERIFY(found && found->precision == Precision::BFloat16);
        QCOMPARE(found->float32Seconds, 0.25);
        QCOMPARE(found->bfloat16Seconds, 0.125);
        QVERIFY(second.find("another")->precision == Precision::Float32);
        QVERIFY(!second.find("a third"));
    }

    void entriesOfOtherMachinesDoNotCount()
    {
        const tests::TinyFiles files;
        const auto path = files.root() / "precision.json";
        PrecisionFile(path).keep("a network", {Precision::BFloat16, 0.25, 0.125});
        base::writeFileAtomically(path, "{\"Other processor " + base::readFile(path).substr(base::readFile(path).find('"') + 1));
        QVERIFY(!PrecisionFile(path).find("a network"));
    }

    void damagedFilesAreWrittenAnew_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut short") << QByteArray("{\"a\": {");
        QTest::newRow("a list") << QByteArray("[1, 2]");
        QTest::newRow("too long") << QByteArray("{\"a\": \"") + QByteArray(2 << 20, 'x') + "\"}";
    }
    void damagedFilesAreWrittenAnew()
    {
        QFETCH(QByteArray, text);
        const tests::TinyFiles files;
        const auto path = files.root() / "precision.json";
        base::writeFileAtomically(path, text.toStdString());
        PrecisionFile file(path);
        QVERIFY(!file.find("a network"));
        file.keep("a network", {Precision::Float32, 1.0, 2.0});
        QVERIFY(file.find("a network")->precision == Precision::Float32);
    }

    void tellsClearChoices_data()
    {
        QTest::addColumn<double>("float32Seconds");
        QTest::addColumn<double>("bfloat16Seconds");
        QTest::addColumn<bool>("clear");
        QTest::newRow("twice as fast") << 0.96 << 0.46 << true;
        QTest::newRow("twice as slow") << 0.5 << 1.0 << true;
        QTest::newRow("alike") << 1.64 << 1.66 << false;
        QTest::newRow("a little faster") << 1.0 << 0.8 << false;
    }
    void tellsClearChoices()
    {
        QFETCH(double, float32Seconds);
        QFETCH(double, bfloat16Seconds);
        QTEST(train::isClear({Precision::Float32, float32Seconds, bfloat16Seconds}), "clear");
    }

    /// A choice that another moment could have turned round is tried again.
    void onlyTheFirstRunTries()
    {
        const tests::TinyFiles files;
        PrecisionFile file(files.root() / "precision.json");
        const auto model = nn::makeClassifier(nn::defaultSpec("renalnet"), 3);
        bool remembered = true;
        const PrecisionChoice first = train::choosePrecision(*model, 32, 32, true, &file, remembered);
        QVERIFY(!remembered);
        const PrecisionChoice second = train::choosePrecision(*model, 32, 32, true, &file, remembered);
        QCOMPARE(remembered, train::isClear(first));
        QCOMPARE(second.float32Seconds == first.float32Seconds, remembered);
        (void)train::choosePrecision(*model, 64, 32, true, &file, remembered);
        QVERIFY(!remembered); // another size
        (void)train::choosePrecision(*model, 32, 32, true, nullptr, remembered);
        QVERIFY(!remembered);
    }
};

QTEST_GUILESS_MAIN(PrecisionFileTest)
#include "PrecisionFileTest.moc"
