// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/ReadController.h"

#include "app/read/Thumbnails.h"
#include "ui/common/MessageBar.h"
#include "ui/read/OverlayControls.h"
#include "ui/read/ReadPage.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/SeriesPanel.h"
#include "ui/read/Viewport.h"
#include "ui/shell/MainWindow.h"

#include <algorithm>

#include <unistd.h>

namespace diascope::app {

namespace {

constexpr int kAskAfterMs = 120;

/// Decoded frames kept in memory: a quarter of the machine's memory, 256 MiB at least and 4 GiB at most.
std::size_t cacheBytes()
{
    const auto total = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
    return std::clamp<std::size_t>(total / 4, std::size_t{256} << 20, std::size_t{4} << 30);
}

const study::Instance& instanceOf(const study::Series& series, int index)
{
    return series.instances[static_cast<std::size_t>(study::locate(series, index).instance)];
}

/// The number that the image of `file` and `frame` has in `series`, or -1.
int indexOf(const study::Series& series, const std::filesystem::path& file, int frame)
{
    int first = 0;
    for (const auto& instance : series.instances) {
        if (instance.file == file) {
            return first + frame;
        }
        first += instance.info.frames;
    }
    return -1;
}

} // namespace

ReadController::ReadController(ui::MainWindow& window, decode::DecoderPool& pool, InferenceController& inference, QObject* parent)
    : QObject(parent)
    , m_window(window)
    , m_inference(inference)
    , m_scanner(pool,
          [this](ScanReport report) {
              QMetaObject::invokeMethod(this, [this, report = std::move(report)] { onScan(report); }, Qt::QueuedConnection);
          })
    , m_loader(pool, cacheBytes(),
          [this](FrameAnswer answer) {
              QMetaObject::invokeMethod(this, [this, answer = std::move(answer)] { onFrame(answer); }, Qt::QueuedConnection);
          })
    , m_thumbnails(pool, [this](std::string key, image::Image image) {
        QMetaObject::invokeMethod(
            this, [this, key = QString::fromStdString(key), image = std::move(image)] { m_window.readPage().seriesPanel().setThumbnail(key, image); },
            Qt::QueuedConnection);
    })
{
    m_askTimer.setSingleShot(true);
    m_askTimer.setInterval(kAskAfterMs);
    connect(&m_askTimer, &QTimer::timeout, this, &ReadController::ask);
    connectPage();
}

void ReadController::connectPage()
{
    auto& page = m_window.readPage();
    connect(&page.seriesPanel(), &ui::SeriesPanel::seriesRequested, this, &ReadController::showSeries);
    connect(&page.seriesPanel(), &ui::SeriesPanel::thumbnailRequested, this, &ReadController::onThumbnailRequested);
    connect(&page.viewport(), &ui::Viewport::imageRequested, this, &ReadController::onImageRequested);
    connect(&page.resultPanel(), &ui::ResultPanel::predictionRequested, this, &ReadController::ask);
    connect(&page.resultPanel().overlayControls(), &ui::OverlayControls::explanationRequested, this, [this](const QString&, int classIndex) {
        m_chosenClass = classIndex;
        ask();
    });
    connect(&m_inference, &InferenceController::answered, this, &ReadController::onAnswer);
    connect(&m_inference, &InferenceController::failed, this, [this](std::uint64_t number, const QString& reason) {
        if (number == m_question) {
            m_window.readPage().resultPanel().setError(reason);
            Q_EMIT answerFailed(reason);
        }
    });
    connect(&m_inference, &InferenceController::packageLoaded, this, [this](const PackageSummary& summary) {
        m_package = summary;
        auto& panel = m_window.readPage().resultPanel();
        panel.setPackage(summary.identity);
        QStringList methods, classes;
        std::transform(summary.methods.begin(), summary.methods.end(), std::back_inserter(methods), QString::fromStdString);
        std::transform(summary.classes.begin(), summary.classes.end(), std::back_inserter(classes), QString::fromStdString);
        panel.overlayControls().setMethods(methods);
        panel.overlayControls().setClasses(classes, summary.preferredClass);
        ask();
    });
    connect(&m_inference, &InferenceController::packageRefused, this, [this](const QString&, const QString& reason) {
        m_package.reset();
        m_window.readPage().resultPanel().setPackage(std::nullopt);
        m_window.messageBar().showNotice(reason);
        Q_EMIT answerFailed(reason);
    });
}

void ReadController::open(const QStringList& paths)
{
    auto& page = m_window.readPage();
    m_inference.forget();
    m_current.reset();
    m_series.clear();
    m_shownIndex = -1;
    m_shownImage = {};
    m_prediction.reset();
    m_firstShown = false;
    m_scanFinished = false;
    m_generation = m_loader.setSeries(nullptr);
    m_thumbnails.clear();
    page.viewport().clear(tr("Reading…"));
    page.resultPanel().clear();
    page.setExplanation(std::nullopt);
    page.seriesPanel().setSeries({});
    m_window.messageBar().clear();
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        files.emplace_back(path.toStdString());
    }
    m_scan = m_scanner.start(std::move(files));
    Q_EMIT opened(paths);
}

void ReadController::openPackage(const QString& file)
{
    m_prediction.reset();
    m_window.readPage().resultPanel().clear();
    m_window.readPage().setExplanation(std::nullopt);
    m_inference.loadPackage(file);
}

bool ReadController::loadedCompletely() const
{
    return m_scanFinished && m_current && m_loader.cachedFrames() >= m_current->imageCount();
}

