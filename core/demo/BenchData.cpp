// SPDX-License-Identifier: GPL-3.0-or-later
// Cheap content with real geometry, for measurements.
#include "demo/DicomWriter.h"
#include "demo/Parallel.h"
#include "demo/Padded.h"

#include "base/Clock.h"
#include "base/Rng.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace diascope::demo {
namespace {

using base::Error;
using base::ErrorCode;

void checkShape(const SeriesShape& shape)
{
    if (shape.count < 1 || shape.count > 100000 || shape.rows < 16 || shape.rows > 8192 || shape.columns < 16 || shape.columns > 8192) {
        throw Error(ErrorCode::Usage, "demonstration data", "a series has 1 to 100000 images of 16 to 8192 pixels a side");
    }
}

/// A disc with a spine in it, in HU, under one tile of noise that is shifted from slice to slice.
std::vector<std::int16_t> cheapSlice(const std::vector<std::int16_t>& noise, int rows, int columns, int index)
{
    std::vector<std::int16_t> out(noise.size());
    const double radius = 0.42 * std::min(rows, columns) * (0.9 + 0.1 * std::sin(0.05 * index));
    const std::size_t shift = static_cast<std::size_t>(index) * 7919U % noise.size();
    for (int y = 0; y < rows; ++y) {
        const double dy = y - 0.5 * rows;
        for (int x = 0; x < columns; ++x) {
            const double dx = x - 0.5 * columns;
            const double r = dx * dx + 1.5 * dy * dy;
            const double bone = dx * dx + (dy - 0.3 * radius) * (dy - 0.3 * radius);
            const int tissue = bone < 0.015 * radius * radius ? 450 : r < 0.75 * radius * radius ? 60 : r < radius * radius ? -100 : -1000;
            const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(x);
            out[i] = static_cast<std::int16_t>(tissue + noise[(i + shift) % noise.size()]);
        }
    }
    return out;
}

std::vector<std::int16_t> noiseTile(std::uint64_t seed, int rows, int columns)
{
    base::Rng rng = base::Rng::stream(seed, "demo.bench.noise");
    std::vector<std::int16_t> tile(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    for (std::int16_t& value : tile) {
        value = static_cast<std::int16_t>(std::lround(12.0 * rng.normal()));
    }
    return tile;
}

DicomHeader benchHeader(std::uint64_t seed, const std::string& name, int patient)
{
    DicomHeader h;
    h.patientName = "BENCH^PATIENT " + padded(patient, 4);
    h.patientId = "BENCH-" + padded(patient, 4);
    h.birthDate = "19700101";
    h.sex = std::string(1, 'O');
    h.age = "050Y";
    h.studyUid = makeUid(seed, name + "/study");
    h.seriesUid = makeUid(seed, name + "/series");
    h.studyId = std::to_string(patient);
    h.studyDate = "20200101";
    h.studyTime = "120000";
    h.studyDescription = "Simulated study for measurements";
    h.seriesDescription = "Simulated";
    return h;
}

/// Writes slice `index` of the named series and returns its size.
std::int64_t writeSlice(const std::filesystem::path& file, CtFile ct, const std::vector<std::int16_t>& noise, int index)
{
    const std::vector<std::int16_t> slice = cheapSlice(noise, ct.rows, ct.columns, index);
    ct.hounsfield = slice;
    ct.header.instanceNumber = index + 1;
    ct.position = {-0.5 * ct.spacingMm * (ct.columns - 1), -0.5 * ct.spacingMm * (ct.rows - 1), ct.betweenSlicesMm * index};
    const auto bytes = ctBytes(ct);
    writeBytes(file, bytes);
    return static_cast<std::int64_t>(bytes.size());
}

} // namespace

DemoSummary writeCtSeries(const std::filesystem::path& folder, const SeriesShape& shape, std::stop_token stop)
{
    checkShape(shape);
    if (shape.storage == Storage::JpegBaseline) {
        throw Error(ErrorCode::Usage, "demonstration data", "JPEG baseline holds 8 bits; a CT needs 16");
    }
    const base::Stopwatch watch;
    makeFolder(folder);
    const std::vector<std::int16_t> noise = noiseTile(shape.seed, shape.rows, shape.columns);
    std::atomic<std::int64_t> bytes = 0;
    parallelFor(shape.count, 0, stop, [&](int index) {
        CtFile ct;
        ct.header = benchHeader(shape.seed, "ct", 1);
        ct.header.instanceUid = makeUid(shape.seed, "ct/" + std::to_string(index));
        ct.frameOfReferenceUid = makeUid(shape.seed, "ct/frame");
        ct.rows = shape.rows;
        ct.columns = shape.columns;
        ct.thicknessMm = ct.betweenSlicesMm = 1.0;
        ct.storage = shape.storage;
        bytes += writeSlice(folder / (padded(index + 1, 4) + ".dcm"), ct, noise, index);
    });
    DemoSummary summary;
    summary.ctPatients = 1;
    summary.ctSlices = shape.count;
    summary.files = shape.count;
    summary.bytes = bytes;
    summary.seconds = watch.seconds();
    return summary;
}

DemoSummary writeUltrasoundCine(const std::filesystem::path& file, const SeriesShape& shape, std::stop_token stop)
{
    checkShape(shape);
    const base::Stopwatch watch;
    if (file.has_parent_path()) {
        makeFolder(file.parent_path());
    }
    UltrasoundFile cine;
    cine.header = benchHeader(shape.seed, "cine", 1);
    cine.header.laterality = std::string(1, 'R');
    cine.header.instanceUid = makeUid(shape.seed, "cine/1");
    cine.fan = Fan::fit(55.0, 150.0, 0.55, shape.columns, shape.rows);
    cine.probe = "Curved 5-1";
    cine.multiFrame = true;
    cine.storage = shape.storage;
    // One polar tile of smoothed noise, read at a moving offset: speckle that drifts sideways.
    PolarGrid grid{512, 512, cine.fan.halfAngle, cine.fan.depthMm};
    base::Rng rng = base::Rng::stream(shape.seed, "demo.bench.speckle");
    std::vector<float> white(grid.size()), tile(grid.size());
    std::generate(white.begin(), white.end(), [&] { return static_cast<float>(std::hypot(rng.normal(), rng.normal())); });
    for (std::size_t i = 0; i < tile.size(); ++i) {
        const std::size_t n = tile.size();
        tile[i] = 70.0F * (white[i] + white[(i + 1) % n] + white[(i + 2) % n]) / 3.0F * (1.3F - static_cast<float>(i) / static_cast<float>(n));
    }
    cine.frames.resize(static_cast<std::size_t>(shape.count));
    parallelFor(shape.count, 0, stop, [&](int index) {
        std::vector<float> moved(tile.size());
        std::rotate_copy(tile.begin(), tile.begin() + index % grid.lines, tile.end(), moved.begin());
        const std::vector<float> picture = scanConvert(cine.fan, grid, moved);
        std::vector<std::uint8_t> frame(picture.size());
        std::transform(picture.begin(), picture.end(), frame.begin(),
                       [](float v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0F, 255.0F)); });
        cine.frames[static_cast<std::size_t>(index)] = std::move(frame);
    });
    const auto bytes = ultrasoundBytes(cine);
    writeBytes(file, bytes);
    DemoSummary summary;
    summary.ultrasoundPatients = summary.ultrasoundCines = 1;
    summary.files = 1;
    summary.bytes = static_cast<std::int64_t>(bytes.size());
    summary.seconds = watch.seconds();
    return summary;
}

