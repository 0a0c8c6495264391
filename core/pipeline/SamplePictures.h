// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}

namespace diascope::pipeline {

/// Where the picture of a sample lies.
struct PictureFile {
    std::filesystem::path file;
    int frame = 0; ///< 0-based.
};

/// The files that names of samples mean: a name as it stands, from the folder of `table.path`, and where `table.imageFolder` is given also
/// in every way in which the table of a data set may name pictures there (dataset/ImageFinder.h). "x.dcm#3" is frame 3 of x.dcm. Samples
/// without a file are not in the result. Throws Error{NotFound} when the image folder is not there, Error{Stopped}.
[[nodiscard]] std::map<std::string, PictureFile> picturesOfSamples(const std::vector<std::string>& samples, const dataset::Source& table,
                                                                   decode::DecoderPool& pool, const std::stop_token& stop = {});

} // namespace diascope::pipeline