void ReadController::onScan(const ScanReport& report)
{
    if (report.request != m_scan) {
        return;
    }
    auto& page = m_window.readPage();
    m_series.clear();
    for (const auto& series : *report.series) { // Each shares the report: no copy of its instances.
        m_series.emplace(QString::fromStdString(series.key), std::shared_ptr<const study::Series>(report.series, &series));
    }
    page.seriesPanel().setSeries(*report.series);
    page.seriesPanel().setStatus(report.finished ? QString() : tr("Reading: %1 of %2 files").arg(report.filesDone).arg(report.filesTotal));
    if (!m_current && !report.series->empty()) {
        showSeries(QString::fromStdString(report.series->front().key));
    } else if (m_current) {
        const auto found = m_series.find(QString::fromStdString(m_current->key));
        if (found != m_series.end()) {
            page.seriesPanel().setCurrent(found->first);
            if (found->second->imageCount() != m_current->imageCount()) {
                adoptGrown(found->second);
            }
        }
    }
    if (!report.finished) {
        return;
    }
    m_scanFinished = true;
    if (report.series->empty()) {
        page.viewport().setError(report.problems.empty() ? tr("There is no picture in what was opened.")
                                                         : QString::fromStdString(report.problems.front().subject + ": " + report.problems.front().detail));
    }
    if (!report.problems.empty()) {
        m_window.messageBar().showProblems(tr("Files that could not be shown: %1. The others are open.").arg(report.problems.size()),
                                           report.problems);
    }
    Q_EMIT scanFinished(static_cast<int>(report.series->size()), static_cast<int>(report.problems.size()));
}

/// The current series has become longer while its folder is read: the shown image stays, its number may change.
void ReadController::adoptGrown(std::shared_ptr<const study::Series> series)
{
    int shown = -1;
    if (m_shownIndex >= 0) {
        const auto where = study::locate(*m_current, m_shownIndex);
        shown = indexOf(*series, m_current->instances[static_cast<std::size_t>(where.instance)].file, where.frame);
    }
    m_current = std::move(series);
    m_generation = m_loader.setSeries(m_current);
    m_shownIndex = shown;
    m_window.readPage().viewport().growSeries(*m_current, shown);
    if (shown >= 0) {
        (void)m_loader.request(shown); // Sets the centre of prefetching; the frame itself is cached.
    } else {
        onImageRequested(0);
    }
}

void ReadController::showSeries(const QString& key)
{
    const auto found = m_series.find(key);
    if (found == m_series.end()) {
        return;
    }
    m_inference.forget();
    m_prediction.reset();
    m_shownIndex = -1;
    m_current = found->second;
    m_generation = m_loader.setSeries(m_current);
    auto& page = m_window.readPage();
    page.viewport().setSeries(*m_current);
    page.resultPanel().clear();
    page.setExplanation(std::nullopt);
    page.seriesPanel().setCurrent(key);
    if (!m_current->problems.empty()) {
        m_window.messageBar().showProblems(tr("This series is not regular; read it with care."), m_current->problems);
    }
    page.viewport().requestImage(0);
}

void ReadController::onImageRequested(int index)
{
    if (!m_current) {
        return;
    }
    if (const auto cached = m_loader.request(index)) {
        show(index, *cached);
    } else {
        m_window.readPage().viewport().setLoading(index);
    }
}

void ReadController::onFrame(const FrameAnswer& answer)
{
    if (answer.generation != m_generation || !m_current) {
        return;
    }
    if (answer.problem) {
        m_shownIndex = -1;
        m_window.readPage().viewport().setError(QString::fromStdString(answer.problem->subject + ": " + answer.problem->detail));
        m_window.readPage().resultPanel().clear();
        return;
    }
    show(answer.index, answer.image);
}

void ReadController::show(int index, const image::Image& image)
{
    m_inference.forget();
    m_question = 0;
    m_prediction.reset();
    m_chosenClass = -1;
    m_shownIndex = index;
    m_shownImage = image;
    m_window.readPage().viewport().setImage(index, image, instanceOf(*m_current, index).info);
    if (!m_firstShown) {
        m_firstShown = true;
        Q_EMIT firstImageShown();
    }
    if (m_package && !m_window.readPage().viewport().cineRunning()) {
        m_askTimer.start();
    }
}

void ReadController::onThumbnailRequested(const QString& key)
{
    if (const auto found = m_series.find(key); found != m_series.end()) {
        const int middle = found->second->imageCount() / 2;
        const auto where = study::locate(*found->second, middle);
        m_thumbnails.request(key.toStdString(), instanceOf(*found->second, middle).file, where.frame);
    }
}

void ReadController::ask()
{
    auto& page = m_window.readPage();
    const auto binding = page.viewport().binding();
    if (!m_package || !m_inference.hasPackage() || !m_current || m_shownIndex < 0 || !binding) {
        return;
    }
    predict::SourceBinding source = *binding;
    source.input = instanceOf(*m_current, m_shownIndex).file.string();
    source.modality = instanceOf(*m_current, m_shownIndex).info.modality;
    predict::Predictor::Options options;
    options.explain = true;
    options.method = page.resultPanel().overlayControls().method().toStdString();
    // Without a choice of the reader's the evidence is that for the answer itself: the most probable class.
    if (m_chosenClass >= 0 && m_chosenClass < static_cast<int>(m_package->classes.size())) {
        options.className = m_package->classes[static_cast<std::size_t>(m_chosenClass)];
    }
    page.resultPanel().setRunning();
    m_question = m_inference.ask(m_shownImage, std::move(source), std::move(options));
}

void ReadController::onAnswer(std::uint64_t number, const predict::Prediction& prediction,
                              const std::optional<predict::Explanation>& explanation)
{
    if (number != m_question || !m_window.readPage().setPrediction(prediction)) {
        return;
    }
    m_prediction = prediction;
    m_window.readPage().setExplanation(explanation);
    Q_EMIT answerShown();
}

} // namespace diascope::app
