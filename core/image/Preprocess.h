// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "image/Enhance.h"
#include "image/Image.h"
#include "image/Resample.h"
#include "image/View.h"

#include <string>
#include <variant>
#include <vector>

namespace diascope::image {

/// Stored values -> 8 bits. 8-bit data without a window and a rescale of its own is a picture already and stays as it is.
struct WindowStep {
    enum class Mode { File, Auto, Fixed } mode = Mode::File; ///< File: defaultWindow(); Auto: autoWindow().
    double centre = 0.0, width = 1.0; ///< For Fixed, modality units; width >= 1.
};
struct GreyStep {};
struct RgbStep {}; ///< One channel -> three by repetition.
/// antialias: Pillow's algorithm with `filter`; otherwise OpenCV's with `plainFilter`. In JSON both are "filter".
struct ResizeMethod {
    bool antialias = true;
    Filter filter = Filter::Bilinear;
    PlainFilter plainFilter = PlainFilter::Bilinear;
};
struct ResizeStep {
    int width = 0, height = 0;
    ResizeMethod method;
};
/// The shorter side becomes `size`, the longer floor(size * longer / shorter): torchvision's Resize(size).
struct ResizeShorterStep {
    int size = 0;
    ResizeMethod method;
};
/// torchvision's CenterCrop: rounds half to even, pads with 0 where the image is smaller.
struct CentreCropStep {
    int width = 0, height = 0;
};
/// The whole image in its proportions, centred; the rest is `fill` (letterbox).
struct FitStep {
    int width = 0, height = 0;
    int fill = 0; ///< 0..255.
    ResizeMethod method;
};
/// (value / 255 - mean) / stdDev for each channel; "mean" and "std" in JSON. Last step.
struct NormaliseStep {
    std::vector<float> mean, stdDev;
};
using PreprocessStep = std::variant<WindowStep, GreyStep, RgbStep, ResizeStep, ResizeShorterStep, CentreCropStep, FitStep, ClaheStep,
                                    DenoiseStep, EqualiseStep, NormaliseStep>;

/// The graph that a model package carries, from a decoded image to the network's input: the one implementation for training,
/// inference and the picture of what the network saw. A value; safe to use from several threads.
class Preprocess {
public:
    /// `steps`: a JSON list of {"op": "window" | "grey" | "rgb" | "resize" | "resizeShorter" | "centreCrop" | "fit" |
    /// "clahe" | "denoise" | "equalise" | "normalise", …} with the fields of the structs above and of Enhance.h ("filter", "mode" and
    /// "method" by name: "median", "gaussian", "nonLocalMeans"; only the fields of its method may stand beside it). The list must fix the size (resize, centreCrop or fit) and the
    /// channels (grey or rgb). Throws Error{Plan} whose subject is `subject` and whose detail names the key.
    [[nodiscard]] static Preprocess fromJson(const base::Json& steps, const std::string& subject);
    /// Every field of every step; fromJson reads it back.
    [[nodiscard]] base::Json toJson() const;

    /// What the network saw: UInt8, outputWidth x outputHeight x outputChannels, low = dark, before normalisation.
    /// Throws Error{Mismatch} when the image is not 8-bit and the graph has no window step.
    [[nodiscard]] Image networkImage(const Image& source) const;
    /// C,H,W float32 of a networkImage, normalised. Throws Error{Mismatch} when the shape is another.
    [[nodiscard]] std::vector<float> tensor(const Image& networkImage) const;
    /// The rectangle of a source image of this size that the network's field covers. Reaches beyond the image where the graph pads.
    [[nodiscard]] SourceRect sourceRect(int sourceWidth, int sourceHeight) const;

    /// Whether the first step that changes an 8-bit colour picture makes it grey: then it may be grey from the start.
    [[nodiscard]] bool startsFromGrey() const;
    [[nodiscard]] int outputChannels() const { return m_channels; }
    [[nodiscard]] int outputWidth() const { return m_width; }
    [[nodiscard]] int outputHeight() const { return m_height; }
    /// One value a channel; 0 and 1 when the graph does not normalise.
    [[nodiscard]] const std::vector<float>& mean() const { return m_mean; }
    [[nodiscard]] const std::vector<float>& stdDev() const { return m_stdDev; }
    [[nodiscard]] const std::vector<PreprocessStep>& steps() const { return m_steps; }

private:
    std::vector<PreprocessStep> m_steps;
    std::vector<float> m_mean, m_stdDev;
    int m_channels = 0, m_width = 0, m_height = 0;
};

} // namespace diascope::image
