// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/ImportWeights.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"
#include "nn/WeightNames.h"
#include "nn/WeightShapes.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <set>

namespace diascope::nn {

namespace {

constexpr std::string_view kCounter = "num_batches_tracked";

std::string quotedName(const std::string& name)
{
    return "'" + base::shortened(base::visibleText(name), 120) + "'";
}

/// "'a', 'b', 'c' and 4 more".
std::string listed(const std::vector<std::string>& all)
{
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(all.size(), kShown); ++i) {
        text += (i == 0 ? "" : ", ") + quotedName(all[i]);
    }
    return text + (all.size() > kShown ? " and " + std::to_string(all.size() - kShown) + " more" : "");
}

/// The names of a file brought to the names of one network.
class Matcher {
public:
    Matcher(const Classifier& model, const WeightFile& file, const ImportOptions& options)
        : m_spec(model.spec()), m_wanted(model.state()), m_options(options)
    {
        for (const auto& [name, tensor] : model.headParameters()) {
            m_headLayers.insert(names::layerOf(name));
        }
        for (const auto& [name, tensor] : m_wanted) {
            m_wantedByName.emplace(name, tensor);
            if (m_stem.empty() && tensor.dim() == 4) {
                m_stem = name;
            }
        }
        m_given = namedAsOurs(m_spec, file, m_report.notes);
        std::erase_if(m_given, [&](const NamedTensor& t) { return isIgnored(t.theirs); });
    }

    MatchedWeights run()
    {
        m_keras = m_options.layout == "keras" || (m_options.layout == "auto" && looksLikeKeras());
        for (const NamedTensor& tensor : m_given) {
            take(tensor);
        }
        dropIncompleteHeadLayers();
        MatchedWeights matched;
        matched.state = collect();
        describe();
        judge();
        matched.report = std::move(m_report);
        return matched;
    }

private:
    struct Taken {
        std::string theirs;
        at::Tensor tensor;
    };

    bool isIgnored(const std::string& theirs) const
    {
        return std::any_of(m_options.ignore.begin(), m_options.ignore.end(), [&](const std::string& prefix) { return theirs.starts_with(prefix); });
    }
    bool ofHead(const std::string& ours) const { return m_headLayers.contains(names::layerOf(ours)); }

    bool looksLikeKeras() const
    {
        return std::any_of(m_given.begin(), m_given.end(), [&](const NamedTensor& t) {
            const auto wanted = m_wantedByName.find(t.ours);
            return names::isKeras(t.theirs) || (wanted != m_wantedByName.end() && isKerasKernel(t.tensor, wanted->second));
        });
    }

    void take(const NamedTensor& given)
    {
        const auto wanted = m_wantedByName.find(given.ours);
        if (wanted == m_wantedByName.end()) {
            m_report.unexpected.push_back(given.theirs);
            if (m_options.head == HeadRule::FromFile || !names::isForeignHead(given.theirs)) {
                m_unknown.push_back(given.theirs);
            }
            return;
        }
        if (m_options.head == HeadRule::Fresh && ofHead(given.ours)) {
            m_report.unexpected.push_back(given.theirs);
            return;
        }
        const bool stem = given.ours == m_stem;
        const at::Tensor fitted = fittedTensor(given.tensor, wanted->second,
                                               {.keras = m_keras, .stem = stem, .bgr = stem && m_options.bgr, .flattened = names::flattenedMap(m_spec, given.ours)});
        if (!fitted.defined()) {
            m_report.unexpected.push_back(given.theirs);
            if (m_options.head != HeadRule::Auto || !ofHead(given.ours)) {
                m_report.refusals.push_back(quotedName(given.theirs) + " is " + tensorText(given.tensor) + ", the network wants " + tensorText(wanted->second));
            }
            return;
        }
        if (stem && given.tensor.dim() == 4 && !m_keras && given.tensor.size(1) != fitted.size(1)) {
            m_report.notes.push_back("The first convolution was fitted from " + std::to_string(given.tensor.size(1)) + " to " + std::to_string(fitted.size(1))
                                     + " channels.");
        }
        m_otherTypes += given.tensor.is_floating_point() && given.tensor.scalar_type() != at::kFloat ? 1 : 0;
        if (!m_taken.emplace(given.ours, Taken{given.theirs, fitted}).second) {
            m_report.refusals.push_back(quotedName(given.theirs) + " and " + quotedName(m_taken.at(given.ours).theirs) + " are the same tensor of the network");
        }
    }

    /// A layer comes whole or not at all: half of it would be worse than a fresh one.
    void dropIncompleteHeadLayers()
    {
        for (const auto& [name, tensor] : m_wanted) {
            if (m_options.head != HeadRule::Auto || !ofHead(name) || name.ends_with(kCounter) || m_taken.contains(name)) {
                continue;
            }
            std::erase_if(m_taken, [this, layer = names::layerOf(name)](const auto& entry) {
                const bool same = names::layerOf(entry.first) == layer;
                if (same) {
                    m_report.unexpected.push_back(entry.second.theirs);
                }
                return same;
            });
        }
    }

