// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/WeightShapes.h"

#include "nn/ImportWeights.h"
#include "nn/Registry.h"
#include "nn/WeightNames.h"

#include <torch/torch.h>

#include <algorithm>
#include <set>

namespace diascope::nn {

namespace {

std::set<std::string> keysOf(const ModelSpec& spec)
{
    std::set<std::string> keys;
    for (const auto& [name, tensor] : makeEmptyClassifier(spec)->state()) {
        keys.insert(name);
    }
    return keys;
}

/// The first component that all names share, with its dot; empty when there is none.
std::string sharedPrefix(const std::vector<NamedTensor>& tensors)
{
    if (tensors.empty()) {
        return {};
    }
    const std::string& first = tensors.front().theirs;
    const std::string prefix = first.substr(0, first.find('.') + 1);
    const bool shared = !prefix.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const NamedTensor& t) {
        return t.theirs.starts_with(prefix) && t.theirs.size() > prefix.size();
    });
    return shared ? prefix : std::string();
}

/// The first convolution with another number of input channels (timm's adapt_input_conv): to one channel the sum, which equals the old
/// answer on a picture repeated in all of them; else repeated in turn and scaled so that the sum stays.
at::Tensor fittedChannels(const at::Tensor& weight, std::int64_t channels)
{
    const std::int64_t given = weight.size(1);
    if (channels == 1) {
        return weight.to(at::kDouble).sum(1, true);
    }
    const at::Tensor repeated = weight.repeat({1, (channels + given - 1) / given, 1, 1}).slice(1, 0, channels);
    return repeated.to(at::kDouble) * (static_cast<double>(given) / static_cast<double>(channels));
}

at::Tensor fromKeras(const at::Tensor& theirs, const Fitting& fitting)
{
    if (theirs.dim() == 4) {
        return theirs.permute({3, 2, 0, 1});
    }
    if (theirs.dim() != 2) {
        return theirs;
    }
    if (fitting.flattened) {
        const auto [channels, rows, columns] = *fitting.flattened;
        if (theirs.size(0) == channels * rows * columns) {
            return theirs.reshape({rows, columns, channels, theirs.size(1)}).permute({3, 2, 0, 1}).reshape({theirs.size(1), theirs.size(0)});
        }
    }
    return theirs.t();
}

/// Sizes that only the file knows, by our name of a tensor; nothing where the file does not have it.
class Sizes {
public:
    Sizes(const ModelSpec& spec, const WeightFile& file)
    {
        std::vector<std::string> unused;
        m_tensors = namedAsOurs(spec, file, unused);
    }
    [[nodiscard]] const NamedTensor* named(const std::string& ours) const
    {
        const auto found = std::find_if(m_tensors.begin(), m_tensors.end(), [&](const NamedTensor& t) { return t.ours == ours; });
        return found == m_tensors.end() ? nullptr : &*found;
    }
    /// Writes the number of outputs, or of inputs, of a layer into `value`.
    void outputs(const std::string& ours, int& value) const { read(ours, 0, value); }
    void inputs(const std::string& ours, int& value) const { read(ours, 1, value); }

private:
    void read(const std::string& ours, std::int64_t axis, int& value) const
    {
        const NamedTensor* found = named(ours);
        if (found == nullptr || found->tensor.dim() < 2) {
            return;
        }
        const bool keras = names::isKeras(found->theirs);
        constexpr std::int64_t kLargest = 1 << 24; // Beyond every limit of a spec, which are checked later.
        value = static_cast<int>(std::min(kLargest, found->tensor.size(keras ? found->tensor.dim() - 1 - axis : axis)));
    }
    std::vector<NamedTensor> m_tensors;
};

/// The kind of head and the widths that options say.
void readHeadKind(ModelSpec& spec, const WeightFile& file)
{
    const Sizes sizes(spec, file);
    if (spec.architecture.starts_with("resnet") && sizes.named("fc.0.weight") != nullptr && sizes.named("fc.4.weight") != nullptr) {
        spec.options["head"] = "neuroflux";
        sizes.outputs("fc.0.weight", spec.hidden);
    }
    if (spec.architecture == "renalnet") {
        sizes.outputs("head.0.weight", spec.hidden);
    }
    if (int channels = 0; spec.architecture == "neuroflux_cnn") {
        sizes.outputs("conv1.weight", channels);
        if (channels > 0) {
            spec.options["conv_channels"] = channels;
        }
    }
    if (spec.architecture == "vgg16" && sizes.named("classifier.0.weight") == nullptr && sizes.named("classifier.6.weight") == nullptr) {
        ModelSpec dense = spec;
        dense.options["head"] = "flatten-dense";
        spec = Sizes(dense, file).named("fc.weight") != nullptr ? dense : spec;
    }
}

