// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/Viewport.h"

#include "ui/read/ViewportPrivate.h"

#include <algorithm>
#include <cmath>

namespace diascope::ui {

namespace {

constexpr int kSlowMs = 150;         ///< After so long a pending image is worth a word.
constexpr int kCineTickMs = 8;
constexpr qint64 kPatienceMs = 2000; ///< An unanswered request does not hold the cine loop for longer.

} // namespace

FramePlace Viewport::Private::placeOf(int index) const
{
    FramePlace place;
    int first = 0;
    for (std::size_t i = 0; i < framesOfInstance.size(); ++i) {
        if (index < first + framesOfInstance[i]) {
            place.instance = static_cast<int>(i);
            place.frame = index - first;
            // A multi-frame object is a loop of its own; single frames loop through the stack.
            place.first = framesOfInstance[i] > 1 ? first : 0;
            place.count = framesOfInstance[i] > 1 ? framesOfInstance[i] : imageCount;
            return place;
        }
        first += framesOfInstance[i];
    }
    return place;
}

const std::string& Viewport::Private::pixelHash() const
{
    if (hash.empty() && !image.empty()) {
        hash = image::pixelHash(image);
    }
    return hash;
}

void Viewport::Private::rebuildClock()
{
    cinePlace = placeOf(std::max(0, shown));
    if (rateChosen > 0.0) {
        clock = CineClock({1000.0 / rateChosen}, cinePlace.count);
    } else {
        clock = CineClock(info.frameTimesMs, cinePlace.count);
    }
}

Viewport::Viewport(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>())
{
    setObjectName(QStringLiteral("viewport"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(240, 200);
    setAccessibleName(tr("Image"));
    d->steady.start();
    d->time = [this] { return d->steady.elapsed(); };
    d->cineTimer.setTimerType(Qt::PreciseTimer);
    d->cineTimer.setInterval(kCineTickMs);
    connect(&d->cineTimer, &QTimer::timeout, this, &Viewport::tickCine);
    d->slowTimer.setSingleShot(true);
    d->slowTimer.setInterval(kSlowMs);
    connect(&d->slowTimer, &QTimer::timeout, this, [this] {
        d->slow = true;
        update();
    });
}

Viewport::~Viewport() = default;

void Viewport::clear(const QString& reason)
{
    setCineRunning(false);
    d->framesOfInstance.clear();
    d->imageCount = 0;
    d->shown = -1;
    d->position = 0;
    d->pending = -1;
    d->slow = false;
    d->slowTimer.stop();
    d->image = {};
    d->info = {};
    d->hash.clear();
    d->orientation.reset();
    d->explanation.reset();
    d->heldAway = false;
    d->fresh = true;
    d->windowChosen = false;
    d->inverted = false;
    d->rateChosen = 0.0;
    d->view = {};
    d->frame = {}; // nothing of the last patient stays in memory to be painted by accident
    d->state = reason;
    d->stateIsError = false;
    d->dirty = true;
    update();
    Q_EMIT shownChanged();
    Q_EMIT viewChanged();
}

void Viewport::setSeries(const study::Series& series)
{
    clear(tr("Loading…"));
    d->countFrames(series);
    Q_EMIT viewChanged();
}

void Viewport::growSeries(const study::Series& series, int shownIndex)
{
    d->countFrames(series);
    if (d->shown >= 0 && shownIndex >= 0) {
        d->shown = shownIndex;
        d->position = shownIndex;
        d->rebuildClock();
    }
    d->pending = -1;
    d->slow = false;
    d->slowTimer.stop();
    update();
    Q_EMIT viewChanged();
}

void Viewport::Private::countFrames(const study::Series& series)
{
    framesOfInstance.clear();
    imageCount = 0;
    for (const study::Instance& instance : series.instances) {
        framesOfInstance.push_back(std::max(1, instance.info.frames));
        imageCount += framesOfInstance.back();
    }
}

void Viewport::setLoading(int index)
{
    if (d->pending != index) {
        d->pending = index;
        d->pendingSince = d->time();
        d->position = std::clamp(index, 0, std::max(0, d->imageCount - 1));
    }
    if (d->image.empty()) {
        d->state = tr("Loading image %1…").arg(index + 1);
        d->stateIsError = false;
    } else if (!d->slow && !d->slowTimer.isActive()) {
        d->slowTimer.start();
    }
    update();
}

void Viewport::setImage(int index, const image::Image& image, const image::SourceInfo& info, const std::string& pixelSha256)
{
    if (image.empty()) {
        setError(tr("The image has no pixels."));
        return;
    }
    const bool sameSize = d->image.width == image.width && d->image.height == image.height;
    const bool sameMeaning = d->image.type == image.type && d->image.channels == image.channels
                             && d->image.rescale.unit == image.rescale.unit;
    d->image = image;
    d->info = info;
    d->hash = pixelSha256;
    d->orientation = imageOrientation(info);
    d->explanation.reset();
    d->shown = index;
    d->imageCount = std::max(d->imageCount, index + 1);
    if (d->pending == index || d->pending < 0) {
        d->pending = -1;
        d->position = index;
        d->slow = false;
        d->slowTimer.stop();
    }
    d->state.clear();
    const auto spacing = image.spacing ? image.spacing : info.spacing;
    d->view.aspect = spacing && spacing->columnMm > 0 && spacing->rowMm > 0 ? spacing->rowMm / spacing->columnMm : 1.0;
    if (d->fresh || !sameMeaning || (!d->windowChosen && !image.windows.empty())) {
        d->openingWindow = image::defaultWindow(image);
        d->window = d->openingWindow;
        d->windowChosen = false;
        Q_EMIT windowChanged(d->window);
    }
    if (d->fresh || (!sameSize && d->view.fitted)) {
        d->view.fit({image.width, image.height}, deviceSize(*this));
    }
    d->fresh = false;
    d->dirty = true;
    if (!d->cineRunning) {
        d->rebuildClock();
    }
    update();
    Q_EMIT shownChanged();
    Q_EMIT viewChanged();
}

void Viewport::setError(const QString& text)
{
    setCineRunning(false);
    if (d->pending >= 0) {
        d->position = d->pending;
    }
    d->pending = -1;
    d->slow = false;
    d->slowTimer.stop();
    d->shown = -1;
    d->image = {};
    d->info = {};
    d->hash.clear();
    d->orientation.reset();
    d->explanation.reset();
    d->frame = {};
    d->dirty = true;
    d->state = text;
    d->stateIsError = true;
    update();
    Q_EMIT shownChanged();
    Q_EMIT viewChanged();
}

bool Viewport::matches(const predict::SourceBinding& source) const
{
    if (d->image.empty() || source.pixelSha256.empty()) {
        return false; // nothing proves that it belongs to this image
    }
    return source.sopInstanceUid == d->info.sopInstanceUid && source.frame == d->placeOf(d->shown).frame
           && source.pixelSha256 == d->pixelHash();
}

std::optional<predict::SourceBinding> Viewport::binding() const
{
    if (d->image.empty()) {
        return std::nullopt;
    }
    return predict::SourceBinding{{}, d->placeOf(d->shown).frame, d->info.sopInstanceUid, d->pixelHash()};
}

bool Viewport::setExplanation(const std::optional<predict::Explanation>& explanation)
{
    const bool refused = explanation && !matches(explanation->source);
    d->explanation = refused ? std::nullopt : explanation;
    d->dirty = true;
    update();
    if (refused) {
        Q_EMIT explanationRefused();
    }
    return !refused;
}

void Viewport::setOverlayStyle(const OverlayStyle& style)
{
    d->overlay = style;
    d->dirty = true;
    update();
}

void Viewport::setOverlayVisible(bool visible)
{
    if (d->overlayVisible != visible) {
        d->overlayVisible = visible;
        d->dirty = true;
        update();
        Q_EMIT overlayVisibleChanged(visible);
        Q_EMIT viewChanged();
    }
}

bool Viewport::overlayVisible() const
{
    return d->overlayVisible;
}

bool Viewport::overlayPainted() const
{
    return d->overlayVisible && !d->heldAway && d->explanation && !d->explanation->map.nothingToShow && !d->image.empty();
}

bool Viewport::hasImage() const
{
    return !d->image.empty();
}

int Viewport::imageCount() const
{
    return d->imageCount;
}

int Viewport::currentIndex() const
{
    return d->shown;
}

void Viewport::requestImage(int index)
{
    if (d->imageCount == 0) {
        return;
    }
    const int wanted = std::clamp(index, 0, d->imageCount - 1);
    if (wanted == (d->pending >= 0 ? d->pending : d->shown)) {
        return;
    }
    d->pending = wanted;
    d->pendingSince = d->time();
    d->position = wanted;
    if (!d->slow && !d->slowTimer.isActive()) {
        d->slowTimer.start();
    }
    Q_EMIT imageRequested(wanted);
}

void Viewport::step(int images)
{
    requestImage(d->position + images);
}

void Viewport::setCineRunning(bool running)
{
    const bool possible = running && d->imageCount > 1 && !d->image.empty();
    if (possible == d->cineRunning) {
        return;
    }
    d->cineRunning = possible;
    if (possible) {
        d->rebuildClock();
        d->cineFrom = d->shown - d->cinePlace.first;
        d->cineStart = d->time();
        d->cineTimer.start();
    } else {
        d->cineTimer.stop();
    }
    Q_EMIT cineRunningChanged(possible);
    Q_EMIT viewChanged();
    update();
}

bool Viewport::cineRunning() const
{
    return d->cineRunning;
}

void Viewport::tickCine()
{
    if (!d->cineRunning) {
        return;
    }
    const qint64 now = d->time();
    if (d->pending >= 0 && now - d->pendingSince < kPatienceMs) {
        return; // the last frame is still being decoded: the frames that fall due meanwhile are dropped
    }
    requestImage(d->cinePlace.first + d->clock.frameAt(d->cineFrom, now - d->cineStart));
}

double Viewport::framesPerSecond() const
{
    return d->image.empty() ? 0.0 : d->clock.framesPerSecond();
}

bool Viewport::frameRateAssumed() const
{
    return !d->image.empty() && d->rateChosen <= 0.0 && (d->info.frameTimeAssumed || d->info.frameTimesMs.empty());
}

void Viewport::setFramesPerSecond(double rate)
{
    d->rateChosen = std::clamp(rate, 0.0, 200.0);
    d->rebuildClock();
    d->cineFrom = std::max(0, d->shown - d->cinePlace.first);
    d->cineStart = d->time();
    update();
    Q_EMIT viewChanged();
}

void Viewport::setTimeSource(std::function<qint64()> milliseconds)
{
    d->time = std::move(milliseconds);
}

} // namespace diascope::ui