    State collect()
    {
        State state;
        for (const auto& [name, tensor] : m_wanted) {
            if (const auto found = m_taken.find(name); found != m_taken.end()) {
                state.emplace_back(name, found->second.tensor);
                ++m_report.matched;
                if (found->second.theirs != name) {
                    m_report.renamed.emplace_back(found->second.theirs, name);
                }
            } else if (name.ends_with(kCounter)) {
                addCounter(name, state);
            } else {
                m_report.missing.push_back(name);
                if (m_options.head == HeadRule::FromFile || !ofHead(name)) {
                    m_lacking.push_back(name);
                }
            }
        }
        return state;
    }

    /// Files from before PyTorch 0.4 have no counters of batches; nothing is computed from them.
    void addCounter(const std::string& name, State& state)
    {
        if (m_taken.contains(names::layerOf(name) + ".running_mean")) {
            state.emplace_back(name, at::zeros({}, at::kLong));
            ++m_counters;
        }
    }

    void describe()
    {
        const auto note = [&](bool when, const std::string& text) {
            if (when) {
                m_report.notes.push_back(text);
            }
        };
        note(m_counters > 0, std::to_string(m_counters) + " batch counters are not in the file and start at 0.");
        note(m_otherTypes > 0, std::to_string(m_otherTypes) + " tensors were converted to 32-bit floating point.");
        note(m_keras, "The numbers were reordered from Keras' order.");
        State taken;
        for (const auto& [ours, from] : m_taken) {
            taken.emplace_back(from.theirs, from.tensor);
        }
        const std::vector<std::string> notFinite = nonFiniteTensors(taken);
        note(!notFinite.empty(), "Not all values are finite in " + listed(notFinite) + ": the file is legal, but the network cannot answer with it.");
        note(m_options.bgr, "The first convolution was turned from blue, green, red to red, green, blue.");
        if (m_spec.architecture == "se_resnext50_32x4d") {
            std::vector<std::string> theirs;
            for (const NamedTensor& tensor : m_given) {
                theirs.push_back(tensor.theirs);
            }
            const std::string layout = names::seResNeXtLayout(theirs);
            const std::string own = m_wantedByName.contains("layer0.conv1.weight") ? "cadene" : "timm";
            note(!layout.empty() && layout != own, "The weights were made for the first pooling of the layout '" + layout + "', the network has that of '" + own
                                                       + "': its answers differ until it is trained further.");
        }
    }

    void judge()
    {
        if (m_taken.empty()) {
            m_report.refusals.insert(m_report.refusals.begin(), "none of its tensors belongs to " + m_spec.architecture);
        }
        if (!m_lacking.empty()) {
            m_report.refusals.push_back("missing " + listed(m_lacking));
        }
        if (!m_unknown.empty()) {
            m_report.refusals.push_back("unexpected " + listed(m_unknown));
        }
    }

    ModelSpec m_spec;
    State m_wanted;
    const ImportOptions& m_options;
    std::vector<NamedTensor> m_given;
    std::map<std::string, at::Tensor> m_wantedByName;
    std::set<std::string> m_headLayers;
    std::string m_stem;
    std::map<std::string, Taken> m_taken;
    std::vector<std::string> m_lacking, m_unknown; ///< Those of `missing` and `unexpected` that the rules do not allow.
    std::size_t m_counters = 0, m_otherTypes = 0;
    bool m_keras = false;
    ImportReport m_report;
};

MatchedWeights matched(const Classifier& model, const WeightFile& file, const ImportOptions& options)
{
    return translated("matching weights", [&] {
        const c10::InferenceMode ordinary(false);
        const at::NoGradGuard noGrad;
        return Matcher(model, file, options).run();
    });
}

} // namespace

MatchedWeights matchWeights(const ModelSpec& spec, const WeightFile& file, const ImportOptions& options)
{
    return matched(*makeEmptyClassifier(spec), file, options);
}

ImportReport importWeights(Classifier& model, const std::filesystem::path& file, const ImportOptions& options)
{
    const MatchedWeights weights = matched(model, readWeights(file), options);
    if (!weights.report.accepted()) {
        std::string text = "the weights do not fit the network " + model.spec().architecture + ": ";
        for (const auto& refusal : weights.report.refusals) {
            text += (&refusal == weights.report.refusals.data() ? "" : "; ") + refusal;
        }
        throw base::Error(base::ErrorCode::Mismatch, file.string(), text, "Nothing was loaded. Choose the weights of this network.");
    }
    State whole = model.state();
    for (auto& [name, tensor] : whole) {
        if (const at::Tensor* found = find(weights.state, name)) {
            tensor = *found;
        }
    }
    loadState(model, whole, file.string());
    return weights.report;
}

std::string summary(const ImportReport& report, const std::string& fileName)
{
    std::string text = std::to_string(report.matched) + " tensors from " + fileName;
    if (!report.renamed.empty()) {
        text += ", " + std::to_string(report.renamed.size()) + " of them under other names";
    }
    text += report.missing.empty() ? "; all of the network." : "; new: " + listed(report.missing) + ".";
    if (!report.unexpected.empty()) {
        text += " Not used: " + listed(report.unexpected) + ".";
    }
    for (const auto& note : report.notes) {
        text += " " + note;
    }
    return text;
}

} // namespace diascope::nn
