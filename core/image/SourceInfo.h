// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"
#include "image/Image.h"

#include <optional>
#include <string>
#include <vector>

namespace diascope::image {

/// One calibrated ultrasound region (DICOM PS3.3 C.8.5.5). Pixel corners are inclusive.
struct UltrasoundRegion {
    int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    int flags = 0;
    int spatialFormat = 0;     ///< 1 = 2D, 2 = M-mode, 3 = spectral, ...
    int dataType = 0;          ///< 1 = tissue, 2 = colour flow, ...
    int unitsX = 0, unitsY = 0;///< 3 = centimetres.
    double deltaX = 0.0, deltaY = 0.0; ///< Physical units per pixel.
};

/// Identity that stands on every viewport. Never logged, never in file names or window titles.
struct PatientIdentity {
    std::string name, id, birthDate, sex, age;
    [[nodiscard]] bool empty() const { return name.empty() && id.empty(); }
};

/// What a picture file says about itself, without its pixels. Plain values: crosses processes as JSON.
struct SourceInfo {
    std::string kind;            ///< "dicom", "png", "jpeg", "tiff", "bmp", "dicomdir", "directory", "other".
    std::string modality;        ///< "US", "CT", ...; empty for plain pictures.
    std::string transferSyntax;  ///< UID; empty for plain pictures.
    std::string photometric;     ///< As written in the file ("YBR_FULL_422"), or "RGB"/"MONOCHROME2".
    int rows = 0, columns = 0, frames = 0; ///< frames = 0: the file holds no pixels.
    int samplesPerPixel = 1, bitsAllocated = 8, bitsStored = 8;
    bool isSigned = false;
    std::optional<Spacing> spacing;
    bool lossy = false;
    std::string lossyMethod;     ///< "JPEG 10:1" and the like, when known.
    std::vector<double> frameTimesMs; ///< Duration of each frame; one value when constant; empty when unknown.
    bool frameTimeAssumed = false;
    std::vector<Window> windows;
    ModalityRescale rescale;     ///< Slope, intercept and unit (the table stays with the pixels).
    std::optional<Geometry> geometry;
    std::vector<UltrasoundRegion> regions;

    std::string sopClassUid, sopInstanceUid, seriesUid, studyUid, frameOfReferenceUid;
    std::string studyDescription, seriesDescription, studyDate, studyTime, manufacturer, bodyPart, laterality;
    std::string patientOrientation; ///< (0020,0020) as "L\\P" when given.
    int seriesNumber = 0, instanceNumber = 0;
    double sliceThicknessMm = 0.0;
    PatientIdentity patient;
    std::vector<base::Problem> problems; ///< What is odd about the file, in words.
};

/// JSON with the key names of `diascope-cli info`; `toJson` writes every field, `sourceInfoFromJson` reads it back.
[[nodiscard]] base::Json toJson(const SourceInfo& info);
[[nodiscard]] SourceInfo sourceInfoFromJson(const base::Json& json);

} // namespace diascope::image
