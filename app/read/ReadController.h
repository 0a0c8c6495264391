// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/read/FrameLoader.h"
#include "app/read/InferenceController.h"
#include "app/read/StudyScanner.h"
#include "app/read/Thumbnails.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace diascope::ui {
class MainWindow;
}

namespace diascope::app {

/// Drives the Read perspective: files -> series -> frames -> viewport -> model -> answer. Lives on the GUI thread; the scanner, the
/// loader and the inference thread answer through queued calls, and answers that were overtaken are dropped by their number.
class ReadController final : public QObject {
    Q_OBJECT
public:
    ReadController(ui::MainWindow& window, decode::DecoderPool& pool, InferenceController& inference, QObject* parent = nullptr);

    /// Opens files and folders; what was shown is cleared first.
    void open(const QStringList& paths);
    void openPackage(const QString& file);
    /// The newest answer, for tests and the first look.
    [[nodiscard]] const std::optional<predict::Prediction>& prediction() const { return m_prediction; }

    /// The folder is read to its end and every frame of the current series is in memory (or was refused).
    [[nodiscard]] bool loadedCompletely() const;

Q_SIGNALS:
    void opened(const QStringList& paths);
    void firstImageShown();
    void scanFinished(int series, int problems);
    void answerShown();
    void answerFailed(const QString& reason);

private:
    void connectPage();
    void onScan(const ScanReport& report);
    void showSeries(const QString& key);
    void adoptGrown(std::shared_ptr<const study::Series> series);
    void onImageRequested(int index);
    void onFrame(const FrameAnswer& answer);
    void show(int index, const image::Image& image);
    void onThumbnailRequested(const QString& key);
    void ask();
    void onAnswer(std::uint64_t number, const predict::Prediction& prediction, const std::optional<predict::Explanation>& explanation);

    ui::MainWindow& m_window;
    InferenceController& m_inference;
    StudyScanner m_scanner;
    FrameLoader m_loader;
    Thumbnails m_thumbnails;
    std::uint64_t m_scan = 0;
    std::uint64_t m_generation = 0;
    std::uint64_t m_question = 0;
    std::map<QString, std::shared_ptr<const study::Series>> m_series;
    std::shared_ptr<const study::Series> m_current;
    image::Image m_shownImage;
    int m_shownIndex = -1;
    int m_chosenClass = -1; ///< Whose evidence the reader asked for on the shown image; -1 = that of the answer.
    std::optional<predict::Prediction> m_prediction;
    std::optional<PackageSummary> m_package;
    QTimer m_askTimer; ///< The model is asked when scrolling has come to rest.
    bool m_firstShown = false;
    bool m_scanFinished = false;
};

} // namespace diascope::app
