// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace diascope::tests {

/// The table of ARCHITECTURE.md: which folder may use which. This is the one place to change when the architecture does.
struct LayerTable {
    /// Arrows between folders of core/. Transitive: what a folder may use, its users may use as well.
    std::map<std::string, std::vector<std::string>> core = {
        {"base", {}},
        {"metrics", {"base"}},
        {"evaluate", {"metrics"}},
        {"image", {"base"}},
        {"formats", {"image"}},
        {"decode", {"image"}},
        {"dicom", {"image"}},
        {"study", {"decode"}},
        {"demo", {"dicom", "formats"}},
        {"dataset", {"decode"}},
        {"audit", {"dataset", "metrics"}},
        {"nn", {"base"}},
        {"train", {"nn", "metrics"}},
        {"explain", {"nn", "metrics"}},
        {"predict", {"nn", "metrics", "image", "explain"}}, // a Prediction carries its heat map
        {"runs", {"base"}},
        {"search", {"base"}},
        {"pipeline", {"study", "dataset", "audit", "evaluate", "train", "predict", "explain", "runs", "search"}},
    };

    /// Folders of core/ that ui/ may use as a whole, and headers of plain structs that it may use besides.
    std::set<std::string> uiFolders = {"base", "metrics", "image"};
    std::set<std::string> uiHeaders = {"core/predict/Prediction.h", "core/explain/HeatMap.h", "core/train/EpochReport.h",
                                       "core/pipeline/Plan.h", "core/study/Series.h"};

    /// These parse what strangers wrote: of app/ only the decoder process and the command line may name them.
    std::set<std::string> untrusted = {"dicom", "formats"};
    std::set<std::string> untrustedUsers = {"app/decoder", "app/cli"};
    /// All that the decoder process may use, so that it stays small.
    std::set<std::string> decoderFolders = {"base", "image", "decode", "dicom", "formats"};

    /// LibTorch's headers: in .cpp files of these folders, and kTensorHeader in their headers as well.
    std::set<std::string> torchUsers = {"core/nn", "core/train", "core/predict", "core/explain", "core/pipeline"};
    /// The benchmark compares with the bare forward pass and calls it itself.
    std::set<std::string> torchPrograms = {"app/bench"};
    std::string tensorHeader = "ATen/core/Tensor.h";
    std::vector<std::string> torchPrefixes = {"torch/", "ATen/", "c10/", "caffe2/"};

    /// DCMTK: the reader, and the writer of the demonstration data.
    std::set<std::string> dcmtkUsers = {"core/dicom", "core/demo"};
    std::vector<std::string> dcmtkPrefixes = {"dcmtk/"};
    /// ui/ gets its pixels ready made.
    std::vector<std::string> notInUi = {"opencv2/", "yaml-cpp/", "sqlite3.h", "turbojpeg.h", "openjpeg", "charls/"};
};

} // namespace diascope::tests
