// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demo/Fan.h"
#include "demo/KidneyScene.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::demo {

/// A simulated scanner: what it adds to the anatomy.
struct Probe {
    std::string name = "C5-1";
    double radiusMm = 55.0;
    double halfAngle = 0.55;      ///< Radians.
    double axialMm = 0.28, lateralPerMm = 0.0085; ///< Point spread, see PointSpread.
    int looks = 2;                ///< Compounded looks (1 = fully developed speckle as it is).
    double rangeDb = 60.0;        ///< Of the log compression.
    double noiseDb = -62.0;       ///< Electronic noise at the face, against liver; rises with gain compensation.
};
[[nodiscard]] Probe drawProbe(base::Rng& rng);

/// 8-bit grey pictures of one sweep with the geometry they were made in.
struct UltrasoundSweep {
    Fan fan;
    std::vector<std::vector<std::uint8_t>> frames; ///< height * width each; 0 outside the fan.
};

/// Simulates `frames` pictures of 640 x 480 (or as given), 40 ms apart: complex scatterers band-limited by the point spread,
/// weighted by the scene, attenuated, compensated, compounded, log-compressed and scan-converted. Frames after the first follow
/// the breathing. The same streams give the same bytes.
struct SweepConfig {
    PatientTraits traits;
    View view;
    Probe probe;
    int frames = 1;
    int width = 640, height = 480;
    std::uint64_t seed = 0;
    std::uint64_t patient = 0, image = 0; ///< Coordinates of the random streams.
};
[[nodiscard]] UltrasoundSweep simulate(const SweepConfig& config);

} // namespace diascope::demo
