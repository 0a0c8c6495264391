// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Audit.h"
#include "base/Csv.h"
#include "dataset/TinyFiles.h"
#include "decode/DecoderPool.h"
#include "support/SharedData.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace diascope;
using audit::Finding;

namespace {

const Finding* findingOf(const audit::AuditReport& report, const std::string& code)
{
    const auto found = std::find_if(
        report.findings.begin(), report.findings.end(), [&](const Finding& finding) { return finding.code == code; });
    return found == report.findings.end() ? nullptr : &*found;
}

bool names(const Finding* finding, const std::string& sample)
{
    return finding != nullptr
        && std::any_of(finding->samples.begin(), finding->samples.end(),
            [&](const auto& subject) { return subject.sample.ends_with(sample); });
}

/// A wavy picture, another one for another seed.
void scene(const tests::TinyFiles& files, const std::string& name, int seed, int width = 96, int height = 72,
    bool coloured = false)
{
    QImage picture(width, height, coloured ? QImage::Format_RGB888 : QImage::Format_Grayscale8);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double u = 96.0 * x / width, v = 72.0 * y / height;
            const double level = 110 + 40 * std::sin(u / (5.0 + seed % 7) + seed)
                + 30 * std::cos(v / (4.0 + seed % 5) + 2 * seed) + 20 * std::sin((u + v) / 11.0 + 3 * seed);
            const auto grey = static_cast<uchar>(std::clamp(level, 0.0, 255.0));
            if (coloured) {
                picture.setPixelColor(x, y, QColor(grey, 40, 200 - grey / 2));
            } else {
                picture.scanLine(y)[x] = grey;
            }
        }
    }
    const std::filesystem::path file = files.root() / name;
    std::filesystem::create_directories(file.parent_path());
    QVERIFY(picture.save(QString::fromStdString(file.string())));
}

} // namespace

class AuditTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsEverythingPlanted();
    void threadsChangeNothing();
    void fixesOfTheReportClearIt();
    void enhancementFiguresAreMeasured();
    void findsEveryLeakOfARealSet();
    void stops();

private:
    static std::filesystem::path plant(const tests::TinyFiles& files);
    decode::DecoderPool m_pool{decode::PoolConfig{}};
};

/// Two classes of twelve pictures; one of each kind of trouble among them.
std::filesystem::path AuditTest::plant(const tests::TinyFiles& files)
{
    for (int i = 0; i < 12; ++i) {
        scene(files, "set/cyst/c" + std::to_string(i) + ".png", i);
        scene(files, "set/stone/s" + std::to_string(i) + ".png", 40 + i);
    }
    std::filesystem::copy_file(files.root() / "set/cyst/c1.png", files.root() / "set/cyst/copy.png");
    std::filesystem::copy_file(files.root() / "set/cyst/c2.png", files.root() / "set/stone/wrong.png");
    scene(files, "set/stone/large.png", 90, 480, 360);
    scene(files, "set/cyst/doppler.png", 91, 96, 72, true);
    files.picture("set/stone/blank.png", 30, 80);
    files.text("set/cyst/broken.png", "\x89PNG\r\n\x1a\n and then nothing");
    return files.root() / "set";
}

void AuditTest::findsEverythingPlanted()
{
    const tests::TinyFiles files;
    const dataset::Dataset data = dataset::readDataset({.path = plant(files)}, m_pool);
    audit::AuditConfig config;
    config.floors = true;
    config.enhancePictures = 5;
    const audit::AuditReport report = audit::audit(data, m_pool, config);
    QVERIFY(names(findingOf(report, "unreadable"), "broken.png"));
    QVERIFY(names(findingOf(report, "blank"), "blank.png"));
    QVERIFY(names(findingOf(report, "colour"), "doppler.png"));
    QVERIFY(names(findingOf(report, "size"), "large.png"));
    QVERIFY(names(findingOf(report, "exact-duplicates"), "copy.png"));
    QVERIFY(names(findingOf(report, "contradicting-labels"), "wrong.png"));
    QVERIFY(names(findingOf(report, "contradicting-labels"), "c2.png"));
    QCOMPARE(report.unreadable(), std::size_t{1});
    QVERIFY(report.findings.front().severity == audit::Severity::Error);
    QCOMPARE(report.floors.size(), std::size_t{3});
    QCOMPARE(report.floors[0].rows.size(), data.samples.size() - 1);
    const base::Json json = audit::toJson(report);
    QCOMPARE(json.at("pictures").size(), data.samples.size());
    QCOMPARE(json.at("unreadable").get<int>(), 1);
    QVERIFY(json.dump().find("nan") == std::string::npos);
    const base::CsvTable pictures = base::parseCsv(audit::picturesCsv(report), "pictures.csv");
    QCOMPARE(pictures.rows.size(), data.samples.size());
    QVERIFY(pictures.problems.empty());
    QVERIFY(!base::parseCsv(audit::findingsCsv(report), "findings.csv").rows.empty());
}