DemoSummary writeManyStudies(const std::filesystem::path& folder, int studies, std::uint64_t seed, std::stop_token stop)
{
    if (studies < 1 || studies > 9999) {
        throw Error(ErrorCode::Usage, "demonstration data", "1 to 9999 studies");
    }
    const base::Stopwatch watch;
    makeFolder(folder);
    const std::vector<std::int16_t> noise = noiseTile(seed, 64, 64);
    std::atomic<std::int64_t> bytes = 0;
    parallelFor(studies, 0, stop, [&](int study) {
        const std::string name = "study" + padded(study + 1, 4);
        makeFolder(folder / name);
        for (int index = 0; index < 2; ++index) {
            CtFile ct;
            ct.header = benchHeader(seed, name, study + 1);
            ct.header.instanceUid = makeUid(seed, name + "/" + std::to_string(index));
            ct.frameOfReferenceUid = makeUid(seed, name + "/frame");
            ct.rows = ct.columns = 64;
            ct.spacingMm = 5.0;
            bytes += writeSlice(folder / name / (padded(index + 1, 4) + ".dcm"), ct, noise, index);
        }
    });
    DemoSummary summary;
    summary.ctPatients = studies;
    summary.ctSlices = 2 * studies;
    summary.files = 2 * studies;
    summary.bytes = bytes;
    summary.seconds = watch.seconds();
    return summary;
}

} // namespace diascope::demo
