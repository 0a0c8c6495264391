// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of the kidney; KidneyScene.cpp holds what lies round it.
#include "demo/KidneyScene.h"

#include <algorithm>
#include <cmath>

namespace diascope::demo {
namespace {
float angleBetween(float a, float b)
{
    const float d = std::abs(a - b);
    return d > kPi ? 2.0F * kPi - d : d;
}
} // namespace

KidneyScene::Local KidneyScene::local(const Point& p) const
{
    Local k{};
    const float x = p.x - m_x, z = p.z - m_z;
    k.u = x * m_cosTilt + z * m_sinTilt;
    k.v = z * m_cosTilt - x * m_sinTilt;
    // Bent like a bean: both poles towards the hilum.
    const float v = k.v - m_bend * m_b * (k.u / m_a) * (k.u / m_a);
    const float nu = k.u / m_a, nv = v / m_b;
    k.angle = std::atan2(nv, nu);
    const float off = angleBetween(k.angle, m_notchAngle);
    const float notch = 1.0F + m_notch * std::exp(-off * off / 0.10F);
    const auto rough = static_cast<float>(m_traits.roughness);
    const float lumps = 1.0F + rough * (m_noise.at(2.6F * std::cos(k.angle) + 60.0F, 2.6F * std::sin(k.angle))
                                        + 0.6F * m_noise.at(5.0F * std::cos(k.angle) + 70.0F, 5.0F * std::sin(k.angle)));
    const float k1 = std::max(1e-3F, std::hypot(nu, nv));
    k.rho = k1 * notch * lumps;
    const float gu = nu / m_a, gv = nv / m_b;
    const float gradient = std::max(1e-4F, std::hypot(gu, gv));
    k.distance = (k.rho - 1.0F) * k1 / gradient;
    const float normalX = (gu * m_cosTilt - gv * m_sinTilt) / gradient, normalZ = (gu * m_sinTilt + gv * m_cosTilt) / gradient;
    k.facing = std::abs(normalX * p.sine + normalZ * p.cosine);
    return k;
}

/// 0..1: how much of this point is pyramid. Cones with a rounded base towards the cortex and the tip in the sinus.
float KidneyScene::pyramid(const Local& k) const
{
    const auto share = static_cast<float>(m_traits.sinusShare);
    const float base = 0.80F - 0.06F * share;
    const float height = (k.rho - share) / (base - share); // 0 at the tip, 1 at the base.
    if (height < -0.25F || height > 1.15F) {
        return 0.0F;
    }
    float most = 0.0F;
    const float spacing = 2.0F * kPi / static_cast<float>(m_pyramidAngle.size());
    for (std::size_t i = 0; i < m_pyramidAngle.size(); ++i) {
        const float off = angleBetween(k.angle + 0.05F * m_fine.at(0.2F * k.u, 0.2F * k.v), m_pyramidAngle[i]) / (0.40F * spacing * m_pyramidSize[i]);
        const float half = 0.42F + 0.58F * std::clamp(height, 0.0F, 1.0F);
        const float rounded = height > 0.7F ? (height - 0.7F) / 0.4F : 0.0F;
        const float inside = 1.0F - std::sqrt(off * off / (half * half) + rounded * rounded);
        most = std::max(most, smoothStep(inside, 0.22F));
    }
    return most * smoothStep(height + 0.05F, 0.15F);
}

Echo KidneyScene::kidney(const Local& k) const
{
    Echo echo;
    const auto cortexDb = static_cast<float>(m_traits.cortexDb);
    const auto share = static_cast<float>(m_traits.sinusShare);
    const float cone = pyramid(k);
    float db = cortexDb + 1.2F * m_noise.cloud(0.10F * k.u + 80.0F, 0.10F * k.v);
    db += static_cast<float>(m_traits.medullaDb) * cone;
    // Arcuate vessels: short bright dashes at the base of the pyramids.
    const float arcuate = std::exp(-std::pow((k.rho - 0.80F + 0.06F * share) / 0.02F, 2.0F)) * std::max(0.0F, m_fine.at(0.30F * k.u, 0.30F * k.v) - 0.25F);
    db += 11.0F * arcuate;

    // Sinus: fat and vessels, bright and uneven; tongues reach between the pyramids.
    const float sinusV = k.v - m_sinusV;
    const float long1 = k.u / (m_a * (share + 0.17F)), short1 = sinusV / (m_b * share);
    const float reach = std::hypot(long1, short1);
    const float tongues = 0.18F * m_noise.at(0.16F * k.u + 90.0F, 0.16F * k.v) + 0.16F * m_fine.at(0.33F * k.u, 0.33F * k.v + 8.0F);
    const float open = m_notch > 0.2F ? 0.55F * std::exp(-std::pow(angleBetween(k.angle, m_notchAngle) / 0.30F, 2.0F)) : 0.0F;
    const float inSinus = 1.0F - smoothStep(reach * (1.0F - open) + tongues + 0.22F * cone - 1.0F, 0.24F);
    if (inSinus > 0.0F) {
        const float sheets = m_fine.cloud(0.13F * k.u + 20.0F, 0.42F * sinusV);
        float bright = 7.5F + 9.0F * sheets + 4.0F * m_noise.cloud(0.35F * k.u, 0.35F * k.v);
        // Vessels and calyces: dark slits, mostly along the axis.
        const float slit = m_noise.at(0.11F * k.u + 33.0F, 0.30F * sinusV + 3.0F);
        bright -= 15.0F * smoothStep(slit - 0.40F, 0.16F);
        db = mix(db, std::max(bright, cortexDb + 3.0F), inSinus);
        echo.lossDbPerMm = 0.05F * inSinus;
    }
    echo.scatterDb = db;
    return echo;
}

} // namespace diascope::demo
