// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/ColourMap.h"

#include "image/ColourTables.h"

#include <cmath>

namespace diascope::image {

namespace {

constexpr std::array kMaps{ColourMap::Inferno, ColourMap::Viridis, ColourMap::Cividis, ColourMap::Magma, ColourMap::JetLegacy};

} // namespace

std::span<const ColourMap> colourMaps()
{
    return kMaps;
}

std::string_view name(ColourMap map)
{
    switch (map) {
    case ColourMap::Inferno: return "inferno";
    case ColourMap::Viridis: return "viridis";
    case ColourMap::Cividis: return "cividis";
    case ColourMap::Magma: return "magma";
    case ColourMap::JetLegacy: break;
    }
    return "jet (legacy)";
}

std::optional<ColourMap> colourMapFromName(std::string_view text)
{
    for (const ColourMap map : kMaps) {
        if (name(map) == text) {
            return map;
        }
    }
    return std::nullopt;
}

const ColourTable& colourTable(ColourMap map)
{
    switch (map) {
    case ColourMap::Inferno: return kInferno;
    case ColourMap::Viridis: return kViridis;
    case ColourMap::Cividis: return kCividis;
    case ColourMap::Magma: return kMagma;
    case ColourMap::JetLegacy: break;
    }
    return kJet;
}

Rgb8 colourAt(ColourMap map, double value)
{
    const double clamped = value > 0.0 ? std::fmin(value, 1.0) : 0.0;
    return colourTable(map)[static_cast<std::size_t>(std::lround(clamped * 255.0))];
}

} // namespace diascope::image
