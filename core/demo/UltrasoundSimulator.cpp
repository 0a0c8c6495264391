// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/UltrasoundSimulator.h"

#include "demo/Speckle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace diascope::demo {
namespace {

constexpr double kFrameSeconds = 0.04;
constexpr double kBreathSeconds = 4.0;
constexpr double kBreathMm = 7.0; ///< Half the travel of the kidney.

struct EchoMap {
    PolarGrid grid;
    std::vector<float> scatter, mirror; ///< Power.
    std::vector<float> lossDbPerMm;
};

float power(float db) { return std::pow(10.0F, 0.1F * db); }

/// Every second line is computed, the ones between are interpolated: the point spread is wider than a line.
EchoMap mapScene(const KidneyScene& scene, const PolarGrid& grid, double radiusMm)
{
    EchoMap map{grid, std::vector<float>(grid.size()), std::vector<float>(grid.size()), std::vector<float>(grid.size())};
    std::vector<double> sines, cosines;
    for (int line = 0; line < grid.lines; ++line) {
        sines.push_back(std::sin(grid.angle(line)));
        cosines.push_back(std::cos(grid.angle(line)));
    }
    for (int row = 0; row < grid.samples; ++row) {
        const double depth = grid.depth(row);
        const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.lines);
        for (std::size_t line = 0; line < sines.size(); line += 2) {
            const double sine = sines[line], cosine = cosines[line];
            const std::size_t i = start + line;
            const Echo echo = scene.at({static_cast<float>((radiusMm + depth) * sine), static_cast<float>((radiusMm + depth) * cosine - radiusMm),
                                        static_cast<float>(depth), static_cast<float>(sine), static_cast<float>(cosine)});
            map.scatter[i] = power(echo.scatterDb);
            map.mirror[i] = power(echo.mirrorDb);
            map.lossDbPerMm[i] = echo.lossDbPerMm;
        }
        for (std::vector<float>* values : {&map.scatter, &map.mirror, &map.lossDbPerMm}) {
            float* at = values->data() + start;
            for (std::size_t line = 1; line < sines.size(); line += 2) {
                at[line] = line + 1 < sines.size() ? 0.5F * (at[line - 1] + at[line + 1]) : at[line - 1];
            }
        }
    }
    return map;
}

/// A slowly changing curve over depth: how the eight gain sliders happen to stand.
std::array<float, 9> drawSliders(base::Rng& rng)
{
    std::array<float, 9> sliders{};
    for (float& value : sliders) {
        value = static_cast<float>(1.3 * rng.normal());
    }
    return sliders;
}

float sliderDb(const std::array<float, 9>& sliders, double share)
{
    const double position = std::clamp(share, 0.0, 0.999) * 8.0;
    const auto i = static_cast<std::size_t>(position);
    return mix(sliders[i], sliders[i + 1], smoothStep(static_cast<float>(position - static_cast<double>(i)) - 0.5F, 0.5F));
}

/// Where a sample of the reference map lies at this moment of the breath: a shift along x that starts below the body wall.
struct Motion {
    double shiftMm = 0.0;
    double wallMm = 0.0;
    [[nodiscard]] double columns(const PolarGrid& grid, double radiusMm, double depth) const
    {
        const double share = std::clamp((depth - wallMm) / 12.0, 0.0, 1.0);
        return shiftMm * share / ((radiusMm + depth) * grid.angleStep());
    }
};

float sampleRow(const float* row, int count, double column)
{
    const double inside = std::clamp(column, 0.0, count - 1.001);
    const auto c = static_cast<std::size_t>(inside);
    return mix(row[c], row[c + 1], static_cast<float>(inside - static_cast<double>(c)));
}

struct Receiver {
    const SweepConfig& config;
    std::array<float, 9> sliders{};
    float unevenLine(int line) const { return 0.5F * Noise(config.seed + 99).at(0.05F * static_cast<float>(line), 1.0F); }
};

