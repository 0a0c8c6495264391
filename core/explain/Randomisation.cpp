// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/Randomisation.h"

#include "base/Error.h"
#include "explain/GradCam.h"
#include "explain/MapComparison.h"
#include "nn/Classifier.h"
#include "nn/Registry.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::explain {

namespace {

using metrics::Figure;

/// Mean of the defined figures; the last reason when none is.
class MeanFigure {
public:
    void add(const Figure& figure)
    {
        m_sum += figure.value.value_or(0.0);
        m_count += figure ? 1 : 0;
        m_reason = figure ? m_reason : figure.reason;
    }
    [[nodiscard]] Figure value() const { return m_count > 0 ? Figure{m_sum / m_count, {}} : Figure::undefined(m_reason); }

private:
    double m_sum = 0.0;
    int m_count = 0;
    std::string m_reason;
};

std::vector<std::string> layersFromTheTop(const nn::State& state)
{
    std::vector<std::string> layers;
    for (const auto& [name, tensor] : state) {
        const std::string layer = layerOf(name);
        if (std::find(layers.begin(), layers.end(), layer) == layers.end()) {
            layers.push_back(layer);
        }
    }
    std::reverse(layers.begin(), layers.end());
    return layers;
}

void forget(const nn::State& state, const nn::State& fresh, const std::string& layer)
{
    for (std::size_t i = 0; i < state.size(); ++i) {
        if (layerOf(state[i].first) == layer) {
            at::Tensor target = state[i].second;
            target.copy_(fresh[i].second);
        }
    }
}

std::vector<HeatMap> mapsOf(nn::Classifier& model, const std::vector<at::Tensor>& inputs, const std::vector<int>& classes, Method method)
{
    std::vector<HeatMap> maps;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        maps.push_back(forwardAndExplain(model, inputs[i], method, classes[i]).map);
    }
    return maps;
}

std::string gradeOf(const RandomisationTest& test)
{
    const Figure& last = test.steps.back().rankCorrelation;
    if (!last) {
        return "undefined: " + last.reason;
    }
    return *last.value > RandomisationTest::kStillAlike ? "does not follow the weights" : "follows the weights";
}

} // namespace

std::string layerOf(const std::string& tensorName)
{
    std::size_t begin = 0;
    for (std::size_t dot = tensorName.find('.'); dot != std::string::npos; dot = tensorName.find('.', begin)) {
        const std::string part = tensorName.substr(begin, dot - begin);
        if (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos) {
            return tensorName.substr(0, dot);
        }
        begin = dot + 1;
    }
    return begin == 0 ? tensorName : tensorName.substr(0, begin - 1);
}

RandomisationTest randomisationTest(const nn::Classifier& model, const std::vector<at::Tensor>& inputs, const std::vector<int>& classes, Method method,
                                    std::uint64_t seed, const Work& work)
{
    if (inputs.empty() || inputs.size() != classes.size() || method == Method::Occlusion) {
        throw base::Error(base::ErrorCode::Usage, "randomisation test", "needs pictures with a class each, and a method of one pass");
    }
    return nn::translated("forgetting the weights", [&] {
        const c10::InferenceMode ordinary(false);
        const at::NoGradGuard noGrad;
        const auto copy = model.clone();
        copy->freeze(false);
        copy->train(false);
        const auto fresh = nn::makeClassifier(model.spec(), seed);
        RandomisationTest test;
        test.pictures = static_cast<int>(inputs.size());
        const std::vector<HeatMap> trained = mapsOf(*copy, inputs, classes, method);
        const std::vector<std::string> layers = layersFromTheTop(copy->state());
        for (const std::string& layer : layers) {
            throwIfStopped(work);
            forget(copy->state(), fresh->state(), layer);
            const std::vector<HeatMap> now = mapsOf(*copy, inputs, classes, method);
            MeanFigure ranks, similarity;
            for (std::size_t i = 0; i < now.size(); ++i) {
                ranks.add(rankCorrelation(trained[i].raw, now[i].raw));
                similarity.add(structuralSimilarity(trained[i].values, now[i].values));
            }
            test.steps.push_back({layer, ranks.value(), similarity.value()});
            work.say("Parameter randomisation", static_cast<std::int64_t>(test.steps.size()), static_cast<std::int64_t>(layers.size()));
        }
        test.grade = gradeOf(test);
        return test;
    });
}

} // namespace diascope::explain
