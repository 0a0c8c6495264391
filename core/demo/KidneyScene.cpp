// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/KidneyScene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace diascope::demo {
namespace {

float real(double value) { return static_cast<float>(value); }

/// The larger of two powers in dB, without a kink.
float add(float aDb, float bDb)
{
    return 10.0F * std::log10(1e-12F + std::pow(10.0F, 0.1F * aDb) + std::pow(10.0F, 0.1F * bDb));
}
} // namespace

PatientTraits drawTraits(bool renalFailure, base::Rng& rng)
{
    PatientTraits t;
    t.renalFailure = renalFailure;
    t.severity = renalFailure ? 0.78 + 0.19 * rng.normal() : 0.28 + 0.18 * rng.normal();
    t.severity = std::clamp(t.severity, -0.1, 1.15);
    const double s = t.severity;
    t.lengthMm = std::clamp(116.0 - 36.0 * s + 3.5 * rng.normal(), 66.0, 126.0);
    t.cortexDb = std::clamp(-6.8 + 10.0 * s + 1.1 * rng.normal(), -7.5, 4.0);
    t.medullaDb = std::min(-0.2, -6.2 + 6.2 * s + 0.7 * rng.normal());
    t.sinusShare = std::clamp(0.38 + 0.22 * s + 0.03 * rng.normal(), 0.3, 0.68);
    t.roughness = std::clamp(0.012 + 0.03 * s + 0.006 * rng.normal(), 0.006, 0.06);
    t.cysts = rng.chance(0.06 + 0.25 * std::max(0.0, s)) ? 1 + static_cast<int>(rng.below(3)) : 0;
    t.fatMm = rng.uniform(5.0, 19.0);
    t.muscleMm = rng.uniform(5.0, 11.0);
    t.attenuation = rng.uniform(0.01, 0.075);
    t.steatosisDb = std::max(0.0, 1.6 * rng.normal());
    return t;
}

View drawView(int index, base::Rng& rng)
{
    View v;
    v.leftKidney = (index / 2) % 2 == 1;
    v.transverse = index % 4 == 3 || (index % 4 == 1 && rng.chance(0.3));
    v.depthMm = std::round(rng.uniform(120.0, 165.0) / 5.0) * 5.0;
    v.gainDb = 2.5 * rng.normal();
    v.gas = rng.chance(0.4);
    v.ribShadow = rng.chance(0.18);
    return v;
}

