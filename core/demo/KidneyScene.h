// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "demo/Noise.h"

#include <cstdint>
#include <numbers>
#include <vector>

namespace diascope::demo {

inline constexpr float kPi = std::numbers::pi_v<float>;

/// What is true of a made-up patient. Everything that depends on the disease follows one hidden severity, whose
/// distributions in the two classes overlap (about d' = 2.6): no reader can be perfect.
struct PatientTraits {
    bool renalFailure = false;
    double severity = 0.0;     ///< 0 healthy .. 1 end stage; may go a little beyond.
    double lengthMm = 108.0;   ///< Of a kidney; normal about 100..120, failing about 70..90.
    double cortexDb = -5.0;    ///< Echo of the cortex against the liver's.
    double medullaDb = -6.0;   ///< Echo of the pyramids against the cortex's.
    double sinusShare = 0.42;  ///< Of the kidney's short half axis.
    double roughness = 0.02;   ///< Of the outline.
    int cysts = 0;
    double fatMm = 12.0, muscleMm = 9.0; ///< Body wall.
    double attenuation = 0.0;  ///< Extra, dB/mm, what gain compensation does not take away.
    double steatosisDb = 0.0;  ///< A fatty liver is brighter: confounds the comparison with the cortex.
};
[[nodiscard]] PatientTraits drawTraits(bool renalFailure, base::Rng& rng);

/// How one image is taken.
struct View {
    bool leftKidney = false;   ///< Spleen instead of liver.
    bool transverse = false;
    double depthMm = 150.0;
    double gainDb = 0.0;
    bool gas = false, ribShadow = false;
};
[[nodiscard]] View drawView(int index, base::Rng& rng);

/// What the sound meets at a point.
struct Echo {
    float scatterDb = -60.0F;  ///< Of diffuse scatterers, against healthy liver.
    float mirrorDb = -90.0F;   ///< Of a smooth interface struck at this angle.
    float lossDbPerMm = 0.0F;  ///< On the way down and back, over what gain compensation expects; negative in fluid.
};

/// The anatomy of one view: a plane through body wall, liver or spleen, kidney, bowel, muscle and diaphragm.
/// Coordinates in mm: x to the right of the picture, z down from the middle of the probe's face.
class KidneyScene {
public:
    KidneyScene(const PatientTraits& traits, const View& view, base::Rng& rng);

    struct Point {
        float x, z;
        float depth;      ///< Along the line, from the probe's face.
        float sine, cosine; ///< Of the line's angle.
    };
    [[nodiscard]] Echo at(const Point& p) const;
    /// Depth at which the body wall ends; organs below it move with breathing.
    [[nodiscard]] double wallMm() const { return m_traits.fatMm + m_traits.muscleMm + 2.5; }

private:
    struct Local {
        float u, v;        ///< Along and across the kidney, mm.
        float rho;         ///< 1 on the outline.
        float distance;    ///< From the outline, mm, about; positive outside.
        float angle;       ///< Round the centre, radians.
        float facing;      ///< |cosine| between the line and the outline's normal.
    };
    struct Tube {
        float x0, z0, x1, z1, bend, radius, wallDb;
    };
    struct Ball {
        float u, v, radius;
    };
    [[nodiscard]] Echo wall(const Point& p) const;
    [[nodiscard]] Echo surroundings(const Point& p) const;
    [[nodiscard]] Local local(const Point& p) const;
    [[nodiscard]] Echo kidney(const Local& k) const;
    [[nodiscard]] float pyramid(const Local& k) const;
    void addOrgan(Echo& echo, const Point& p) const;
    void addDiaphragm(Echo& echo, const Point& p) const;
    void addGas(Echo& echo, const Point& p) const;
    void addSpine(Echo& echo, const Point& p) const;
    void placeVessels(base::Rng& rng);
    void placePyramids(base::Rng& rng);

    PatientTraits m_traits;
    View m_view;
    Noise m_noise, m_fine;
    float m_x = 0, m_z = 70, m_cosTilt = 1, m_sinTilt = 0; ///< Of the kidney.
    float m_a = 54, m_b = 26, m_bend = 0.1F;               ///< Half axes, bending.
    float m_notchAngle = 1.2F, m_notch = 0.0F, m_sinusV = 0.0F;
    float m_organX = -60, m_organZ = 50, m_organRadius = 80, m_organDb = 0.0F;
    float m_domeX = -20, m_domeZ = 70, m_domeRadius = 110;
    float m_gasX = 60, m_gasZ = 50, m_gasSize = 18;
    float m_spineX = 50, m_spineZ = 105;
    float m_fatRim = 4.0F, m_ribAngle = 0.4F, m_wave = 0.0F;
    std::vector<Tube> m_vessels;
    std::vector<Ball> m_cysts;
    std::vector<float> m_pyramidAngle, m_pyramidSize;
};

} // namespace diascope::demo
