// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demo/Demo.h"
#include "demo/Fan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::demo {

/// A UID under 2.25 (PS3.5 B.2) made from a name: the same seed and name give the same UID.
[[nodiscard]] std::string makeUid(std::uint64_t seed, std::string_view name);

/// Identity of one file: an invented patient and where the file belongs.
struct DicomHeader {
    std::string patientName, patientId, birthDate, sex, age; ///< age as "054Y".
    std::string studyUid, seriesUid, instanceUid, studyId, studyDate, studyTime;
    std::string studyDescription, seriesDescription;
    std::string laterality; ///< "R", "L" or empty.
    int seriesNumber = 1, instanceNumber = 1;
};

/// 8-bit grey frames of a fan with the region calibration that belongs to it.
struct UltrasoundFile {
    DicomHeader header;
    Fan fan;
    std::string probe;
    double frameMs = 40.0;              ///< Used when there is more than one frame, or multiFrame.
    bool multiFrame = false;            ///< Ultrasound Multi-frame instead of Ultrasound Image Storage.
    Storage storage = Storage::Uncompressed;
    std::vector<std::vector<std::uint8_t>> frames;
};

/// One axial slice: stored value = HU + 1024.
struct CtFile {
    DicomHeader header;
    std::string frameOfReferenceUid;
    int rows = 512, columns = 512;
    double spacingMm = 0.75, thicknessMm = 3.0, betweenSlicesMm = 3.0;
    std::array<double, 3> position{};   ///< LPS, centre of the first pixel.
    Storage storage = Storage::Uncompressed;
    std::span<const std::int16_t> hounsfield;
};

/// Complete Part 10 files with all type 1 and 2 attributes of their object (PS3.3 A.6, A.7, A.3). Throw Error{Internal} when the library refuses.
[[nodiscard]] std::vector<std::byte> ultrasoundBytes(const UltrasoundFile& file);
[[nodiscard]] std::vector<std::byte> ctBytes(const CtFile& file);

/// A plain checked write: demonstration data can be made again, so it is not worth a synchronised write for each file.
/// Throws Error{DiskFull|Unreadable} naming the file.
void writeBytes(const std::filesystem::path& file, std::span<const std::byte> bytes);

} // namespace diascope::demo