KidneyScene::KidneyScene(const PatientTraits& traits, const View& view, base::Rng& rng)
    : m_traits(traits), m_view(view), m_noise(rng.next64()), m_fine(rng.next64())
{
    const double wall = wallMm();
    m_a = real(0.5 * traits.lengthMm * rng.uniform(0.95, 1.03));
    m_b = real(0.5 * traits.lengthMm * rng.uniform(0.44, 0.50));
    if (view.transverse) {
        m_a = m_b * real(rng.uniform(1.05, 1.2));
        m_notch = real(rng.uniform(0.35, 0.5));
        m_notchAngle = real(rng.uniform(0.5, 1.1));
        m_sinusV = 0.0F;
    } else {
        m_notch = real(rng.uniform(0.0, 0.16));
        m_notchAngle = real(rng.uniform(1.3, 1.9));
        m_sinusV = m_b * real(rng.uniform(0.0, 0.12));
    }
    m_bend = real(rng.uniform(0.03, 0.16));
    const double tilt = view.transverse ? rng.uniform(-0.5, 0.5) : -rng.uniform(0.05, 0.42);
    m_cosTilt = real(std::cos(tilt));
    m_sinTilt = real(std::sin(tilt));
    m_x = real(rng.uniform(-8.0, 16.0));
    m_z = std::min(real(wall + 14.0 + m_b * rng.uniform(0.95, 1.25) + (view.leftKidney ? 0.0 : rng.uniform(2.0, 12.0))),
                   real(view.depthMm) - m_b - 14.0F);
    m_organRadius = real(view.leftKidney ? rng.uniform(50.0, 62.0) : rng.uniform(78.0, 98.0));
    m_organX = m_x - real(rng.uniform(34.0, 50.0)) - (view.leftKidney ? 14.0F : 0.0F);
    m_organZ = real(wall) + (view.leftKidney ? 22.0F : 14.0F) + real(rng.uniform(0.0, 8.0));
    m_organDb = real(traits.steatosisDb * (view.leftKidney ? 0.3 : 1.0) + (view.leftKidney ? rng.uniform(0.0, 2.0) : 0.0));
    m_domeRadius = real(rng.uniform(95.0, 125.0));
    m_domeX = m_x - real(rng.uniform(4.0, 18.0)) + m_domeRadius - 92.0F;
    m_domeZ = m_z - real(rng.uniform(18.0, 34.0));
    m_gasSize = real(rng.uniform(9.0, 20.0));
    m_gasX = m_x + m_a + m_gasSize * 0.55F + real(rng.uniform(0.0, 14.0));
    m_gasZ = real(wall + rng.uniform(10.0, 26.0));
    m_spineX = m_x + m_a + real(rng.uniform(10.0, 22.0));
    m_spineZ = m_z + real(rng.uniform(4.0, 18.0));
    m_fatRim = real(rng.uniform(1.5, 7.0));
    m_ribAngle = real(rng.uniform(0.30, 0.47) * (rng.chance(0.5) ? 1.0 : -1.0));
    m_wave = real(rng.uniform(0.0, 6.0));
    placeVessels(rng);
    placePyramids(rng);
    for (int i = 0; i < traits.cysts; ++i) {
        const float angle = real(rng.uniform(-kPi, kPi)), reach = real(rng.uniform(0.72, 0.95));
        m_cysts.push_back({m_a * reach * std::cos(angle), m_b * reach * std::sin(angle), real(rng.uniform(3.0, 9.0))});
    }
}

void KidneyScene::placeVessels(base::Rng& rng)
{
    const int count = m_view.leftKidney ? 4 : 13;
    for (int i = 0; i < count; ++i) {
        // Between the body wall and the kidney, where the organ is seen.
        const float x = m_x + real(rng.uniform(-85.0, 30.0));
        const float z = real(rng.uniform(wallMm() + 4.0, m_z + 30.0));
        const float angle = real(rng.uniform(-0.4, 1.1)), length = real(rng.uniform(3.0, i < 3 ? 40.0 : 16.0));
        const bool portal = rng.chance(0.4);
        const float radius = real(rng.uniform(0.5, i < 3 ? (portal ? 2.6 : 3.4) : 1.4));
        m_vessels.push_back({x, z, x + length * std::cos(angle), z + length * std::sin(angle), length * real(rng.uniform(-0.18, 0.18)),
                             radius, portal ? 5.0F : -40.0F});
    }
}

void KidneyScene::placePyramids(base::Rng& rng)
{
    const int count = m_view.transverse ? 5 + static_cast<int>(rng.below(2)) : 9 + static_cast<int>(rng.below(4));
    for (int i = 0; i < count; ++i) {
        m_pyramidAngle.push_back(-kPi + 2.0F * kPi * (real(i) + real(rng.uniform(-0.22, 0.22))) / real(count));
        m_pyramidSize.push_back(real(rng.uniform(0.75, 1.2)));
    }
}

