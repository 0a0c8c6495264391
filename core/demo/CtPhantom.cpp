// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/CtPhantom.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace diascope::demo {
namespace {
constexpr float kEdge = 0.8F; ///< Half the width of an edge, mm: the scanner's point spread.

float real(double value) { return static_cast<float>(value); }

/// Paints `value` where `distance` is negative.
void paint(float& hu, float value, float distance, float edge = kEdge)
{
    if (distance < edge) {
        hu = mix(value, hu, smoothStep(distance, edge));
    }
}

/// Distance from an ellipse, about, mm; negative inside.
float ellipse(float x, float y, float a, float b)
{
    const float k = std::sqrt(x * x / (a * a) + y * y / (b * b));
    return (k - 1.0F) * (a < b ? a : b);
}

float ellipsoid(float x, float y, float z, float a, float b, float c)
{
    const float k = std::sqrt(x * x / (a * a) + y * y / (b * b) + z * z / (c * c));
    return (k - 1.0F) * std::min({a, b, c});
}
} // namespace

std::string_view folderName(KidneyFinding finding)
{
    switch (finding) {
    case KidneyFinding::Cyst: return "Cyst";
    case KidneyFinding::Stone: return "Stone";
    case KidneyFinding::Tumour: return "Tumor";
    case KidneyFinding::Normal: break;
    }
    return "Normal";
}

CtPhantom::CtPhantom(KidneyFinding finding, base::Rng rng) : m_finding(finding), m_noise(rng.next64()), m_fine(rng.next64())
{
    m_bodyA = real(rng.uniform(158.0, 184.0));
    m_bodyB = real(rng.uniform(116.0, 130.0));
    m_fat = real(rng.uniform(11.0, 26.0));
    m_enhance = real(rng.uniform(0.85, 1.12));
    m_discPhase = real(rng.uniform(0.0, 36.0));
    for (std::size_t i = 0; i < 2; ++i) {
        const float side = i == 0 ? -1.0F : 1.0F;
        const float size = real(rng.uniform(0.92, 1.08));
        m_kidneys[i] = {side * real(rng.uniform(58.0, 66.0)), real(rng.uniform(30.0, 38.0)), real(rng.uniform(-6.0, 4.0)) + (i == 0 ? -5.0F : 4.0F),
                        side, 29.0F * size, 25.0F * size, 55.0F * size, real(rng.uniform(0.12, 0.22))};
    }
    // Colon at both flanks, then loops of bowel in front.
    m_loops.push_back({-m_bodyA + m_fat + 36.0F, -6.0F, -40.0F, 20.0F, 22.0F, 70.0F, 2});
    m_loops.push_back({m_bodyA - m_fat - 34.0F, 6.0F, -45.0F, 15.0F, 17.0F, 85.0F, 2});
    m_loops.push_back({real(rng.uniform(-20.0, 20.0)), -m_bodyB + m_fat + 34.0F, -28.0F, 62.0F, 17.0F, 19.0F, 1});
    for (int i = 0; i < 17; ++i) {
        const float r = real(rng.uniform(9.0, 17.0));
        m_loops.push_back({real(rng.uniform(-70.0, 85.0)), real(rng.uniform(-m_bodyB + m_fat + 32.0, -8.0)), real(rng.uniform(-85.0, 22.0)),
                           r * real(rng.uniform(1.0, 1.9)), r, r * real(rng.uniform(0.9, 1.5)), rng.chance(0.25) ? 1 : 0});
    }
    placeFindings(rng);
}

void CtPhantom::placeFindings(base::Rng& rng)
{
    if (m_finding == KidneyFinding::Normal) {
        return;
    }
    const int count = m_finding == KidneyFinding::Tumour ? 1 : 2 + static_cast<int>(rng.below(m_finding == KidneyFinding::Stone ? 3 : 2));
    for (int i = 0; i < count; ++i) {
        const Kidney& k = m_kidneys[static_cast<std::size_t>(rng.below(2))];
        const float angle = real(rng.uniform(-1.2, 1.2)); // Away from the hilum.
        const float height = real(rng.uniform(-0.6, 0.6));
        float reach = 0.95F, radius = real(rng.uniform(9.0, 24.0));
        if (m_finding == KidneyFinding::Stone) {
            reach = real(rng.uniform(-0.15, 0.25));
            radius = real(rng.uniform(3.0, 8.0));
        } else if (m_finding == KidneyFinding::Tumour) {
            reach = 0.85F;
            radius = real(rng.uniform(15.0, 31.0));
        }
        const float ring = std::sqrt(1.0F - height * height);
        m_findings.push_back({k.x + k.side * k.a * reach * ring * std::cos(angle) - k.side * k.lean * k.c * height, k.y + k.b * reach * ring * std::sin(angle),
                              k.z + k.c * height, radius});
    }
}

