// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/SourceInfo.h"

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::study {

struct Instance {
    std::filesystem::path file;
    image::SourceInfo info;
};

/// Instances that belong together and scroll as one stack, in display order.
struct Series {
    std::string key;         ///< Unique within a listing: patient, study and series identity. Never shown.
    std::string title;       ///< For the list: description, modality and counts; no patient identity.
    std::string modality;
    image::PatientIdentity patient;
    std::string studyUid, seriesUid;
    std::vector<Instance> instances;
    bool sortedByGeometry = false;
    std::vector<base::Problem> problems; ///< Missing slice, mixed spacing, an odd orientation: in words.
    [[nodiscard]] int imageCount() const; ///< Frames of all instances.
};

/// Where image number `index` of a series lies. Throws Error{Usage} when out of range.
struct ImageLocation {
    int instance = 0;
    int frame = 0;
};
[[nodiscard]] ImageLocation locate(const Series& series, int index);

/// Groups instances with pixels into series and sorts each: by position along the slice normal when all have a geometry of one
/// orientation (PS3.3 C.7.6.2), else by instance number, else by natural file name. Series order: study, series number, title.
/// Instances of different patients are never merged, whatever their series UID says (a Problem is listed).
[[nodiscard]] std::vector<Series> groupIntoSeries(std::vector<Instance> instances);

/// "img2" before "img10".
[[nodiscard]] bool naturalLess(const std::string& a, const std::string& b);

} // namespace diascope::study
