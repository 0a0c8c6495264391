// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/ModelSpec.h"
#include "nn/State.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace at {
struct Generator;
}

namespace diascope::nn {

class Module;

/// A network that sorts images into classes, cut at the seam that explanations need: features() gives the last feature map, head() the
/// logits from it. Used by one thread at a time; another thread takes a clone().
/// Every method translates LibTorch's exceptions: Error{Mismatch} for an input that does not fit, Error{OutOfMemory}, Error{Device}, else
/// Error{Internal}. Grad mode is the caller's: training leaves it on, inference sets NoGrad or InferenceMode on its own thread.
class Classifier {
public:
    virtual ~Classifier();
    Classifier(const Classifier&) = delete;
    Classifier& operator=(const Classifier&) = delete;

    /// x: N,C,H,W normalised, in the type and on the device of the weights; contiguous or channels-last.
    /// Returns the map that a class activation map uses, N,F,h,w, after its activation.
    [[nodiscard]] at::Tensor features(const at::Tensor& x);
    /// f: what features() gave. Returns logits N,K (K = spec().outputs), before any sigmoid or softmax.
    [[nodiscard]] at::Tensor head(const at::Tensor& f) { return logits(pooled(f)); }
    /// The first part of head(), which has no weights and draws nothing, so that it is the same for a picture as long as the backbone is:
    /// means or maxima over positions, or f itself where the head begins with weights. N,...
    [[nodiscard]] at::Tensor pooled(const at::Tensor& f);
    /// The rest of head(): logits N,K from what pooled() gave.
    [[nodiscard]] at::Tensor logits(const at::Tensor& pooled);
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) { return head(features(x)); }
    /// The network's own attention, N,1,h,w in 0..1, from what features() gave; nothing where the architecture has none.
    [[nodiscard]] std::optional<at::Tensor> attention(const at::Tensor& f);

    /// Leaf tensors, alive as long as the network and never replaced (moving and casting happen in place), under their Python names.
    [[nodiscard]] State parameters() const;
    [[nodiscard]] State buffers() const;
    /// Parameters and buffers in the order of the Python state dict.
    [[nodiscard]] State state() const;
    /// Parameters of the pretrained part, and of what is new (head and attention). Together: parameters().
    [[nodiscard]] State backboneParameters() const;
    [[nodiscard]] State headParameters() const;
    /// Parameters and buffers of the pretrained part, in the order of state().
    [[nodiscard]] State backboneState() const;
    [[nodiscard]] std::int64_t parameterCount() const;

    void train(bool on = true);
    [[nodiscard]] bool isTraining() const;
    /// Moves in place; gradients are dropped.
    void to(at::Device device);
    /// All fractions in float64: for comparison with reference numbers.
    void toDouble();
    /// Rank-4 weights in channels-last memory; faster on GPUs and for convolutions on many CPUs. Results agree to rounding.
    void toChannelsLast();
    /// For a network that only answers from now on: in eval mode and without gradients each convolution runs as one with the batch norm
    /// and the activation behind it, on the CPU with weights packed for the processor, channels last. Logits agree with those before to
    /// rounding (1e-5 relative). Costs the convolutions' memory once more. Parameters and buffers stay as they are and rule again after
    /// train(true) or freeze(false); loadState(), to() and the casts take the new values over.
    void freeze(bool on = true);
    [[nodiscard]] bool isFrozen() const { return m_frozen; }
    [[nodiscard]] at::Device device() const;
    [[nodiscard]] at::ScalarType dtype() const;

    /// An independent network with equal weights, mode, frozen or not, type, device and requires-gradient flags; gradients are not copied.
    [[nodiscard]] std::shared_ptr<Classifier> clone() const;
    [[nodiscard]] const ModelSpec& spec() const { return m_spec; }

protected:
    explicit Classifier(ModelSpec spec);
    /// The tree of layers, filled by the constructor of the architecture. Names given there are the file format.
    [[nodiscard]] Module& root() { return *m_root; }

private:
    friend std::shared_ptr<Classifier> makeClassifier(const ModelSpec& spec, std::uint64_t seed);

    virtual at::Tensor computeFeatures(const at::Tensor& x) = 0;
    virtual at::Tensor computePooled(const at::Tensor& f);
    virtual at::Tensor computeLogits(const at::Tensor& pooled) = 0;
    virtual std::optional<at::Tensor> computeAttention(const at::Tensor& f);
    /// Draws all weights from `generator` as the Python library would. Called under no-grad.
    virtual void initialise(at::Generator& generator) = 0;
    [[nodiscard]] virtual bool isHead(std::string_view name) const = 0;
    void checkInput(const at::Tensor& x) const;

    ModelSpec m_spec;
    std::unique_ptr<Module> m_root;
    bool m_frozen = false;
};

/// Puts a network into eval mode and restores its mode at the end of the scope.
class EvalGuard {
public:
    explicit EvalGuard(Classifier& model) : m_model(model), m_wasTraining(model.isTraining()) { m_model.train(false); }
    ~EvalGuard() { m_model.train(m_wasTraining); }
    EvalGuard(const EvalGuard&) = delete;
    EvalGuard& operator=(const EvalGuard&) = delete;

private:
    Classifier& m_model;
    bool m_wasTraining;
};

} // namespace diascope::nn