Echo KidneyScene::at(const Point& p) const
{
    if (p.depth < wallMm() - 1.0) {
        return wall(p);
    }
    const Local k = local(p);
    Echo echo = k.distance < -3.0F ? Echo() : surroundings(p);
    // Perirenal fat: a bright, streaky rim of changing thickness, and the capsule as a thin mirror.
    const float rim = m_fatRim * (1.0F + 0.8F * m_noise.at(2.0F * std::cos(k.angle) + 5.0F, 2.0F * std::sin(k.angle)));
    if (k.distance > 0.0F && k.distance < rim + 1.5F) {
        const float fat = 1.0F + 5.0F * m_fine.cloud(0.35F * p.x, 1.1F * p.z);
        echo.scatterDb = mix(echo.scatterDb, fat, 1.0F - smoothStep(k.distance - rim, 1.5F));
    }
    const float facing = k.facing * k.facing * k.facing;
    const float line = std::exp(-0.5F * k.distance * k.distance / 0.16F);
    echo.mirrorDb = add(echo.mirrorDb, -24.0F + 34.0F * facing + 20.0F * std::log10(line + 1e-4F) + 3.0F * m_fine.at(0.4F * p.x, 0.4F * p.z));
    if (k.distance < 0.6F) {
        const Echo inside = kidney(k);
        const float weight = 1.0F - smoothStep(k.distance, 0.6F);
        echo.scatterDb = mix(echo.scatterDb, inside.scatterDb, weight);
        echo.lossDbPerMm = mix(echo.lossDbPerMm, inside.lossDbPerMm, weight);
    }
    for (const Ball& cyst : m_cysts) {
        const float distance = std::hypot(k.u - cyst.u, k.v - cyst.v) - cyst.radius;
        if (distance < 1.0F) {
            const float weight = 1.0F - smoothStep(distance, 0.6F);
            echo.scatterDb = mix(echo.scatterDb, -38.0F, weight);
            echo.lossDbPerMm = mix(echo.lossDbPerMm, -0.22F, weight);
            const float across = (k.u - cyst.u) * m_sinTilt + (k.v - cyst.v) * m_cosTilt; // Along the line, about.
            const float front = std::pow(std::abs(across) / std::max(cyst.radius, 0.1F), 4.0F);
            echo.mirrorDb = add(mix(echo.mirrorDb, -60.0F, weight), -14.0F + 16.0F * front - 9.0F * distance * distance);
        }
    }
    addGas(echo, p);
    const float edge = smoothStep(p.depth - real(wallMm()), 1.0F);
    if (edge >= 1.0F) {
        return echo;
    }
    const Echo outer = wall(p);
    return {mix(outer.scatterDb, echo.scatterDb, edge), mix(outer.mirrorDb, echo.mirrorDb, edge), mix(outer.lossDbPerMm, echo.lossDbPerMm, edge)};
}

Echo KidneyScene::wall(const Point& p) const
{
    const float arc = 58.0F * std::atan2(p.sine, p.cosine); // Along the layers, mm.
    // Layers are not parallel: each depth ripples a little differently.
    const float ripple = 1.6F * m_noise.at(0.03F * arc, m_wave + 0.05F * p.depth) + 0.8F * m_noise.at(0.09F * arc, 9.0F + 0.09F * p.depth);
    const float d = p.depth + ripple * std::min(1.0F, 0.15F * p.depth);
    const float fat = real(m_traits.fatMm), muscle = real(m_traits.muscleMm);
    Echo echo;
    // Coupling gel and transducer ring-down, skin, fat with septa, fascia, muscle with striae, fascia.
    const float septa = std::max(0.0F, m_fine.cloud(0.055F * arc, 0.62F * d + 0.03F * arc) - 0.05F);
    float db = -9.0F + 26.0F * septa + 3.0F * m_noise.cloud(0.05F * arc, 0.2F * d + 12.0F);
    db = mix(db, -8.0F + 24.0F * std::max(0.0F, m_fine.cloud(0.05F * arc + 40.0F, 1.1F * d - 0.05F * arc) - 0.02F), smoothStep(d - fat, 0.8F));
    db = mix(4.0F + 2.0F * m_noise.at(0.1F * arc, 77.0F), db, smoothStep(p.depth - 2.2F, 1.2F));
    db += 3.0F * std::exp(-p.depth / 1.2F);
    echo.scatterDb = db;
    const auto fascia = [&](float at, float strength) {
        const float t = (d - at) / 0.42F;
        const float broken = strength + 7.0F * m_noise.cloud(0.07F * arc, 3.0F * at);
        return broken - 4.3F * t * t;
    };
    echo.mirrorDb = std::max({fascia(0.4F * fat, -3.0F), fascia(fat, 4.0F), fascia(fat + 0.45F * muscle, -2.0F), fascia(fat + muscle, 5.0F), fascia(fat + muscle + 1.6F, 1.0F)});
    if (m_view.ribShadow) {
        const float off = std::abs(std::atan2(p.sine, p.cosine) - m_ribAngle);
        const float inside = 1.0F - smoothStep(off - 0.045F, 0.03F);
        const float t = (p.depth - fat - 0.7F * muscle - 40.0F * off * off) / 0.8F;
        echo.mirrorDb = add(echo.mirrorDb, 9.0F - 4.3F * t * t - 60.0F * (1.0F - inside));
        echo.lossDbPerMm = t > 0.0F ? 0.9F * inside : 0.0F;
    }
    return echo;
}

