// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/BurntIn.h"

#include "audit/ImageStatistics.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace diascope::audit {

namespace {

constexpr int kContrast = 80, kBright = 140; ///< Grey levels.
constexpr int kLeastGlyphs = 4;
constexpr int kStroke = 9; ///< Pixels: wider things are no strokes.

/// One connected piece of drawing.
struct Glyph {
    Box box;
    int pixels = 0;
    double level = 0.0, spread = 0.0; ///< Mean and standard deviation of its brightness.
    int label = 0;
    [[nodiscard]] int bottom() const { return box.y + box.height; }
    [[nodiscard]] int right() const { return box.x + box.width; }
};

struct Drawing {
    cv::Mat levels; ///< 8-bit grey.
    cv::Mat labels; ///< 32-bit, 0 = nothing drawn.
    std::vector<Glyph> pieces;
};

Drawing drawingOf(const image::Image& image)
{
    const image::Image grey = greyOf(image);
    Drawing drawing;
    drawing.levels = cv::Mat(grey.height, grey.width, CV_8UC1);
    std::copy(grey.bytes().begin(), grey.bytes().end(), reinterpret_cast<std::byte*>(drawing.levels.data));
    cv::Mat hat, bright;
    cv::morphologyEx(
        drawing.levels, hat, cv::MORPH_TOPHAT, cv::getStructuringElement(cv::MORPH_RECT, {kStroke, kStroke}));
    cv::threshold(hat, hat, kContrast - 1, 255, cv::THRESH_BINARY);
    cv::threshold(drawing.levels, bright, kBright - 1, 255, cv::THRESH_BINARY);
    cv::Mat stats, centres;
    const int count = cv::connectedComponentsWithStats(hat & bright, drawing.labels, stats, centres, 8);
    for (int label = 1; label < count; ++label) {
        const int* row = stats.ptr<int>(label);
        drawing.pieces.push_back(
            {{row[cv::CC_STAT_LEFT], row[cv::CC_STAT_TOP], row[cv::CC_STAT_WIDTH], row[cv::CC_STAT_HEIGHT]},
                row[cv::CC_STAT_AREA], 0.0, 0.0, label});
    }
    return drawing;
}

void measureBrightness(const Drawing& drawing, Glyph& glyph)
{
    double sum = 0.0, squares = 0.0;
    for (int y = glyph.box.y; y < glyph.bottom(); ++y) {
        for (int x = glyph.box.x; x < glyph.right(); ++x) {
            if (drawing.labels.at<int>(y, x) == glyph.label) {
                const double level = drawing.levels.at<std::uint8_t>(y, x);
                sum += level;
                squares += level * level;
            }
        }
    }
    glyph.level = sum / glyph.pixels;
    glyph.spread = std::sqrt(std::max(0.0, squares / glyph.pixels - glyph.level * glyph.level));
}

bool isGlyph(const Glyph& glyph, int pictureHeight)
{
    const double fill = static_cast<double>(glyph.pixels) / (glyph.box.width * glyph.box.height);
    const bool isStroke = glyph.box.width <= 2 * glyph.box.height / 5; // i, l, 1: full
    return glyph.box.height >= 6 && glyph.box.height <= std::min(48, std::max(12, pictureHeight / 8))
        && glyph.box.width >= 1 && glyph.box.width <= 1.6 * glyph.box.height && fill >= 0.15
        && (fill <= 0.8 || isStroke) && glyph.spread <= 40.0;
}

/// Whether `next` goes on with the line whose last glyph is `last`.
bool continues(const Glyph& last, const Glyph& next)
{
    const int height = std::max(last.box.height, next.box.height);
    const int gap = next.box.x - last.right();
    return gap >= -1 && gap <= 1.0 * height && std::abs(next.bottom() - last.bottom()) <= std::max(1, height / 5)
        && std::min(last.box.height, next.box.height) >= 0.55 * height && std::abs(next.level - last.level) <= 45.0;
}

Box around(const std::vector<Glyph>& line)
{
    int left = line.front().box.x, top = line.front().box.y, right = 0, bottom = 0;
    for (const Glyph& glyph : line) {
        left = std::min(left, glyph.box.x);
        top = std::min(top, glyph.box.y);
        right = std::max(right, glyph.right());
        bottom = std::max(bottom, glyph.bottom());
    }
    return {left, top, right - left, bottom - top};
}

void findLines(std::vector<Glyph> glyphs, BurntIn& found)
{
    std::sort(glyphs.begin(), glyphs.end(),
        [](const Glyph& a, const Glyph& b) { return std::pair(a.box.x, a.box.y) < std::pair(b.box.x, b.box.y); });
    std::vector<bool> used(glyphs.size(), false);
    for (std::size_t i = 0; i < glyphs.size(); ++i) {
        if (used[i]) {
            continue;
        }
        std::vector<Glyph> line{glyphs[i]};
        std::vector<std::size_t> members{i};
        for (std::size_t j = i + 1; j < glyphs.size(); ++j) {
            if (!used[j] && continues(line.back(), glyphs[j])) {
                line.push_back(glyphs[j]);
                members.push_back(j);
            }
        }
        if (line.size() >= kLeastGlyphs) {
            found.textLines.push_back(around(line));
            found.characters += static_cast<int>(line.size());
            for (const std::size_t member : members) {
                used[member] = true;
            }
        }
    }
}

/// A plus: both middle lines drawn to at least 80 %, all four corners (a third wide) empty.
bool isCross(const Drawing& drawing, const Glyph& glyph)
{
    const Box& box = glyph.box;
    if (std::min(box.width, box.height) < 7 || std::max(box.width, box.height) > 41
        || std::abs(box.width - box.height) > std::max(1, box.height / 6) || glyph.spread > 40.0) {
        return false;
    }
    const auto drawn = [&](int x, int y) { return drawing.labels.at<int>(y, x) == glyph.label; };
    const int middleX = box.x + box.width / 2, middleY = box.y + box.height / 2,
              third = std::min(box.width, box.height) / 3;
    int across = 0, down = 0, corners = 0;
    for (int x = box.x; x < glyph.right(); ++x) {
        across += drawn(x, middleY) || drawn(x, middleY - 1) ? 1 : 0;
    }
    for (int y = box.y; y < glyph.bottom(); ++y) {
        down += drawn(middleX, y) || drawn(middleX - 1, y) ? 1 : 0;
    }
    for (int y = 0; y < third; ++y) {
        for (int x = 0; x < third; ++x) {
            corners += (drawn(box.x + x, box.y + y) ? 1 : 0) + (drawn(glyph.right() - 1 - x, box.y + y) ? 1 : 0)
                + (drawn(box.x + x, glyph.bottom() - 1 - y) ? 1 : 0)
                + (drawn(glyph.right() - 1 - x, glyph.bottom() - 1 - y) ? 1 : 0);
        }
    }
    return across >= 0.8 * box.width && down >= 0.8 * box.height && corners == 0;
}

void findCalipers(const Drawing& drawing, const std::vector<Glyph>& pieces, BurntIn& found)
{
    std::vector<Box> crosses;
    for (const Glyph& piece : pieces) {
        if (isCross(drawing, piece)) {
            crosses.push_back(piece.box);
        }
    }
    for (std::size_t i = 0; i < crosses.size(); ++i) {
        const bool hasPeer = std::any_of(crosses.begin(), crosses.end(), [&](const Box& other) {
            return &other != &crosses[i]
                && std::abs(other.width - crosses[i].width) <= std::max(1, crosses[i].width / 5);
        });
        if (hasPeer) {
            found.marks.push_back(crosses[i]);
            ++found.calipers;
        }
    }
}

} // namespace