void AuditTest::threadsChangeNothing()
{
    const tests::TinyFiles files;
    const dataset::Dataset data = dataset::readDataset({.path = plant(files)}, m_pool);
    audit::AuditConfig config;
    config.floors = true;
    config.threads = 1;
    const std::string one = audit::toJson(audit::audit(data, m_pool, config)).dump();
    config.threads = 3;
    QVERIFY(audit::toJson(audit::audit(data, m_pool, config)).dump() == one);
}

/// The first proposal of each finding, taken over, leaves a set without that finding.
void AuditTest::fixesOfTheReportClearIt()
{
    const tests::TinyFiles files;
    dataset::Source source{.path = plant(files)};
    audit::AuditConfig config;
    config.map.kind = audit::MapKind::None;
    config.enhancePictures = 0;
    const audit::AuditReport before = audit::audit(dataset::readDataset(source, m_pool), m_pool, config);
    std::set<std::string> excluded;
    for (const char* code : {"unreadable", "blank", "colour", "size", "exact-duplicates", "contradicting-labels"}) {
        for (const dataset::Fix& fix : findingOf(before, code)->proposals.front().fixes) {
            if (excluded.insert(fix.sample).second) {
                source.fixes.push_back(fix);
            }
        }
    }
    const dataset::Dataset fixed = dataset::readDataset(source, m_pool);
    QCOMPARE(fixed.samples.size(), before.data.samples.size() - excluded.size());
    const audit::AuditReport after = audit::audit(fixed, m_pool, config);
    for (const char* code : {"unreadable", "blank", "colour", "size", "exact-duplicates", "contradicting-labels"}) {
        QVERIFY2(findingOf(after, code) == nullptr, code);
    }
    QVERIFY(std::filesystem::exists(files.root() / "set/cyst/broken.png")); // the user's files stay
}

void AuditTest::enhancementFiguresAreMeasured()
{
    const tests::TinyFiles files;
    const dataset::Dataset data = dataset::readDataset({.path = plant(files)}, m_pool);
    const auto all = audit::enhanceFigures(data, m_pool, 6);
    QCOMPARE(all.size(), std::size_t{3});
    for (const auto& figures : all) {
        QVERIFY(figures.pictures.size() >= 4 && figures.pictures.size() <= 6);
        QCOMPARE(figures.medianBefore.size(), std::size_t{4});
    }
    const auto grey = image::makeImage(
        4, 1, 1, image::PixelType::UInt8, {std::byte{10}, std::byte{10}, std::byte{20}, std::byte{20}});
    const auto equalised = audit::enhanceOne(grey, image::EqualiseStep{}); // 10 -> 0, 20 -> 255
    QCOMPARE(equalised.before.mean, 15.0);
    QCOMPARE(equalised.after.mean, 127.5);
    QCOMPARE(equalised.meanAbsoluteChange, 122.5);
}

void AuditTest::findsEveryLeakOfARealSet()
{
    const auto folder = tests::sharedData("data/ct_kidney4_leaky");
    if (folder.empty()) {
        QSKIP("the reference data are not here (set DIASCOPE_SHARED)");
    }
    const dataset::Dataset data = dataset::readDataset({.path = folder}, m_pool);
    audit::AuditConfig config;
    config.map.kind = audit::MapKind::None;
    config.enhancePictures = 0;
    config.floors = true;
    const audit::AuditReport report = audit::audit(data, m_pool, config);
    const Finding* leak = findingOf(report, "leak-across-parts");
    QVERIFY(leak != nullptr);
    std::set<std::string> named;
    for (const auto& subject : leak->samples) {
        named.insert(subject.sample);
    }
    std::size_t testing = 0;
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
        if (data.givenRoles[i] == dataset::Role::Test) {
            ++testing;
            QVERIFY2(named.contains(data.samples[i].id), data.samples[i].id.c_str());
        }
    }
    QCOMPARE(testing, std::size_t{39});
    QCOMPARE(named.size(), std::size_t{39}); // and nothing else
    QVERIFY2(!report.leak.empty(), "1-NN is right about every leaked picture");
    // What the report proposes makes the leak go away.
    dataset::Source source{.path = folder};
    source.fixes = leak->proposals[1].fixes; // out of the training part
    const audit::AuditReport after = audit::audit(dataset::readDataset(source, m_pool), m_pool, config);
    QVERIFY(findingOf(after, "leak-across-parts") == nullptr);
    qInfo("leaks named: %zu of %zu; %s", named.size(), testing, report.leak.c_str());
}

void AuditTest::stops()
{
    const tests::TinyFiles files;
    const dataset::Dataset data = dataset::readDataset({.path = plant(files)}, m_pool);
    std::stop_source stop;
    const auto progress = [&](const base::Progress& step) {
        if (step.stage == "Drawing the map") {
            stop.request_stop();
        }
    };
    try {
        (void)audit::audit(data, m_pool, {}, progress, stop.get_token());
        QFAIL("went on to the end");
    } catch (const base::Error& error) {
        QCOMPARE(error.code(), base::ErrorCode::Stopped);
    }
}

QTEST_GUILESS_MAIN(AuditTest)
#include "AuditTest.moc"
