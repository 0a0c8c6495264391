// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/EnhanceFigures.h"
#include "audit/Finding.h"
#include "audit/Floors.h"
#include "audit/PictureMap.h"
#include "base/Json.h"

namespace diascope::audit {

struct AuditConfig {
    dataset::DuplicateConfig duplicates{};
    FindingLimits limits{};
    MapConfig map{};
    std::size_t enhancePictures = 24; ///< On how many CLAHE, denoising and equalisation are tried; 0 = none.
    /// Floors: on the source's own folds, else its parts, else five group folds.
    bool floors = false;
    FloorConfig floorConfig{};
    int threads = 0; ///< 0 = all cores. Changes nothing but the time.
};

/// What the audit knows of a data set: plain values, for the interface, as JSON and as tables.
struct AuditReport {
    dataset::Dataset data;           ///< As read, with duplicateSets.
    std::vector<PictureFacts> facts; ///< One a sample.
    std::vector<Finding> findings;   ///< Errors first, then warnings, then notes.
    dataset::Duplicates duplicates;
    std::vector<double> maxAbsZ; ///< One a sample; negative where the figures are undefined.
    PictureMap map;
    std::vector<EnhanceFigures> enhancement;
    std::vector<Floor> floors;
    std::string floorsOn; ///< "the folds of the source", …; or why there are none.
    std::string leak;     ///< splitLeaks().
    [[nodiscard]] std::size_t unreadable() const;
    [[nodiscard]] std::size_t count(Severity severity) const;
};

/// The one sentence "audit": look at every picture once, compare all with all, draw the map, say what is wrong and what
/// may be done about it. Changes no file. Throws Error{Usage|Plan|Stopped}.
[[nodiscard]] AuditReport audit(dataset::Dataset data, decode::DecoderPool& pool, const AuditConfig& config = {},
    const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

/// The report whole, schemaVersion 1; the same data give the same bytes. Undefined figures are null with a reason
/// beside them.
[[nodiscard]] base::Json toJson(const AuditReport& report);
/// `sample,label,group,part,readable,width,height,modality,colour,mean,std,snr,entropy,maxAbsZ,duplicateSet,textCharacters,
/// calipers,x,y,cluster`, one row a sample; empty cells where there is nothing.
[[nodiscard]] std::string picturesCsv(const AuditReport& report);
/// `code,severity,sample,note,sentence`, one row for each sample of each finding.
[[nodiscard]] std::string findingsCsv(const AuditReport& report);

} // namespace diascope::audit
