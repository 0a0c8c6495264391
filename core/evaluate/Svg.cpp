// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Svg.h"

#include "base/Error.h"
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace diascope::evaluate {

namespace {

constexpr double kWidth = 420.0, kHeight = 380.0, kLeft = 56.0, kTop = 34.0, kPlot = 300.0;
constexpr std::array<const char*, 8> kColours
    = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00", "#444444"}; // Okabe and Ito

std::string number(double value)
{
    return base::numberText(std::round(value * 100.0) / 100.0);
}

std::string label(double x, double y, const std::string& text, const std::string& attributes)
{
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + attributes + ">" + htmlText(text) + "</text>";
}

} // namespace

std::string htmlText(const std::string& text)
{
    std::string result;
    for (const char c : base::visibleText(text)) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

SvgPlot::SvgPlot(std::string title, Axis x, Axis y)
    : m_title(std::move(title))
    , m_x(std::move(x))
    , m_y(std::move(y))
{
}

double SvgPlot::px(double x) const
{
    return kLeft + kPlot * (std::clamp(x, m_x.low, m_x.high) - m_x.low) / (m_x.high - m_x.low);
}

double SvgPlot::py(double y) const
{
    return kTop + kPlot * (1.0 - (std::clamp(y, m_y.low, m_y.high) - m_y.low) / (m_y.high - m_y.low));
}

std::string SvgPlot::nextColour(const std::string& name)
{
    const std::string colour = kColours[m_colours++ % kColours.size()];
    if (!name.empty()) {
        m_legend.emplace_back(name, colour);
    }
    return colour;
}

void SvgPlot::addLine(const std::string& name, const Points& points, bool dashed)
{
    const std::string colour = dashed ? "#888888" : nextColour(name);
    if (dashed && !name.empty()) {
        m_legend.emplace_back(name, colour);
    }
    constexpr std::size_t kMost = 2000; // finer than the eye
    std::string path;
    for (std::size_t k = 0; k < std::min(points.size(), kMost); ++k) {
        const auto& [x, y] = points[points.size() <= kMost ? k : k * (points.size() - 1) / (kMost - 1)];
        path += (path.empty() ? "" : " ") + number(px(x)) + "," + number(py(y));
    }
    m_marks += "<polyline fill=\"none\" stroke=\"" + colour + "\" stroke-width=\""
        + (dashed ? "1\" stroke-dasharray=\"4 3" : "1.8") + "\" points=\"" + path + "\"/>";
}

void SvgPlot::addPoints(const std::string& name, const std::vector<Bar>& points)
{
    const std::string colour = nextColour(name);
    for (const Bar& bar : points) {
        const std::string x = number(px(bar.x));
        m_marks += "<line x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + number(py(bar.low)) + "\" y2=\""
            + number(py(bar.high)) + "\" stroke=\"" + colour + "\"/>";
        m_marks += "<circle cx=\"" + x + "\" cy=\"" + number(py(bar.y)) + "\" r=\"3.5\" fill=\"" + colour + "\"/>";
    }
}

std::string SvgPlot::svg() const
{
    std::string text = "<svg role=\"img\" viewBox=\"0 0 " + number(kWidth) + " " + number(kHeight)
        + "\" width=\"420\" height=\"380\" font-family=\"sans-serif\" font-size=\"11\"><title>" + htmlText(m_title)
        + "</title>";
    text += label(kLeft + kPlot / 2, 18, m_title, "text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\"");
    text += "<rect x=\"" + number(kLeft) + "\" y=\"" + number(kTop)
        + "\" width=\"300\" height=\"300\" fill=\"#ffffff\" stroke=\"#999999\"/>";
    for (int tick = 0; tick <= 5; ++tick) {
        const double x = m_x.low + (m_x.high - m_x.low) * tick / 5.0, y = m_y.low + (m_y.high - m_y.low) * tick / 5.0;
        text += label(px(x), kTop + kPlot + 14, number(x), "text-anchor=\"middle\"")
            + label(kLeft - 5, py(y) + 4, number(y), "text-anchor=\"end\"");
    }
    text += label(kLeft + kPlot / 2, kTop + kPlot + 32, m_x.title, "text-anchor=\"middle\"");
    text += "<g transform=\"translate(14 " + number(kTop + kPlot / 2) + ") rotate(-90)\">"
        + label(0, 0, m_y.title, "text-anchor=\"middle\"") + "</g>";
    text += m_marks;
    double y = m_legendOnTop ? kTop + 6.0 : kTop + kPlot - 12.0 * static_cast<double>(m_legend.size()) - 2.0;
    for (const auto& [name, colour] : m_legend) {
        text += "<rect x=\"" + number(kLeft + 120) + "\" y=\"" + number(y) + "\" width=\"10\" height=\"8\" fill=\""
            + colour + "\"/>";
        text += label(kLeft + 134, y + 8, name, "");
        y += 12.0;
    }
    return text + "</svg>";
}

} // namespace diascope::evaluate