bool CtPhantom::showsFinding(double z) const
{
    if (m_findings.empty()) {
        return std::any_of(m_kidneys.begin(), m_kidneys.end(), [&](const Kidney& k) { return std::abs(z - k.z) < 0.75 * k.c; });
    }
    return std::any_of(m_findings.begin(), m_findings.end(), [&](const Ball& ball) { return std::abs(z - ball.z) < std::max(2.5, 0.75 * ball.radius); });
}

float CtPhantom::hounsfield(float x, float y, float z) const
{
    const float a = m_bodyA * (1.0F - 0.0003F * z), b = m_bodyB;
    // A flattened back and slightly boxy sides.
    const float nx = std::abs(x) / a, ny = y > 0 ? y / (0.97F * b) : y / b;
    const float k = std::pow(std::pow(nx, 2.3F) + std::pow(std::abs(ny), 2.3F), 1.0F / 2.3F);
    const float skin = (k - 1.0F) * b + 1.5F * m_noise.at(0.02F * x, 0.02F * y, 0.01F * z);
    if (skin > kEdge) {
        return outside(x, y);
    }
    float hu = -104.0F + 7.0F * m_noise.cloud(0.06F * x, 0.06F * y, 0.03F * z); // Subcutaneous fat with a few septa.
    hu += 45.0F * smoothStep(m_fine.at(0.10F * x, 0.10F * y, 0.04F * z) - 0.78F, 0.10F);
    paint(hu, 30.0F, -(skin + 1.6F));
    const float flank = m_fat * (0.75F + 0.45F * std::abs(ny));
    const float wall = skin + flank; // Negative inside the muscular wall.
    if (wall < kEdge) {
        addWall(hu, x, y, z, wall);
    }
    addMuscle(hu, x, y, z);
    addBone(hu, x, y, z);
    hu = mix(hu, -1000.0F, smoothStep(skin, kEdge));
    return hu;
}

/// Air and the table.
float CtPhantom::outside(float x, float y) const
{
    float hu = -1000.0F;
    const float bed = y - (m_bodyB + 13.0F) + 0.0011F * x * x;
    if (std::abs(x) < 215.0F) {
        paint(hu, -420.0F, std::abs(bed) - 1.3F);
        paint(hu, -900.0F, std::abs(bed - 18.0F) - 17.0F);
        paint(hu, -420.0F, std::abs(bed - 36.0F) - 1.3F);
    }
    return hu;
}

void CtPhantom::addWall(float& hu, float x, float y, float z, float wall) const
{
    const float thick = 11.0F + 3.0F * m_noise.at(0.02F * x + 5.0F, 0.02F * y, 0.01F * z);
    // Obliques: three layers with fat between; in front the rectus.
    const float layers = std::abs(x) > 70.0F ? 55.0F * smoothStep(std::sin(wall * 1.6F) - 0.86F, 0.10F) : 0.0F;
    float muscle = 58.0F - layers + 10.0F * m_fine.cloud(0.15F * x, 0.15F * y, 0.05F * z);
    if (y < -0.55F * m_bodyB && std::abs(x) < 5.0F) {
        muscle = -80.0F; // Linea alba.
    }
    paint(hu, muscle, wall);
    const float inner = wall + thick;
    if (inner < kEdge) {
        const float inside = cavity(x, y, z, inner);
        hu = mix(inside, hu, smoothStep(inner, kEdge));
    }
}

/// What lies within the abdominal wall.
float CtPhantom::cavity(float x, float y, float z, float wall) const
{
    float hu = -98.0F + 9.0F * m_noise.cloud(0.05F * x + 9.0F, 0.05F * y, 0.03F * z);
    // Mesenteric vessels: winding threads cut by the slice.
    const float thread = std::abs(m_fine.at(0.065F * x, 0.065F * y, 0.030F * z)) + 0.8F * std::abs(m_noise.at(0.07F * x + 3.0F, 0.07F * y, 0.04F * z + 7.0F));
    hu = mix(hu, 95.0F, (1.0F - smoothStep(thread - 0.085F, 0.035F)) * (y < 25.0F ? 1.0F : 0.0F) * smoothStep(-wall - 6.0F, 3.0F));
    for (const Loop& loop : m_loops) {
        addLoop(hu, loop, x, y, z);
    }
    addOrgans(hu, x, y, z);
    for (const Kidney& kidney : m_kidneys) {
        addKidney(hu, kidney, x, y, z);
    }
    addFindings(hu, x, y, z);
    addVessels(hu, x, y, z);
    return hu;
}

