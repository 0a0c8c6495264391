// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/GradCam.h"
#include "image/Preprocess.h"
#include "nn/PackageManifest.h"
#include "predict/Predictor.h"
#include "predict/TestTimeViews.h"
#include "predict/Trust.h"

#include <ATen/core/Tensor.h>

namespace diascope::nn {
class Classifier;
}

namespace diascope::predict {

/// What a Predictor is made of. Of Predictor's own files only.
struct Predictor::Private {
    nn::PackageManifest manifest;
    PackageIdentity identity;
    std::vector<std::string> warnings;
    image::Preprocess preprocess;
    std::vector<std::shared_ptr<nn::Classifier>> members;
    at::Device device = at::kCPU;
    Trust trust;

    [[nodiscard]] std::optional<int> classNamed(const std::string& name) const;
    /// The network's class numbers: with one logit, 1 is the positive class whatever the manifest's order.
    [[nodiscard]] int networkClass(int index) const;
    [[nodiscard]] std::vector<TestTimeView> viewsFor(const Options& options) const;
    /// The picture as every member takes it, 1,C,H,W on the device.
    [[nodiscard]] at::Tensor inputFor(const image::Image& networkSaw) const;

    /// What one pass over the members is asked for, and what it brings.
    struct Asked {
        std::vector<TestTimeView> views;
        explain::Method method = explain::Method::GradCam;
        int explainedMember = kMeanOfFolds; ///< Whose pass explains as well; kMeanOfFolds = nobody's.
        std::optional<int> networkClass;    ///< To explain; nothing = the member's own top class.
    };
    struct Passes {
        std::vector<at::Tensor> logits; ///< V,K of each member.
        std::optional<explain::ForwardWithMap> explained;
        at::Tensor embedding;           ///< F; undefined when the package has nothing to compare it with.
    };
    [[nodiscard]] Passes passes(const at::Tensor& input, const Asked& asked) const;
    void answer(Prediction& out, const std::vector<at::Tensor>& logits) const;

    /// Throws Error{Usage} for a fold that is not there, or a method that cannot be asked of this network.
    void checkExplanation(const Options& options) const;
    /// The map of one fold, or the mean of all, for a class of the manifest.
    [[nodiscard]] Explanation explanationOf(const at::Tensor& input, const Options& options, int classIndex) const;
    /// An explanation that lies on a source image of this size; the map is filled in already.
    void place(Explanation& explanation, const image::Image& image, int classIndex) const;
};

} // namespace diascope::predict
