// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Predictor.h"

#include "base/Error.h"
#include "explain/ChannelAttention.h"
#include "explain/FoldMaps.h"
#include "explain/GradCam.h"
#include "explain/MapQuality.h"
#include "explain/Randomisation.h"
#include "explain/SectorMask.h"
#include "explain/Targets.h"
#include "image/Grey.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"
#include "predict/PredictorData.h"
#include "predict/TestVectorCheck.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::predict {

namespace {

void checkFold(int fold, std::size_t members)
{
    if (fold < kMeanOfFolds || fold >= static_cast<int>(members)) {
        throw base::Error(base::ErrorCode::Usage, "fold " + std::to_string(fold),
                          "the package has " + std::to_string(members) + " folds, numbered from 0", "Name one of them, or their mean.");
    }
}

/// Share of the map outside the scanned part of what the network saw.
metrics::Figure outsideShare(const image::Image& networkSaw, const explain::HeatMap& map)
{
    const image::Image grey = image::toGrey(networkSaw);
    const std::vector<std::uint8_t> inside = explain::sectorMask(grey.samples<std::uint8_t>(), grey.width, grey.height);
    return explain::mapShare(map, inside, grey.width, grey.height, 0);
}

} // namespace

at::Tensor Predictor::Private::inputFor(const image::Image& networkSaw) const
{
    return inputOf(preprocess, networkSaw, device);
}

void Predictor::Private::checkExplanation(const Options& options) const
{
    const explain::Method method = explain::methodNamed(options.method);
    checkFold(options.explainFold, members.size());
    if (!explain::isSupported(method, *members.front())) {
        throw base::Error(base::ErrorCode::Usage, "method '" + options.method + "'",
                          "the network " + manifest.modelSpec.architecture + " has no attention of its own");
    }
}

Explanation Predictor::Private::explanationOf(const at::Tensor& input, const Options& options, int classIndex) const
{
    const explain::Method method = explain::methodNamed(options.method);
    const bool all = options.explainFold == kMeanOfFolds;
    explain::OcclusionConfig occluding;
    occluding.budget = options.occlusionBudget;
    std::vector<explain::HeatMap> maps;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (all || static_cast<int>(i) == options.explainFold) {
            explain::throwIfStopped(options.work);
            maps.push_back(explain::forwardAndExplain(*members[i], input, method, networkClass(classIndex), occluding, options.work).map);
        }
    }
    Explanation explanation;
    explanation.fold = options.explainFold;
    if (!all) {
        explanation.map = std::move(maps.front());
        return explanation;
    }
    explain::MeanOfMaps mean = explain::meanOfMaps(maps);
    explanation.map = std::move(mean.map);
    explanation.agreement = FoldAgreement{static_cast<int>(maps.size()), mean.agreement.value, mean.agreement.reason};
    return explanation;
}

void Predictor::Private::place(Explanation& explanation, const image::Image& image, int classIndex) const
{
    const image::SourceRect rect = preprocess.sourceRect(image.width, image.height);
    explanation.map.className = manifest.classes[static_cast<std::size_t>(classIndex)];
    explanation.x0 = rect.x0;
    explanation.y0 = rect.y0;
    explanation.x1 = rect.x1;
    explanation.y1 = rect.y1;
}

explain::MapQuality Predictor::quality(const image::Image& image, const Explanation& explanation, const explain::Work& work) const
{
    checkFold(explanation.fold, d->members.size());
    const image::Image seen = d->preprocess.networkImage(image);
    explain::MapQuality quality;
    if (explanation.fold == kMeanOfFolds) {
        const auto reason = metrics::Figure::undefined("only the map of one fold is graded");
        quality = {reason, reason, reason, reason, reason, reason, reason};
    } else {
        const at::Tensor input = d->inputFor(seen);
        const std::optional<int> classIndex = d->classNamed(explanation.map.className);
        const explain::MapQuestion question{*d->members[static_cast<std::size_t>(explanation.fold)], input, explain::methodNamed(explanation.map.method),
                                            d->networkClass(classIndex.value_or(0))};
        quality = explain::mapQuality(question, explanation.map, work);
    }
    quality.outsideSector = outsideShare(seen, explanation.map);
    return quality;
}

explain::RandomisationTest Predictor::randomisationTest(const std::vector<image::Image>& images, const Options& options) const
{
    d->checkExplanation(options);
    const nn::Classifier& member = *d->members[static_cast<std::size_t>(std::max(options.explainFold, 0))];
    const std::optional<int> wanted = d->classNamed(options.className);
    std::vector<at::Tensor> inputs;
    std::vector<int> classes;
    for (const image::Image& image : images) {
        const at::NoGradGuard noGrad;
        inputs.push_back(d->inputFor(d->preprocess.networkImage(image)));
        classes.push_back(wanted ? d->networkClass(*wanted)
                                 : explain::topClass(d->members[static_cast<std::size_t>(std::max(options.explainFold, 0))]->forward(inputs.back())));
    }
    return explain::randomisationTest(member, inputs, classes, explain::methodNamed(options.method), 0, options.work);
}

std::vector<explain::GatedLayer> Predictor::channelAttention(const image::Image& image, int fold) const
{
    checkFold(fold, d->members.size());
    const at::Tensor input = d->inputFor(d->preprocess.networkImage(image));
    return explain::channelAttention(*d->members[static_cast<std::size_t>(std::max(fold, 0))], input);
}

std::vector<float> Predictor::embedding(const image::Image& image) const
{
    return nn::translated("embedding a picture", [&] {
        const at::NoGradGuard noGrad;
        nn::Classifier& member = *d->members[static_cast<std::size_t>(d->trust.needsEmbedding() ? d->trust.member() : 0)];
        return explain::plainValues(embeddingsOf(member.features(d->inputFor(d->preprocess.networkImage(image))))[0]);
    });
}

} // namespace diascope::predict
