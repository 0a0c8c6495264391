// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/AugmentConfig.h"

#include <cmath>
#include <numbers>

namespace diascope::train {

namespace {

class AugmentCheck {
public:
    void within(double value, double low, double high, const char* key)
    {
        if (!(value >= low && value <= high)) { // a NaN fails as well
            m_problems.push_back(
                std::string(key) + " must be " + shortText(low) + " to " + shortText(high));
        }
    }
    void require(bool good, const char* sentence)
    {
        if (!good) {
            m_problems.emplace_back(sentence);
        }
    }
    std::vector<std::string> take() { return std::move(m_problems); }

private:
    static std::string shortText(double value)
    {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
    }
    std::vector<std::string> m_problems;
};

} // namespace

std::vector<std::string> AugmentConfig::check() const
{
    AugmentCheck check;
    check.within(mirror, 0, 1, "mirror");
    check.within(upsideDown, 0, 1, "upsideDown");
    check.within(crop.probability, 0, 1, "crop.probability");
    check.within(crop.areaLow, 0.01, 1, "crop.areaLow");
    check.within(crop.areaHigh, 0.01, 1, "crop.areaHigh");
    check.require(!(crop.areaHigh < crop.areaLow), "crop.areaHigh must not be less than crop.areaLow");
    check.within(crop.aspectLow, 0.1, 10, "crop.aspectLow");
    check.within(crop.aspectHigh, 0.1, 10, "crop.aspectHigh");
    check.require(!(crop.aspectHigh < crop.aspectLow), "crop.aspectHigh must not be less than crop.aspectLow");
    check.within(affine.probability, 0, 1, "affine.probability");
    check.within(affine.rotateDegrees, 0, 180, "affine.rotateDegrees");
    check.within(affine.shearDegrees, 0, 80, "affine.shearDegrees");
    check.within(affine.scaleLow, 0.01, 100, "affine.scaleLow");
    check.within(affine.scaleHigh, 0.01, 100, "affine.scaleHigh");
    check.require(!(affine.scaleHigh < affine.scaleLow), "affine.scaleHigh must not be less than affine.scaleLow");
    check.within(affine.shift, 0, 1, "affine.shift");
    check.within(elastic.probability, 0, 1, "elastic.probability");
    check.within(elastic.alpha, 0, 1e5, "elastic.alpha");
    check.within(elastic.sigma, 0.1, 1e4, "elastic.sigma");
    check.within(blur.probability, 0, 1, "blur.probability");
    check.within(blur.smallest, 3, 31, "blur.smallest");
    check.within(blur.largest, 3, 31, "blur.largest");
    check.require(blur.smallest % 2 == 1 && blur.largest % 2 == 1, "blur.largest and blur.smallest must be odd");
    check.require(blur.smallest <= blur.largest, "blur.largest must not be less than blur.smallest");
    check.within(tone.probability, 0, 1, "tone.probability");
    check.within(tone.contrast, 0, 1, "tone.contrast");
    check.within(tone.brightness, 0, 1, "tone.brightness");
    check.within(holes.probability, 0, 1, "holes.probability");
    check.within(holes.count, 1, 10000, "holes.count");
    check.within(holes.height, 1, 65535, "holes.height");
    check.within(holes.width, 1, 65535, "holes.width");
    check.within(holes.fill, 0, 1, "holes.fill");
    return check.take();
}

bool AugmentConfig::elasticIsIdle() const
{
    // White noise of variance 1/3 under a Gaussian of sigma s keeps the variance 1 / (3 * 4 pi s^2).
    const double deviation = elastic.alpha / (2.0 * std::sqrt(3.0 * std::numbers::pi) * elastic.sigma);
    return 6.0 * deviation < 1.0 / 32.0;
}

std::vector<std::string> AugmentConfig::idleOperations() const
{
    std::vector<std::string> notes;
    if (elastic.probability > 0.0 && elasticIsIdle()) {
        notes.push_back("The elastic deformation is left out: with alpha " + std::to_string(elastic.alpha)
            + " and sigma " + std::to_string(elastic.sigma) + " it moves no pixel by 1/32 of its size.");
    }
    return notes;
}

AugmentConfig AugmentConfig::standard()
{
    AugmentConfig config;
    config.mirror = config.upsideDown = 0.5;
    config.tone = {0.5, 0.2, 0.1};
    return config;
}

AugmentConfig AugmentConfig::renalNet()
{
    AugmentConfig config;
    config.mirror = config.upsideDown = 0.5;
    config.elastic = {0.3, 1.0, 50.0};
    config.border = Border::Mirror;
    config.blur = {0.3, 3, 7};
    config.tone = {0.5, 0.2, 0.2};
    config.holes = {0.3, 8, 16, 16, 0.0};
    return config;
}

AugmentConfig AugmentConfig::neuroflux()
{
    AugmentConfig config;
    config.mirror = 0.5;
    config.affine.probability = 1.0;
    config.affine.rotateDegrees = 10.0;
    config.affine.scaleLow = 0.9;
    config.affine.scaleHigh = 1.1;
    return config;
}

AugmentConfig AugmentConfig::neurofluxBalancing()
{
    AugmentConfig config = neuroflux();
    config.affine.rotateDegrees = 15.0;
    return config;
}

AugmentConfig AugmentConfig::kerasTemplate()
{
    AugmentConfig config;
    config.mirror = 0.5;
    config.affine = {1.0, 40.0, 0.2, 0.8, 1.2, true, 0.2};
    config.border = Border::Nearest;
    return config;
}

AugmentConfig AugmentConfig::views()
{
    AugmentConfig config;
    config.crop.probability = 1.0;
    config.border = Border::Nearest;
    config.mirror = 0.5;
    config.tone = {0.8, 0.4, 0.4};
    config.blur = {0.5, 3, 9};
    return config;
}

} // namespace diascope::train