std::string BurntIn::text() const
{
    const auto counted = [](std::size_t n, const char* one, const char* many) {
        return std::to_string(n) + " " + (n == 1 ? one : many);
    };
    std::string result = textLines.empty()
        ? ""
        : counted(textLines.size(), "line", "lines") + " of text (" + std::to_string(characters) + " characters)";
    if (calipers > 0) {
        result += (result.empty() ? "" : " and ")
            + counted(static_cast<std::size_t>(calipers), "caliper mark", "caliper marks");
    }
    return result;
}

BurntIn findBurntIn(const image::Image& image)
{
    BurntIn found;
    if (image.empty() || std::min(image.width, image.height) < 3 * kStroke) {
        return found;
    }
    Drawing drawing = drawingOf(image);
    std::vector<Glyph> small, glyphs;
    for (Glyph& piece : drawing.pieces) {
        if (piece.box.height >= 6 && piece.box.height <= 48 && piece.box.width <= 80) {
            measureBrightness(drawing, piece);
            small.push_back(piece);
        }
    }
    std::copy_if(small.begin(), small.end(), std::back_inserter(glyphs),
        [&](const Glyph& piece) { return isGlyph(piece, drawing.levels.rows); });
    findCalipers(drawing, small, found);
    findLines(std::move(glyphs), found);
    return found;
}

} // namespace diascope::audit
