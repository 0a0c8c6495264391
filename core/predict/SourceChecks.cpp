// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/SourceChecks.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/PackageEvidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace diascope::predict {

namespace {

constexpr double kSizeFactor = 2.0, kSpacingFactor = 3.0, kAspectFactor = 1.25;
constexpr double kMoreColour = 0.02; ///< Of the pixels, beyond the most colourful training picture.

std::string joined(const std::vector<std::string>& names, const std::string& ofEmpty)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + (name.empty() ? ofEmpty : name);
    }
    return text;
}

/// Width to height, beyond what the sizes of the training allow: a resize that squeezes makes other shapes of other proportions.
std::string oddAspect(const nn::PackageSources& known, const image::Image& source)
{
    const double aspect = static_cast<double>(source.width) / source.height;
    const double least = static_cast<double>(known.leastWidth) / known.mostHeight, most = static_cast<double>(known.mostWidth) / known.leastHeight;
    if (aspect * kAspectFactor >= least && aspect <= kAspectFactor * most) {
        return {};
    }
    return "the picture is " + base::fixedText(aspect, 2) + " times as wide as high; of the training pictures none was " + (aspect < least ? "below " : "above ") +
        base::fixedText(aspect < least ? least : most, 2);
}

bool has(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string sizeText(int width, int height)
{
    return std::to_string(width) + " x " + std::to_string(height);
}

std::string sizesText(const nn::PackageSources& known)
{
    const std::string least = sizeText(known.leastWidth, known.leastHeight), most = sizeText(known.mostWidth, known.mostHeight);
    return least == most ? least : least + " to " + most;
}

} // namespace

bool isBlank(const image::Image& networkSaw)
{
    std::array<std::int64_t, 256> counts{};
    for (const std::uint8_t value : networkSaw.samples<std::uint8_t>()) {
        ++counts[value];
    }
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    std::int64_t drawn = 0;
    for (std::ptrdiff_t level = 0; level < 256; ++level) {
        drawn += std::abs(level - most) > kBlankLevels ? counts[static_cast<std::size_t>(level)] : 0;
    }
    return static_cast<double>(drawn) < kLeastDrawn * static_cast<double>(networkSaw.sampleCount());
}

std::string unitOf(const image::ModalityRescale& rescale)
{
    return rescale.unit == "US" ? std::string() : rescale.unit;
}

double colourShare(const image::Image& image)
{
    if (image.channels != 3 || image.type != image::PixelType::UInt8 || image.empty()) {
        return 0.0;
    }
    constexpr std::size_t kMostLookedAt = 65536;
    constexpr int kVisible = 24;
    const auto samples = image.samples<std::uint8_t>();
    const std::size_t pixels = samples.size() / 3, step = pixels / kMostLookedAt + 1;
    std::size_t coloured = 0, looked = 0;
    for (std::size_t i = 0; i < pixels; i += step) {
        const auto [least, most] = std::minmax({samples[3 * i], samples[3 * i + 1], samples[3 * i + 2]});
        coloured += most - least > kVisible ? 1 : 0;
        ++looked;
    }
    return static_cast<double>(coloured) / static_cast<double>(std::max<std::size_t>(looked, 1));
}

std::vector<std::string> oddities(const nn::PackageSources& known, const image::Image& source, const std::string& modality)
{
    std::vector<std::string> found;
    if (!known.any()) {
        return found;
    }
    // A plain picture says nothing of its modality, and those who learned from plain pictures were told nothing either.
    const bool toldModalities = !modality.empty() && !(known.modalities.size() == 1 && known.modalities.front().empty());
    if (toldModalities && !has(known.modalities, modality)) {
        found.push_back("the modality is " + base::visibleText(modality) + "; the package learned from " + joined(known.modalities, "plain pictures"));
    }
    if (const std::string unit = unitOf(source.rescale); !has(known.units, unit)) {
        found.push_back("the values are " + (unit.empty() ? "without a unit" : "in " + base::visibleText(unit)) + "; the package learned from values " + joined(known.units, "without a unit"));
    }
    if (const double share = colourShare(source); share > known.mostColour + kMoreColour) {
        found.push_back(base::fixedText(100.0 * share, 0) + " % of the picture is coloured; of the training pictures at most " +
                        base::fixedText(100.0 * known.mostColour, 0) + " % was");
    }
    const bool small = source.width * kSizeFactor < known.leastWidth || source.height * kSizeFactor < known.leastHeight;
    const bool large = source.width > kSizeFactor * known.mostWidth || source.height > kSizeFactor * known.mostHeight;
    if (small || large) {
        found.push_back("the picture has " + sizeText(source.width, source.height) + " pixels; the package learned from " +
                        sizesText(known));
    }
    if (const std::string aspect = oddAspect(known, source); !aspect.empty()) {
        found.push_back(aspect);
    }
    if (source.spacing && known.leastSpacingMm > 0.0) {
        const double spacing = source.spacing->rowMm;
        if (spacing * kSpacingFactor < known.leastSpacingMm || spacing > kSpacingFactor * known.mostSpacingMm) {
            found.push_back("the pixels are " + base::numberText(spacing) + " mm apart; of the training pictures " +
                            base::numberText(known.leastSpacingMm) + " to " + base::numberText(known.mostSpacingMm) + " mm");
        }
    }
    return found;
}

} // namespace diascope::predict