void CtPhantom::addLoop(float& hu, const Loop& loop, float x, float y, float z) const
{
    const float dx = x - loop.x, dy = y - loop.y, dz = z - loop.z;
    if (std::abs(dx) > loop.rx + 5.0F || std::abs(dy) > loop.ry + 5.0F || std::abs(dz) > loop.rz + 5.0F) {
        return;
    }
    const float distance = ellipsoid(dx, dy, dz, loop.rx, loop.ry, loop.rz) + 2.2F * m_noise.at(0.09F * x, 0.09F * y, 0.05F * z);
    paint(hu, 88.0F * m_enhance, distance);
    float content = 24.0F + 9.0F * m_noise.cloud(0.15F * x, 0.15F * y, 0.1F * z);
    if (loop.content == 2) {
        content = -40.0F + 150.0F * m_fine.cloud(0.14F * x, 0.14F * y, 0.10F * z);
        content = mix(content, -820.0F, smoothStep(m_noise.at(0.10F * x, 0.10F * y, 0.06F * z) - 0.35F, 0.10F));
    } else if (loop.content == 1) {
        content = mix(content, -960.0F, smoothStep(-0.15F * loop.ry - dy, 0.7F)); // Gas rises to the front.
    }
    paint(hu, content, distance + 2.6F);
}

void CtPhantom::addOrgans(float& hu, float x, float y, float z) const
{
    const float wobble = 5.0F * m_noise.at(0.022F * x, 0.022F * y, 0.022F * z);
    const float right = ellipsoid(x + 88.0F, y + 14.0F, z - 58.0F, 74.0F, 76.0F, 104.0F), left = ellipsoid(x + 26.0F, y + 56.0F, z - 66.0F, 64.0F, 34.0F, 56.0F);
    const float liver = std::max(std::min(right, left) + wobble,
                                 ellipse(x, y, m_bodyA - m_fat - 14.0F, m_bodyB - m_fat - 11.0F));
    if (liver < kEdge) {
        float value = 108.0F * m_enhance + 4.0F * m_noise.cloud(0.05F * x, 0.05F * y, 0.05F * z);
        const float vein = std::abs(m_noise.at(0.030F * x + 40.0F, 0.030F * y, 0.022F * z)) + std::abs(m_fine.at(0.028F * x, 0.028F * y + 20.0F, 0.022F * z));
        value += 48.0F * (1.0F - smoothStep(vein - 0.085F, 0.03F));
        paint(hu, value, liver);
    }
    paint(hu, 12.0F, ellipsoid(x + 52.0F, y + 52.0F, z - 18.0F, 15.0F, 19.0F, 26.0F)); // Gallbladder.
    const float spleen = std::max(ellipsoid(x - 104.0F, y - 18.0F, z - 62.0F, 36.0F, 52.0F, 62.0F) + 0.6F * wobble,
                                  ellipse(x, y, m_bodyA - m_fat - 14.0F, m_bodyB - m_fat - 11.0F));
    paint(hu, 118.0F * m_enhance + 3.0F * m_noise.cloud(0.06F * x, 0.06F * y, 0.06F * z), spleen);
    // Stomach with a level between fluid and gas, pancreas in front of the splenic vein.
    const float stomach = ellipsoid(x - 58.0F, y + 44.0F, z - 66.0F, 52.0F, 36.0F, 52.0F) + wobble;
    if (stomach < kEdge) {
        paint(hu, 85.0F * m_enhance, stomach);
        paint(hu, mix(22.0F + 12.0F * m_fine.cloud(0.1F * x, 0.1F * y, 0.1F * z), -970.0F, smoothStep(-54.0F - y, 0.7F)), stomach + 4.5F);
    }
    const float pancreas = ellipse(y + 12.0F - 0.0045F * x * x + 0.10F * x, z - 26.0F + 0.16F * x, 11.0F, 17.0F);
    paint(hu, 92.0F * m_enhance + 14.0F * m_fine.cloud(0.2F * x, 0.2F * y, 0.2F * z),
          std::max(pancreas + 1.8F * m_fine.at(0.16F * x, 0.16F * y, 0.1F * z), std::abs(x - 16.0F) - 54.0F - 3.0F * m_noise.at(0.2F * y, 0.2F * z)));
}

