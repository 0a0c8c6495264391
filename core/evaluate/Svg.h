// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace diascope::evaluate {

/// Text for HTML and SVG: & < > " ' escaped, control characters made visible.
[[nodiscard]] std::string htmlText(const std::string& text);

/// A plot as one inline SVG element: axes with ticks, lines, points with bars, a legend. No script, nothing from
/// outside.
class SvgPlot {
public:
    struct Axis {
        std::string title;
        double low = 0.0, high = 1.0; ///< low < high.
    };
    using Points = std::vector<std::pair<double, double>>;

    SvgPlot(std::string title, Axis x, Axis y);
    /// Points outside the axes are drawn on their edge. `name` empty: not in the legend. Colours come in order,
    /// `dashed` ones are grey.
    void addLine(const std::string& name, const Points& points, bool dashed = false);
    struct Bar {
        double x = 0.0, y = 0.0, low = 0.0, high = 0.0;
    };
    void addPoints(const std::string& name, const std::vector<Bar>& points);
    /// Where curves fall; else the legend stands at the bottom.
    void setLegendOnTop() { m_legendOnTop = true; }
    [[nodiscard]] std::string svg() const;

private:
    [[nodiscard]] double px(double x) const;
    [[nodiscard]] double py(double y) const;
    std::string nextColour(const std::string& name);

    std::string m_title;
    Axis m_x, m_y;
    std::string m_marks;
    std::vector<std::pair<std::string, std::string>> m_legend; ///< Name, colour.
    std::size_t m_colours = 0;
    bool m_legendOnTop = false;
};

} // namespace diascope::evaluate
