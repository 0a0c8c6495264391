// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "demo/Noise.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace diascope::demo {

enum class KidneyFinding { Normal, Cyst, Stone, Tumour };
/// Class folder as the four-class data sets name it: "Normal", "Cyst", "Stone", "Tumor".
[[nodiscard]] std::string_view folderName(KidneyFinding finding);

/// Geometry of one axial slice: its centre lies on the z axis.
struct CtSlice {
    int rows = 512, columns = 512;
    double spacingMm = 0.75;
    double z = 0.0;               ///< mm, towards the head; the middle of the kidneys is 0.
};

/// An upper abdomen with contrast medium in the venous phase, in HU. Coordinates as DICOM has them: x to the patient's left,
/// y to the back, z to the head.
class CtPhantom {
public:
    CtPhantom(KidneyFinding finding, base::Rng rng);

    /// Without noise.
    [[nodiscard]] float hounsfield(float x, float y, float z) const;
    /// True when the slice at z shows what the class says: the finding, or for a normal patient a kidney.
    [[nodiscard]] bool showsFinding(double z) const;

    struct Ball {
        float x, y, z, radius;
    };
    [[nodiscard]] const std::vector<Ball>& findings() const { return m_findings; }

private:
    struct Kidney {
        float x, y, z;            ///< Centre.
        float side;               ///< -1 = the patient's right (left of the picture), +1 = left.
        float a, b, c;            ///< Half axes along x', y', z'.
        float lean;               ///< Upper pole towards the spine, mm per mm.
    };
    struct Loop {
        float x, y, z, rx, ry, rz;
        int content;              ///< 0 fluid, 1 gas over fluid, 2 stool.
    };
    [[nodiscard]] float outside(float x, float y) const;
    [[nodiscard]] float cavity(float x, float y, float z, float wall) const;
    void addWall(float& hu, float x, float y, float z, float wall) const;
    void addBone(float& hu, float x, float y, float z) const;
    void addMuscle(float& hu, float x, float y, float z) const;
    void addOrgans(float& hu, float x, float y, float z) const;
    void addVessels(float& hu, float x, float y, float z) const;
    void addLoop(float& hu, const Loop& loop, float x, float y, float z) const;
    void addKidney(float& hu, const Kidney& kidney, float x, float y, float z) const;
    void addFindings(float& hu, float x, float y, float z) const;
    void placeFindings(base::Rng& rng);

    KidneyFinding m_finding;
    Noise m_noise, m_fine;
    float m_bodyA = 175, m_bodyB = 118, m_fat = 18, m_enhance = 1.0F, m_discPhase = 0;
    std::array<Kidney, 2> m_kidneys{};
    std::vector<Loop> m_loops;
    std::vector<Ball> m_findings;
};

/// One slice with the noise of a standard kernel (band-limited, stronger in the middle): rows * columns HU, -1024..3071.
[[nodiscard]] std::vector<std::int16_t> scanSlice(const CtPhantom& phantom, const CtSlice& slice, base::Rng noise);

} // namespace diascope::demo
