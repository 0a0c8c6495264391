// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Fan.h"

#include <algorithm>
#include <cmath>

namespace diascope::demo {
namespace {
constexpr double kMarginPixels = 8.0;
}

Fan Fan::fit(double probeRadiusMm, double depthMm, double halfAngle, int width, int height)
{
    Fan fan{probeRadiusMm, depthMm, halfAngle, width, height, 0.0, 0.0, 0.0};
    const double reachMm = probeRadiusMm + depthMm;
    const double heightMm = reachMm - probeRadiusMm * std::cos(halfAngle);
    const double widthMm = 2.0 * reachMm * std::sin(halfAngle);
    fan.pixelMm = std::max(heightMm / (height - 2.0 * kMarginPixels), widthMm / (width - 2.0 * kMarginPixels));
    fan.apexX = width / 2.0;
    fan.apexY = kMarginPixels - probeRadiusMm * std::cos(halfAngle) / fan.pixelMm;
    return fan;
}

Fan::Polar Fan::polarOf(int x, int y) const
{
    const double dx = (x + 0.5 - apexX) * pixelMm;
    const double dy = (y + 0.5 - apexY) * pixelMm;
    return {std::atan2(dx, dy), std::hypot(dx, dy) - probeRadiusMm};
}

bool Fan::contains(const Polar& p) const
{
    return p.depthMm >= 0.0 && p.depthMm < depthMm && std::abs(p.angle) < halfAngle;
}

Fan::Box Fan::box() const
{
    const double reach = (probeRadiusMm + depthMm) / pixelMm;
    const double half = reach * std::sin(halfAngle);
    return {std::max(0, static_cast<int>(std::floor(apexX - half))),
            static_cast<int>(std::floor(apexY + probeRadiusMm * std::cos(halfAngle) / pixelMm)),
            std::min(width - 1, static_cast<int>(std::ceil(apexX + half))),
            std::min(height - 1, static_cast<int>(std::ceil(apexY + reach)))};
}

std::vector<float> scanConvert(const Fan& fan, const PolarGrid& grid, const std::vector<float>& values)
{
    std::vector<float> out(static_cast<std::size_t>(fan.width) * static_cast<std::size_t>(fan.height), -1.0F);
    for (int y = 0; y < fan.height; ++y) {
        for (int x = 0; x < fan.width; ++x) {
            const Fan::Polar p = fan.polarOf(x, y);
            if (!fan.contains(p)) {
                continue;
            }
            const double column = std::clamp((p.angle + grid.halfAngle) / grid.angleStep() - 0.5, 0.0, grid.lines - 1.001);
            const double row = std::clamp(p.depthMm / grid.depthStep() - 0.5, 0.0, grid.samples - 1.001);
            const auto c = static_cast<std::size_t>(column), r = static_cast<std::size_t>(row);
            const float fc = static_cast<float>(column - static_cast<double>(c));
            const float fr = static_cast<float>(row - static_cast<double>(r));
            const float* top = values.data() + r * static_cast<std::size_t>(grid.lines) + c;
            const float* bottom = top + grid.lines;
            out[static_cast<std::size_t>(y) * static_cast<std::size_t>(fan.width) + static_cast<std::size_t>(x)]
                = (top[0] * (1 - fc) + top[1] * fc) * (1 - fr) + (bottom[0] * (1 - fc) + bottom[1] * fc) * fr;
        }
    }
    return out;
}

} // namespace diascope::demo