void CtPhantom::addVessels(float& hu, float x, float y, float z) const
{
    const float aorta = std::hypot(x - 11.0F, y - 20.0F) - 9.5F;
    paint(hu, 158.0F * m_enhance, aorta);
    paint(hu, 142.0F * m_enhance, ellipse(x + 19.0F, y - 19.0F, 12.5F, 8.5F));
    paint(hu, 150.0F * m_enhance, std::hypot(x - 8.0F, y + 6.0F - 0.08F * z) - 3.6F);  // Superior mesenteric artery
    paint(hu, 146.0F * m_enhance, std::hypot(x + 6.0F, y + 7.0F - 0.06F * z) - 5.4F);  // and vein.
    // Renal veins: the left one passes in front of the aorta.
    for (const Kidney& k : m_kidneys) {
        const float from = k.side < 0 ? -19.0F : -8.0F, to = k.x - k.side * 16.0F;
        const float t = (x - from) / (to - from);
        if (t > 0.0F && t < 1.0F) {
            const float yAt = (k.side < 0 ? 18.0F : 7.0F) * (1.0F - t) + (k.y - 3.0F) * t;
            paint(hu, 145.0F * m_enhance, std::hypot(y - yAt, z - k.z - 6.0F * (1.0F - t)) - 4.6F);
        }
    }
}

void CtPhantom::addKidney(float& hu, const Kidney& k, float x, float y, float z) const
{
    const float dz = z - k.z;
    // Away from the spine is +u; the upper pole leans towards it. v points to the back.
    const float u = k.side * (x - k.x) + k.lean * dz, v = y - k.y - 0.08F * dz;
    if (std::abs(u) > k.a + 14.0F || std::abs(v) > k.b + 14.0F || std::abs(dz) > k.c + 14.0F) {
        return;
    }
    const float lobes = 1.0F * m_noise.at(0.06F * x + 30.0F, 0.06F * y, 0.06F * z);
    const float outline = ellipsoid(u, v, dz, k.a, k.b, k.c) + lobes;
    // Perirenal fat keeps liver and spleen off; Gerota's fascia round it is seen as a thread.
    const float rim = outline - 7.0F - 3.0F * m_noise.at(0.03F * x, 0.03F * y + 50.0F, 0.03F * z);
    paint(hu, -100.0F + 6.0F * m_noise.cloud(0.1F * x, 0.1F * y, 0.1F * z), rim);
    paint(hu, -30.0F, std::abs(rim) - 0.3F);
    // The hilum opens towards the spine and a little to the front.
    const float hilum = std::max(ellipsoid(u + 0.62F * k.a, v + 0.25F * k.b, dz, 0.85F * k.a, 0.40F * k.b, 0.46F * k.c) + 1.5F * lobes, -200.0F);
    if (outline < kEdge) {
        const float depth = -outline; // From the capsule.
        const float columns = m_fine.at(0.085F * u + 11.0F, 0.085F * v, 0.085F * dz);
        const float medulla = smoothStep(depth - 6.5F, 1.5F) * smoothStep(columns + 0.12F, 0.25F);
        paint(hu, (182.0F - 42.0F * medulla) * m_enhance, outline);
        paint(hu, -78.0F + 22.0F * m_fine.cloud(0.15F * x, 0.15F * y, 0.15F * z), std::max(hilum, outline + 1.0F));
        const float calyx = ellipsoid(u + 0.45F * k.a, v + 0.22F * k.b, dz, 0.50F * k.a, 0.17F * k.b, 0.20F * k.c);
        paint(hu, 14.0F, std::max(calyx + 1.4F * m_fine.at(0.12F * u, 0.12F * v, 0.12F * dz), outline + 2.0F));
        const float branch = std::abs(m_noise.at(0.075F * u, 0.075F * v + 60.0F, 0.075F * dz)) + 0.004F * std::max(0.0F, hilum) * 20.0F;
        if (hilum < 0.0F) {
            paint(hu, 140.0F * m_enhance, (branch - 0.10F) * 12.0F);
        }
    }
}

