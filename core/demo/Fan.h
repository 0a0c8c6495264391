// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace diascope::demo {

/// The field of a curved-array probe as it lies in the picture. The face of the probe is an arc of `probeRadiusMm` that
/// bulges downwards; lines leave it at right angles. Angle 0 points straight down, positive angles to the right of the picture.
struct Fan {
    double probeRadiusMm = 55.0;
    double depthMm = 150.0;       ///< Length of a line from the face.
    double halfAngle = 0.55;      ///< Radians.
    int width = 640, height = 480;///< Of the picture, pixels.
    double pixelMm = 0.3;         ///< Both directions; set by fit().
    double apexX = 0.0, apexY = 0.0; ///< Centre of the arc in pixels (usually above the picture); set by fit().

    /// The largest scale at which the whole fan fits into the picture with a margin of 8 pixels, centred, the top at the margin.
    [[nodiscard]] static Fan fit(double probeRadiusMm, double depthMm, double halfAngle, int width, int height);

    struct Polar {
        double angle = 0.0;   ///< Radians.
        double depthMm = 0.0; ///< From the face of the probe; negative above it.
    };
    /// Of the centre of pixel (x, y).
    [[nodiscard]] Polar polarOf(int x, int y) const;
    [[nodiscard]] bool contains(const Polar& p) const;

    /// The bounding box in pixels, corners inclusive, as DICOM's Region Location has it.
    struct Box {
        int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    };
    [[nodiscard]] Box box() const;
};

/// Samples along lines: row = depth, column = line. Sample (row, column) lies at the centre of its cell.
struct PolarGrid {
    int lines = 384, samples = 640;
    double halfAngle = 0.55; ///< Radians; lines spread evenly over twice this.
    double depthMm = 150.0;
    [[nodiscard]] double angleStep() const { return 2.0 * halfAngle / lines; }
    [[nodiscard]] double depthStep() const { return depthMm / samples; }
    [[nodiscard]] double angle(double column) const { return (column + 0.5) * angleStep() - halfAngle; }
    [[nodiscard]] double depth(double row) const { return (row + 0.5) * depthStep(); }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(lines) * static_cast<std::size_t>(samples); }
};

/// Reads a polar picture at every pixel (bilinear); -1 outside the fan. `grid` must cover the fan.
[[nodiscard]] std::vector<float> scanConvert(const Fan& fan, const PolarGrid& grid, const std::vector<float>& values);

} // namespace diascope::demo
