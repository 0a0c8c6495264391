// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace diascope::train {

/// What lies outside of a picture that is turned or shifted.
enum class Border { Zero, Nearest, Mirror };

/// Random changes of the training pictures. Applied in this order, each with its own probability (0..1), each on floats
/// in 0..1: flips, crop, affine and elastic (one bilinear interpolation for all three), blur, contrast and brightness
/// (clamped to 0..1), holes.
struct AugmentConfig {
    double mirror = 0.0;     ///< Left and right swapped: probability.
    double upsideDown = 0.0; ///< Top and bottom swapped: probability.

    /// A part of the picture, stretched to the whole size (torchvision's RandomResizedCrop; pixels just outside of the
    /// part count where the interpolation reaches them). Share of the area uniform, width / height log-uniform; a part
    /// that would be larger than the picture is cut to it.
    struct Crop {
        double probability = 0.0;
        double areaLow = 0.2, areaHigh = 1.0;          ///< Share of the picture, 0.01..1.
        double aspectLow = 0.75, aspectHigh = 4.0 / 3; ///< Of the part, on a picture that is taken as square; 0.1..10.
        bool operator==(const Crop&) const = default;
    } crop;
    /// About the centre: rotate, shear, scale, then shift.
    struct Affine {
        double probability = 0.0;
        double rotateDegrees = 0.0;             ///< -r..r, 0..180.
        double shearDegrees = 0.0;              ///< -s..s, 0..80, along x.
        double scaleLow = 1.0, scaleHigh = 1.0; ///< > 0; 1.1 makes things 10 % larger.
        bool scaleAxesApart = false;            ///< Width and height scale independently (Keras' zoom).
        double shift = 0.0;                     ///< -s..s of width and of height, 0..1.
        bool operator==(const Affine&) const = default;
    } affine;
    /// Smooth random displacements (Simard et al. 2003): uniform noise in -1..1, blurred with `sigma` pixels, times
    /// `alpha`.
    struct Elastic {
        double probability = 0.0;
        double alpha = 0.0;  ///< Pixels, >= 0.
        double sigma = 50.0; ///< Pixels, > 0.
        bool operator==(const Elastic&) const = default;
    } elastic;
    Border border = Border::Zero; ///< Of crop, affine and elastic.

    /// Gaussian kernel of odd size, as OpenCV makes it from the size alone.
    struct Blur {
        double probability = 0.0;
        int smallest = 3, largest = 7; ///< Odd, 3..31.
        bool operator==(const Blur&) const = default;
    } blur;
    /// x * (1 + c) + b with c in -contrast..contrast and b in -brightness..brightness.
    struct Tone {
        double probability = 0.0;
        double contrast = 0.0, brightness = 0.0; ///< 0..1.
        bool operator==(const Tone&) const = default;
    } tone;
    /// Rectangles set to `fill`, wholly inside of the picture.
    struct Holes {
        double probability = 0.0;
        int count = 8, height = 16, width = 16; ///< Pixels; cut to the picture's size.
        double fill = 0.0;                      ///< 0..1, before normalisation.
        bool operator==(const Holes&) const = default;
    } holes;

    bool operator==(const AugmentConfig&) const = default;
    /// What is wrong with it, as "KEY must ..."; empty when it is good.
    [[nodiscard]] std::vector<std::string> check() const;
    /// Operations that are set but can move no pixel visibly, one sentence each: they are left out, and the run says
    /// so.
    [[nodiscard]] std::vector<std::string> idleOperations() const;
    /// Whether the elastic step is left out: six standard deviations of its displacement are less than 1/32 of a pixel,
    /// the finest step of the interpolation (OpenCV's remap) that the published recipes use. True for alpha 1, sigma 50
    /// (0.02 px).
    [[nodiscard]] bool elasticIsIdle() const;

    [[nodiscard]] static AugmentConfig none() { return {}; }
    [[nodiscard]] static AugmentConfig standard();  ///< Flips .5, brightness .1 and contrast .2 with .5.
    [[nodiscard]] static AugmentConfig renalNet();  ///< RenalNet.ipynb.
    [[nodiscard]] static AugmentConfig neuroflux(); ///< Mirror .5, +-10 degrees, scale .9 to 1.1.
    [[nodiscard]] static AugmentConfig
    neurofluxBalancing(); ///< The same with +-15 degrees, for its copies of rare classes.
    /// Keras' ImageDataGenerator as the kidney CT template sets it: rotation 40, shift .2, zoom .2, mirror, and a shear
    /// of 0.2, which Keras reads as degrees.
    [[nodiscard]] static AugmentConfig kerasTemplate();
    /// For self-supervised training, after SimSiam and BYOL as far as grey pictures go: a part of 20 to 100 % of the area,
    /// mirror .5, brightness and contrast .4 with .8, blur with .5.
    [[nodiscard]] static AugmentConfig views();
};

} // namespace diascope::train
