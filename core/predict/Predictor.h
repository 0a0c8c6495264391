// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace diascope::nn {
struct PackageManifest;
}

namespace diascope::predict {

/// A model package that has proved itself and answers. Owns its weights; used on one thread at a time.
class Predictor {
public:
    struct Options {
        bool explain = false;
        std::string method = "gradcam"; ///< One of explain::methodNames(); "attention" where the network has one.
        std::string className;          ///< Class to explain; empty = the top class.
        int ttaViews = 0;               ///< 1..11: the first of standardViews(); 0 = those that the package names.
        std::string views;              ///< Views by name (predict/TestTimeViews.h), instead of a number.
    };
    struct Answer {
        Prediction prediction;
        std::optional<Explanation> explanation; ///< Of the first member, untransformed view.
    };

    /// Reads the package, builds its members on `device` ("auto", "cpu", "cuda", "cuda:N") and runs its test vectors through the whole
    /// path: stored picture -> Preprocess -> network -> logits. Refuses with Error{Mismatch} when a result is off by more than
    /// 1e-4 relative (1e-3 on an accelerator), and when classes and outputs do not fit. Else throws as nn::readPackage.
    [[nodiscard]] static std::unique_ptr<Predictor> load(const std::filesystem::path& package, const std::string& device = "auto");
    ~Predictor();
    Predictor(const Predictor&) = delete;
    Predictor& operator=(const Predictor&) = delete;

    [[nodiscard]] const nn::PackageManifest& manifest() const;
    [[nodiscard]] const PackageIdentity& identity() const;
    /// Legal but worth saying about the package (no test vectors, weights that are not finite).
    [[nodiscard]] const std::vector<std::string>& warnings() const;
    /// "cpu", "cuda:0": where it runs.
    [[nodiscard]] std::string device() const;

    /// Answers on one frame. An empty `source.pixelSha256` is filled in from the pixels; a caller that has it saves the time.
    /// Throws Error{Usage} for an unknown class, method or view, Error{Mismatch} when the image cannot go in.
    [[nodiscard]] Answer predict(const image::Image& image, const SourceBinding& source, const Options& options);
    [[nodiscard]] Answer predict(const image::Image& image, const SourceBinding& source) { return predict(image, source, Options()); }

private:
    struct Private;
    explicit Predictor(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

} // namespace diascope::predict