Echo KidneyScene::surroundings(const Point& p) const
{
    Echo echo;
    // Bowel, mesentery and fat on the right; long streaks along the probe's face.
    echo.scatterDb = -4.0F + 8.5F * m_noise.cloud(0.045F * p.x + 3.0F, 0.11F * p.z) + 3.5F * m_fine.cloud(0.2F * p.x, 0.5F * p.z);
    addOrgan(echo, p);
    if (!m_view.transverse) {
        addDiaphragm(echo, p);
    }
    // Psoas and quadratus below the kidney: dark, with bright septa along the muscle.
    const float along = p.x * m_cosTilt + p.z * m_sinTilt, across = p.z * m_cosTilt - p.x * m_sinTilt;
    const float bed = m_z * m_cosTilt - m_x * m_sinTilt + m_b + 4.0F + 3.0F * m_noise.at(0.03F * along, 2.0F);
    // The muscle ends where the dome of the diaphragm begins.
    const float reach = smoothStep(along - (m_x * m_cosTilt + m_z * m_sinTilt) + 0.75F * m_a, 12.0F);
    const float striae = std::max(0.0F, m_fine.cloud(0.04F * along + 7.0F, 0.55F * across) - 0.08F);
    const float muscle = smoothStep(across - bed, 2.5F) * reach;
    echo.scatterDb = mix(echo.scatterDb, -9.0F + 22.0F * striae + 3.0F * m_noise.cloud(0.04F * p.x, 0.06F * p.z), muscle);
    echo.mirrorDb = mix(echo.mirrorDb, -60.0F, muscle);
    const float t = (across - bed) / 0.6F;
    echo.mirrorDb = add(echo.mirrorDb, -1.0F + 7.0F * m_fine.at(0.08F * along, 4.0F) - 4.3F * t * t - 50.0F * (1.0F - reach));
    addSpine(echo, p);
    return echo;
}

void KidneyScene::addOrgan(Echo& echo, const Point& p) const
{
    const float rim = std::hypot(p.x - m_organX, p.z - m_organZ);
    const float distance = rim - m_organRadius + 3.5F * m_noise.at(0.04F * p.x + 11.0F, 0.04F * p.z);
    if (distance > 2.0F) {
        return;
    }
    float db = m_organDb + 1.8F * m_noise.cloud(0.03F * p.x, 0.03F * p.z) + 1.6F * m_fine.cloud(0.22F * p.x, 0.3F * p.z);
    float wallDb = -60.0F;
    for (const Tube& tube : m_vessels) {
        const float dx = tube.x1 - tube.x0, dz = tube.z1 - tube.z0;
        const float length = dx * dx + dz * dz;
        const float s = std::clamp(((p.x - tube.x0) * dx + (p.z - tube.z0) * dz) / length, 0.0F, 1.0F);
        const float bow = tube.bend * 4.0F * s * (1.0F - s), scale = 1.0F / std::sqrt(length);
        const float off = std::hypot(p.x - tube.x0 - s * dx + dz * scale * bow, p.z - tube.z0 - s * dz - dx * scale * bow)
                          - tube.radius * (1.0F - 0.45F * s);
        db = mix(std::max(-24.0F, -6.0F - 9.0F * tube.radius), db, smoothStep(off, 0.9F));
        wallDb = std::max(wallDb, tube.wallDb - 6.0F * (off - 0.3F) * (off - 0.3F));
    }
    const float weight = 1.0F - smoothStep(distance, 0.8F);
    echo.scatterDb = mix(echo.scatterDb, add(db, wallDb), weight);
    const float facing = std::abs(((p.x - m_organX) * p.sine + (p.z - m_organZ) * p.cosine) / std::max(1.0F, rim));
    echo.mirrorDb = add(mix(echo.mirrorDb, -60.0F, weight), -14.0F + 22.0F * facing * facing * facing - 9.0F * distance * distance);
    echo.lossDbPerMm = mix(echo.lossDbPerMm, real(0.3 * m_traits.steatosisDb / 40.0), weight);
}

