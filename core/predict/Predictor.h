// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/Work.h"
#include "predict/Prediction.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace diascope::nn {
struct PackageManifest;
}
namespace diascope::explain {
struct MapQuality;
struct RandomisationTest;
struct GatedLayer;
}

namespace diascope::predict {

/// A model package that has proved itself and answers. Owns its weights; used on one thread at a time.
class Predictor {
public:
    struct Options {
        bool explain = false;
        std::string method = "gradcam"; ///< One of explain::methodNames(); "attention" where the network has one.
        std::string className;          ///< Class to explain; empty = the top class.
        int explainFold = 0;            ///< Member whose map is made; kMeanOfFolds = the mean of all, with their agreement.
        int occlusionBudget = 256;      ///< Forward passes of the method "occlusion", for each fold.
        explain::Work work{};           ///< Progress and stop of occlusion, the mean of folds and quality().
        int ttaViews = 0;               ///< 1..11: the first of standardViews(); 0 = those that the package names.
        std::string views;              ///< Views by name (predict/TestTimeViews.h), instead of a number.
    };
    struct Answer {
        Prediction prediction;
        std::optional<Explanation> explanation; ///< Of Options::explainFold, untransformed view.
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
    /// Prediction set, out of distribution and similar cases are filled in where the package carries what they need.
    /// Throws Error{Usage} for an unknown class, method, fold or view, Error{Mismatch} when the image cannot go in, Error{Stopped}.
    [[nodiscard]] Answer predict(const image::Image& image, const SourceBinding& source, const Options& options);
    [[nodiscard]] Answer predict(const image::Image& image, const SourceBinding& source) { return predict(image, source, Options()); }

    /// Grades an explanation that predict() made of the same image (method, class and fold stand in it): many forward passes, Options::work is
    /// told. The mean of folds is graded by where it lies only; the other figures are undefined with that reason.
    [[nodiscard]] explain::MapQuality quality(const image::Image& image, const Explanation& explanation, const explain::Work& work = {}) const;
    /// Whether the maps of a method follow the weights of a fold at all, from a few pictures and for the top class of each.
    [[nodiscard]] explain::RandomisationTest randomisationTest(const std::vector<image::Image>& images, const Options& options) const;
    /// Gates of the squeeze-and-excitation layers of a fold for a picture; empty where the network has none.
    [[nodiscard]] std::vector<explain::GatedLayer> channelAttention(const image::Image& image, int fold = 0) const;
    /// Mean features of a picture as the package compares them, F values of length 1: of the member that its training cases are of, else of the
    /// first.
    [[nodiscard]] std::vector<float> embedding(const image::Image& image) const;

private:
    struct Private;
    explicit Predictor(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

} // namespace diascope::predict