/// Classes and input channels, from the last layer and the first.
void readSizes(ModelSpec& spec, const Sizes& sizes)
{
    std::string stem, output;
    for (const auto& [name, tensor] : makeEmptyClassifier(spec)->parameters()) {
        stem = stem.empty() && tensor.dim() == 4 ? name : stem;
        output = tensor.dim() == 2 ? name : output;
    }
    sizes.outputs(output, spec.outputs);
    // A trunk of timm's has three channels, RenalNet one: only a RenalNet says how many a RenalNet has.
    const NamedTensor* found = sizes.named(stem);
    if (found != nullptr && (spec.architecture != "renalnet" || found->theirs == found->ours)) {
        sizes.inputs(stem, spec.inputChannels);
    }
}

} // namespace

std::vector<NamedTensor> namedAsOurs(const ModelSpec& spec, const WeightFile& file, std::vector<std::string>& notes)
{
    const std::set<std::string> keys = keysOf(spec);
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : file.tensors) {
        tensors.push_back({name, {}, tensor});
    }
    std::string off;
    for (;;) {
        bool any = false;
        for (NamedTensor& tensor : tensors) {
            tensor.ours = keys.contains(tensor.theirs) ? tensor.theirs : names::ours(spec, tensor.theirs).value_or(std::string());
            any = any || keys.contains(tensor.ours);
        }
        const std::string prefix = any ? std::string() : sharedPrefix(tensors);
        if (prefix.empty()) {
            break;
        }
        off += prefix;
        for (NamedTensor& tensor : tensors) {
            tensor.theirs.erase(0, prefix.size());
        }
    }
    if (!off.empty()) {
        notes.push_back("The prefix '" + off + "' was taken off all names.");
    }
    return tensors;
}

bool isKerasKernel(const at::Tensor& theirs, const at::Tensor& wanted)
{
    return theirs.dim() == 4 && wanted.dim() == 4 && theirs.sizes() != wanted.sizes() && theirs.size(0) == wanted.size(2)
        && theirs.size(1) == wanted.size(3) && theirs.size(2) == wanted.size(1) && theirs.size(3) == wanted.size(0);
}

at::Tensor fittedTensor(const at::Tensor& theirs, const at::Tensor& wanted, const Fitting& fitting)
{
    if (theirs.is_floating_point() != wanted.is_floating_point()) {
        return {};
    }
    at::Tensor tensor = fitting.keras ? fromKeras(theirs, fitting) : theirs;
    if (tensor.dim() == 4 && wanted.dim() == 2 && tensor.size(0) == wanted.size(0) && tensor.numel() == wanted.numel()) {
        tensor = tensor.flatten(1); // A dense layer kept as a convolution over the whole map.
    }
    if (fitting.bgr && tensor.dim() == 4 && tensor.size(1) == 3) {
        tensor = tensor.flip(1);
    }
    const bool otherChannels = fitting.stem && tensor.dim() == 4 && wanted.dim() == 4 && tensor.size(0) == wanted.size(0)
        && tensor.size(1) != wanted.size(1) && tensor.size(1) > 0 && tensor.size(2) == wanted.size(2) && tensor.size(3) == wanted.size(3);
    if (otherChannels) {
        tensor = fittedChannels(tensor, wanted.size(1));
    }
    if (tensor.sizes() != wanted.sizes()) {
        return {};
    }
    return tensor.to(wanted.is_floating_point() ? at::kFloat : at::kLong).clone(at::MemoryFormat::Contiguous);
}

std::string tensorText(const at::Tensor& tensor)
{
    std::string text = std::string(c10::toString(tensor.scalar_type())) + " [";
    for (std::int64_t i = 0; i < tensor.dim(); ++i) {
        text += (i == 0 ? "" : ",") + std::to_string(tensor.size(i));
    }
    return text + "]";
}

ModelSpec specOfWeights(ModelSpec spec, const WeightFile& file)
{
    std::vector<std::string> theirs;
    for (const auto& [name, tensor] : file.tensors) {
        theirs.push_back(name);
    }
    if (const std::string layout = names::seResNeXtLayout(theirs); spec.architecture == "se_resnext50_32x4d" && !layout.empty()) {
        spec.options["layout"] = layout;
    }
    readHeadKind(spec, file);
    readSizes(spec, Sizes(spec, file));
    return spec;
}

} // namespace diascope::nn