void CtPhantom::addFindings(float& hu, float x, float y, float z) const
{
    for (const Ball& ball : m_findings) {
        const float dx = x - ball.x, dy = y - ball.y, dz = z - ball.z;
        if (std::max({std::abs(dx), std::abs(dy), std::abs(dz)}) > 1.4F * ball.radius + 3.0F) {
            continue;
        }
        const float distance = std::sqrt(dx * dx + dy * dy + dz * dz) - ball.radius;
        if (m_finding == KidneyFinding::Cyst) {
            paint(hu, 8.0F, distance);
        } else if (m_finding == KidneyFinding::Stone) {
            const float rough = ellipsoid(dx, dy, dz, ball.radius, 0.75F * ball.radius, 0.9F * ball.radius) + 0.9F * m_fine.at(0.5F * x, 0.5F * y, 0.5F * z);
            paint(hu, 820.0F + 240.0F * m_fine.cloud(0.6F * x, 0.6F * y, 0.6F * z), rough);
        } else {
            const float lumpy = distance + 0.16F * ball.radius * m_noise.cloud(0.09F * x, 0.09F * y, 0.09F * z);
            float value = (98.0F + 46.0F * m_fine.cloud(0.13F * x, 0.13F * y, 0.13F * z)) * m_enhance;
            value = mix(value, 28.0F, smoothStep(-lumpy - 0.5F * ball.radius + 3.0F * m_noise.at(0.2F * x, 0.2F * y, 0.2F * z), 3.0F)); // Necrosis.
            paint(hu, value, lumpy, 1.6F);
        }
    }
}

void CtPhantom::addMuscle(float& hu, float x, float y, float z) const
{
    const float ax = std::abs(x);
    const float grain = 9.0F * m_fine.cloud(0.11F * x, 0.11F * y, 0.03F * z);
    const float strands = 70.0F * smoothStep(m_noise.at(0.07F * x, 0.11F * y, 0.015F * z) - 0.62F, 0.14F); // Fat in the muscle.
    const float value = 60.0F + grain - strands;
    paint(hu, value, ellipse(ax - 27.0F, y - m_bodyB + 38.0F, 27.0F, 20.0F) + 1.5F * m_noise.at(0.04F * x, 0.04F * y, 0.02F * z)); // Erector spinae.
    const float psoas = 15.0F - 0.07F * z;
    if (psoas > 5.0F) {
        paint(hu, 64.0F + 0.6F * grain, ellipse(ax - 36.0F + 0.10F * z, y - 42.0F, 0.85F * psoas, 1.15F * psoas));
    }
    paint(hu, value, ellipse(ax - 66.0F, y - 70.0F, 17.0F, 8.0F));  // Quadratus lumborum.
    paint(hu, 58.0F, ellipse(ax - 16.0F, y - 26.0F + 0.1F * z, 5.0F, 12.0F) + (z < 5.0F ? 30.0F : 0.0F)); // Crura of the diaphragm.
}

void CtPhantom::addBone(float& hu, float x, float y, float z) const
{
    const float ax = std::abs(x);
    const float level = std::fmod(z + m_discPhase + 3600.0F, 36.0F); // 0..8 disc, then the vertebra.
    const float waist = 1.5F * std::cos((level - 22.0F) * 0.2243F);
    const float body = ellipse(x, y - 47.0F, 23.5F - waist, 17.0F - 0.7F * waist);
    const float trabeculae = 165.0F + 70.0F * m_fine.cloud(0.35F * x, 0.35F * y, 0.35F * z);
    const float bone = mix(78.0F, mix(480.0F, trabeculae, smoothStep(-body - 2.0F, 1.0F)), smoothStep(level - 8.0F, 1.0F) * smoothStep(35.5F - level, 0.6F));
    paint(hu, bone, body);
    // Arch, spinous and transverse processes, canal.
    const float arch = std::abs(std::hypot(x, 1.1F * (y - 75.0F)) - 13.0F) - 3.2F;
    paint(hu, 430.0F, std::max(arch, 66.0F - y));
    if (level > 12.0F) {
        paint(hu, 380.0F, ellipse(x, y - 100.0F, 3.6F, 15.0F));
        paint(hu, 360.0F, ellipse(ax - 30.0F, y - 68.0F, 16.0F, 3.8F));
    }
    paint(hu, 32.0F, ellipse(x, y - 74.0F, 10.0F, 8.0F));
    // Ribs run down and forward: a slice cuts each as an oval that moves along the wall with z.
    for (int rib = 0; rib < 4; ++rib) {
        const float along = 0.30F + 0.016F * (z + 26.0F * static_cast<float>(rib)); // Angle from the back, radians.
        if (along < 0.35F || along > 1.75F) {
            continue;
        }
        const float radius = 0.5F * m_fat + 8.0F;
        const float cx = (m_bodyA - radius - 6.0F) * std::sin(along), cy = (m_bodyB - radius - 6.0F) * std::cos(along);
        const float tx = std::cos(along), ty = -std::sin(along);
        const float t = (ax - cx) * tx + (y - cy) * ty, n = (ax - cx) * ty - (y - cy) * tx;
        const float oval = ellipse(t, n, 11.0F, 4.2F);
        paint(hu, mix(560.0F, 230.0F, smoothStep(-oval - 1.5F, 0.7F)), oval);
    }
}

} // namespace diascope::demo
