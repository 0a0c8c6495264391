// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Progress.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::demo {

/// How much demonstration data is made. The same values give the same bytes in every file.
struct DemoConfig {
    int patients = 40;       ///< Ultrasound patients, half of them with renal failure; 1..9999.
    std::uint64_t seed = 7;
    int imagesPerPatient = 4;///< Still images of a patient (both kidneys, two planes in turn); 1..16.
    int cineEvery = 5;       ///< Every n-th patient also has one cine; 0 = none.
    int cineFrames = 24;     ///< 2..500.
    int ctPatients = 4;      ///< CT patients: normal, cyst, stone, tumour in turn; 0..999.
    int ctSlices = 24;       ///< Slices a CT patient, along the whole of the kidneys; 1..400.
    int threads = 0;         ///< 0 = all cores. Does not change the result.

    /// What cannot be done about it, key by key; empty when the configuration is good.
    [[nodiscard]] std::vector<base::Problem> check() const;
};

/// What was written.
struct DemoSummary {
    int ultrasoundPatients = 0, ultrasoundImages = 0, ultrasoundCines = 0;
    int ctPatients = 0, ctSlices = 0, ctPictures = 0;
    std::int64_t files = 0, bytes = 0;
    double seconds = 0.0;
};

/// May be called from several threads, one call at a time.
using ProgressCallback = std::function<void(const base::Progress&)>;

/// Writes the demonstration data: `ultrasound/dicom/<patient>/*.dcm` (stills and cines), `ultrasound/images/*.png`,
/// `ultrasound/Train.csv` (img_IDs,target,patient; target 1 = renal failure), `ultrasound/classes/{normal,renal_failure}/*.png`,
/// `ct/dicom/<patient>/*.dcm`, `ct/classes/{Cyst,Normal,Stone,Tumor}/*.png`, `ct/labels.csv` and `README.txt`.
/// All patients are invented. The folder is made; files of the same name in it are replaced.
/// Throws Error{Usage} for a bad configuration, Error{Stopped}, Error{DiskFull|Unreadable} naming the file.
DemoSummary writeDemo(const std::filesystem::path& folder, const DemoConfig& config, const ProgressCallback& progress = {},
                      std::stop_token stop = {});

/// How the pixels of a generated DICOM file are stored.
enum class Storage {
    Uncompressed,     ///< Explicit VR Little Endian.
    JpegBaseline,     ///< 8 bits, quality 90; marked as lossy.
    Jpeg2000Lossless,
    Rle,
};

/// Cheap content with real geometry, for measurements. The same arguments give the same bytes.
struct SeriesShape {
    int count = 512;    ///< Slices or frames.
    int rows = 512;
    int columns = 512;
    Storage storage = Storage::Uncompressed;
    std::uint64_t seed = 7;
};
/// One CT series (16 bits signed, HU), one file a slice, 1 mm apart: `folder`/0001.dcm and on. Throws as writeDemo.
DemoSummary writeCtSeries(const std::filesystem::path& folder, const SeriesShape& shape, std::stop_token stop = {});
/// One ultrasound cine (8 bits grey, 25 frames a second, region calibration). Throws as writeDemo.
DemoSummary writeUltrasoundCine(const std::filesystem::path& file, const SeriesShape& shape, std::stop_token stop = {});
/// `studies` small studies of two 64 x 64 CT slices, each of another patient, one folder a study. Throws as writeDemo.
DemoSummary writeManyStudies(const std::filesystem::path& folder, int studies, std::uint64_t seed = 7, std::stop_token stop = {});

} // namespace diascope::demo