/// Envelope of one moment in dB, on the grid.
std::vector<float> receive(const EchoMap& map, const std::vector<Speckle>& looks, const Receiver& receiver, const Motion& motion, base::Rng noise)
{
    const PolarGrid& grid = map.grid;
    const SweepConfig& config = receiver.config;
    const auto lines = static_cast<std::size_t>(grid.lines);
    std::vector<float> out(grid.size());
    std::vector<float> loss(lines, 0.0F), uneven(lines);
    for (std::size_t i = 0; i < lines; ++i) {
        uneven[i] = receiver.unevenLine(static_cast<int>(i));
    }
    for (int row = 0; row < grid.samples; ++row) {
        const double depth = grid.depth(row);
        const double shift = motion.columns(grid, config.probe.radiusMm, depth);
        const std::size_t start = static_cast<std::size_t>(row) * lines;
        const auto at = [&](const std::vector<float>& values, std::size_t i) {
            return shift == 0.0 ? values[start + i] : sampleRow(values.data() + start, grid.lines, static_cast<double>(i) - shift);
        };
        const auto gain = static_cast<float>(config.view.gainDb - config.traits.attenuation * depth + sliderDb(receiver.sliders, depth / grid.depthMm));
        const float floorPower = power(static_cast<float>(config.probe.noiseDb + 0.20 * depth));
        for (std::size_t i = 0; i < lines; ++i) {
            loss[i] = std::clamp(loss[i] + at(map.lossDbPerMm, i) * static_cast<float>(grid.depthStep()), -4.0F, 26.0F);
            const float through = power(-loss[i]);
            const float scatter = std::sqrt(at(map.scatter, i) * through), mirror = std::sqrt(at(map.mirror, i) * through);
            float mean = 0.0F;
            for (const Speckle& look : looks) {
                const float re = scatter * at(look.real, i) + mirror, im = scatter * at(look.imaginary, i);
                mean += std::sqrt(re * re + im * im);
            }
            mean /= static_cast<float>(looks.size());
            const float electronic = floorPower * -std::log((static_cast<float>(noise.next32() >> 8) + 0.5F) * 0x1p-24F);
            out[start + i] = 10.0F * std::log10(mean * mean + electronic) + gain + uneven[i];
        }
    }
    return out;
}

/// dB -> grey: liver at a middle grey, a soft toe and shoulder as scanners' grey maps have.
std::vector<std::uint8_t> compress(const std::vector<float>& db, const Fan& fan, const PolarGrid& grid, double rangeDb)
{
    std::vector<float> share(db.size());
    const auto range = static_cast<float>(rangeDb);
    for (std::size_t i = 0; i < db.size(); ++i) {
        const float t = std::clamp((db[i] + 0.46F * range) / range, 0.0F, 1.0F);
        share[i] = mix(t, t * t * (3.0F - 2.0F * t), 0.9F);
    }
    const std::vector<float> picture = scanConvert(fan, grid, share);
    std::vector<std::uint8_t> grey(picture.size());
    std::transform(picture.begin(), picture.end(), grey.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value < 0.0F ? 0 : std::lround(1.0F + 252.0F * value)); });
    return grey;
}

} // namespace

Probe drawProbe(base::Rng& rng)
{
    static const std::array<Probe, 3> kProbes{Probe{"Curved 5-1", 50.0, 0.58, 0.38, 0.0120, 2, 60.0, -52.0},
                                              Probe{"Curved 6-2", 60.0, 0.50, 0.32, 0.0110, 3, 62.0, -54.0},
                                              Probe{"Curved 4-2", 55.0, 0.54, 0.44, 0.0135, 2, 58.0, -51.0}};
    return kProbes[static_cast<std::size_t>(rng.below(kProbes.size()))];
}

UltrasoundSweep simulate(const SweepConfig& config)
{
    const Probe& probe = config.probe;
    base::Rng anatomy = base::Rng::stream(config.seed, "demo.ultrasound.scene", config.patient, config.image);
    const KidneyScene scene(config.traits, config.view, anatomy);
    // A few lines beyond the fan hold the ends of the blur, and a cine's travel.
    const double margin = 0.012 + (config.frames > 1 ? 0.06 : 0.0);
    PolarGrid grid;
    grid.halfAngle = probe.halfAngle + margin;
    grid.lines = static_cast<int>(std::lround(grid.halfAngle / 0.0015));
    grid.samples = 600;
    grid.depthMm = config.view.depthMm;
    const PointSpread spread{probe.axialMm, 0.6, probe.lateralPerMm};
    EchoMap map = mapScene(scene, grid, probe.radiusMm);
    blur(map.scatter, grid, probe.radiusMm, spread, BlurGain::KeepMean);
    blur(map.mirror, grid, probe.radiusMm, spread, BlurGain::KeepMean);
    std::vector<Speckle> looks;
    for (int i = 0; i < probe.looks; ++i) {
        looks.push_back(makeSpeckle(base::Rng::stream(config.seed, "demo.ultrasound.speckle." + std::to_string(i), config.patient, config.image),
                                    grid, probe.radiusMm, spread));
    }
    base::Rng settings = base::Rng::stream(config.seed, "demo.ultrasound.sliders", config.patient, config.image);
    const Receiver receiver{config, drawSliders(settings)};
    UltrasoundSweep sweep{Fan::fit(probe.radiusMm, config.view.depthMm, probe.halfAngle, config.width, config.height), {}};
    for (int frame = 0; frame < config.frames; ++frame) {
        const double phase = 2.0 * std::numbers::pi * frame * kFrameSeconds / kBreathSeconds;
        const Motion motion{config.frames > 1 ? kBreathMm * std::sin(phase) : 0.0, scene.wallMm()};
        const auto noise = base::Rng::stream(config.seed, "demo.ultrasound.noise." + std::to_string(frame), config.patient, config.image);
        sweep.frames.push_back(compress(receive(map, looks, receiver, motion, noise), sweep.fan, grid, probe.rangeDb));
    }
    return sweep;
}

} // namespace diascope::demo
