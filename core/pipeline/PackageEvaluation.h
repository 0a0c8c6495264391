// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"
#include "base/Error.h"
#include "dataset/Dataset.h"
#include "pipeline/PictureFloors.h"
#include "predict/Predictor.h"

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

/// What a package answers on a data set with known labels.
struct PackagePredictions {
    /// `sample,group,label`, one `p_<class>` a class of the package (calibrated), then `unlike` (yes or no: out of distribution), `set` (the classes of
    /// the prediction set, joined by "|"; of a package without one empty). Read by evaluate::predictionsOf().
    base::CsvTable table;
    base::CsvTable subgroups;         ///< dataset::characteristicsTable() of the source: what DICOM headers say.
    std::map<std::string, PictureFile> pictures; ///< Where the picture of each `sample` of the table lies.
    std::vector<std::string> classes; ///< Of the package.
    std::string positiveClass;        ///< "" where the package has none.
    double threshold = 0.5;           ///< On the positive class, as the package carries it.
    bool thresholdLocked = false;
    std::string packageSha256;
    std::int64_t unlike = 0;          ///< Rows that the package would rather not have answered.
    std::int64_t covered = 0, sets = 0; ///< Rows whose label is in their set, of the rows that have one.
    std::vector<base::Problem> problems; ///< Pictures without a row, each with its reason.
    bool stopped = false;             ///< Not all pictures were asked.
};

/// Runs a package over every picture of a source, one after the other. The source's labels must be names of the package's classes; a source may hold
/// fewer of them. Throws Error{Mismatch} for a label that the package does not know, Error{NotFound} when no picture could be answered on, else as
/// readDataset() and Predictor::predict() for bad options.
[[nodiscard]] PackagePredictions evaluatePackage(predict::Predictor& predictor, const dataset::Source& source, decode::DecoderPool& pool,
                                                 const predict::Predictor::Options& options = {}, const dataset::ProgressFunction& progress = {},
                                                 std::stop_token stop = {});

} // namespace diascope::pipeline
