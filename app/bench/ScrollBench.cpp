// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/ScrollBench.h"

#include "app/Application.h"
#include "base/Clock.h"
#include "base/Error.h"
#include "ui/read/ReadPage.h"
#include "ui/read/Viewport.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>
#include <QWheelEvent>

#include <algorithm>
#include <functional>

#include <ctime>

namespace diascope::bench {

namespace {

constexpr int kTimeoutMs = 180'000;

/// Runs the event loop until `done`.
void waitFor(const std::function<bool()>& done, const char* what)
{
    QElapsedTimer clock;
    clock.start();
    while (!done()) {
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 5);
        if (clock.elapsed() > kTimeoutMs) {
            throw base::Error(base::ErrorCode::Timeout, what, "was not reached in time");
        }
    }
}

void postWheel(QWidget& target, int steps)
{
    const QPointF centre(target.width() / 2.0, target.height() / 2.0);
    for (int i = 0; i < steps; ++i) {
        QCoreApplication::postEvent(&target, new QWheelEvent(centre, target.mapToGlobal(centre), QPoint(), QPoint(0, -120), Qt::NoButton,
                                                             Qt::NoModifier, Qt::NoScrollPhase, false));
    }
}

/// The longest time the event loop of the GUI thread did not come round.
class LoopWatch {
public:
    LoopWatch()
    {
        QObject::connect(&m_timer, &QTimer::timeout, [this] {
            const double worked = threadMs() - m_worked;
            m_longest = std::max(m_longest, m_watch.milliseconds());
            m_longestWork = std::max(m_longestWork, worked);
            m_watch.restart();
            m_worked = threadMs();
        });
        m_timer.start(0);
    }
    [[nodiscard]] double longestMs() const { return m_longest; }
    /// The same without the time in which the thread could not run because others had the cores: what our code itself takes.
    [[nodiscard]] double longestWorkMs() const { return m_longestWork; }

private:
    static double threadMs()
    {
        timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
    }
    QTimer m_timer;
    base::Stopwatch m_watch;
    double m_worked = threadMs();
    double m_longest = 0.0, m_longestWork = 0.0;
};

} // namespace

std::vector<Figure> scrollFigures(const std::string& name, const std::filesystem::path& folder)
{
    app::Application application({});
    application.window().resize(1600, 1000);
    application.start();
    auto& viewport = application.window().readPage().viewport();
    QCoreApplication::processEvents();

    std::vector<Figure> figures;
    double firstMs = 0.0, loadedMs = 0.0, blockedMs = 0.0, workedMs = 0.0;
    {
        const LoopWatch loop;
        const base::Stopwatch watch;
        application.read().open({QString::fromStdString(folder.string())});
        waitFor([&] { return viewport.hasImage(); }, "first image");
        viewport.repaint();
        firstMs = watch.milliseconds();
        waitFor([&] { return application.read().loadedCompletely(); }, "whole series");
        loadedMs = watch.milliseconds();
        blockedMs = loop.longestMs();
        workedMs = loop.longestWorkMs();
    }
    figures.push_back({name + ".firstImageRunning", firstMs / 1000.0, "s", "from opening in the running application"});
    figures.push_back({name + ".loaded", loadedMs / 1000.0, "s", "every slice in memory"});
    figures.push_back({name + ".guiLongestTurnWhileLoading", blockedMs, "ms", "longest turn of the event loop"});
    figures.push_back({name + ".guiLongestWorkWhileLoading", workedMs, "ms", "processor time of the longest turn"});

    const int count = viewport.imageCount();
    std::vector<double> steps;
    const base::Stopwatch scrolling;
    const int turns = std::min(3 * count, 600);
    for (int i = 0; i < turns; ++i) {
        const base::Stopwatch step;
        viewport.requestImage((i + 1) % count);
        viewport.repaint();
        steps.push_back(step.milliseconds());
    }
    const double seconds = scrolling.seconds();
    figures.push_back({name + ".stepMedian", median(steps), "ms", "slice from memory to painted, 1600x1000 window"});
    figures.push_back({name + ".stepP99", percentile99(steps), "ms", "99th percentile"});
    figures.push_back({name + ".slicesPerSecond", turns / seconds, "1/s", "every slice painted"});

    viewport.requestImage(0);
    viewport.repaint();
    const int burst = std::min(300, count - 1);
    const base::Stopwatch lag;
    postWheel(viewport, burst);
    waitFor([&] { return viewport.currentIndex() == burst; }, "last slice of the burst");
    viewport.repaint();
    figures.push_back({name + ".wheelBurstLag", lag.seconds(), "s", std::to_string(burst) + " wheel events at once, until the last slice is painted"});
    return figures;
}

} // namespace diascope::bench