void KidneyScene::addDiaphragm(Echo& echo, const Point& p) const
{
    const float dx = p.x - m_domeX, dz = p.z - m_domeZ;
    const float rim = std::hypot(dx, dz);
    const float distance = rim - m_domeRadius + 1.2F * m_noise.at(0.05F * p.z, 21.0F);
    // Only the dome on the left and behind; the probe's side of the circle is the body wall.
    const float side = smoothStep(-dx - 0.72F * m_domeRadius + 0.15F * std::max(0.0F, -dz), 8.0F);
    if (side <= 0.0F || distance < -4.0F) {
        return;
    }
    const float facing = std::abs((dx * p.sine + dz * p.cosine) / std::max(1.0F, rim));
    const float t = distance / 0.9F;
    echo.mirrorDb = add(echo.mirrorDb, -6.0F + 22.0F * facing * facing - 4.3F * t * t - 60.0F * (1.0F - side));
    // Behind it lung: what is seen there is a mirror image of the liver that fades.
    const float beyond = smoothStep(distance, 1.0F) * side;
    echo.scatterDb = mix(echo.scatterDb, m_organDb - 9.0F - 0.35F * std::max(0.0F, distance), beyond);
    echo.lossDbPerMm = mix(echo.lossDbPerMm, 0.15F, beyond);
}

void KidneyScene::addSpine(Echo& echo, const Point& p) const
{
    if (!m_view.transverse) {
        return;
    }
    const float dx = p.x - m_spineX, dz = p.z - m_spineZ - 22.0F;
    const float rim = std::hypot(dx, dz);
    const float distance = rim - 22.0F + 2.0F * m_noise.at(0.1F * p.x, 30.0F);
    const float t = distance / 1.0F;
    const float facing = std::max(0.0F, -(dx * p.sine + dz * p.cosine) / std::max(1.0F, rim));
    echo.mirrorDb = add(echo.mirrorDb, -10.0F + 26.0F * facing - 4.3F * t * t);
    const float inside = 1.0F - smoothStep(distance - 1.0F, 1.0F);
    echo.scatterDb = mix(echo.scatterDb, -12.0F, inside);
    echo.lossDbPerMm = mix(echo.lossDbPerMm, 1.2F, inside);
}

void KidneyScene::addGas(Echo& echo, const Point& p) const
{
    if (!m_view.gas) {
        return;
    }
    const float dx = (p.x - m_gasX) / m_gasSize;
    const float surface = m_gasZ + 3.0F * dx * dx + 2.0F * m_noise.at(0.12F * p.x, 44.0F);
    const float below = p.z - surface;
    const float inside = 1.0F - smoothStep(std::abs(dx) - 0.85F, 0.18F);
    if (inside <= 0.0F || below < -3.0F) {
        return;
    }
    const float t = below / 0.8F;
    echo.mirrorDb = add(echo.mirrorDb, 13.0F + 5.0F * m_fine.at(0.3F * p.x, 50.0F) - 4.3F * t * t - 60.0F * (1.0F - inside));
    if (below > 0.0F) {
        // Dirty shadow: reverberation bands that fade, on top of a loss.
        const float bands = 3.0F * std::cos(2.0F * kPi * below / (0.45F * m_gasSize));
        echo.scatterDb = mix(echo.scatterDb, 1.0F + bands + 4.0F * m_fine.at(0.5F * p.x, 0.1F * p.z), inside);
        echo.lossDbPerMm = mix(echo.lossDbPerMm, 0.55F, inside);
    }
}

} // namespace diascope::demo
