// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/MapQuality.h"

#include "base/Rng.h"
#include "explain/GradCam.h"
#include "explain/MapComparison.h"
#include "explain/Targets.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>

namespace diascope::explain {

namespace {

using metrics::Figure;

/// The map's grid (h,w) at the size of the picture, H,W.
at::Tensor enlarged(const at::Tensor& grid, const at::Tensor& input)
{
    return at::upsample_bilinear2d(grid.reshape({1, 1, grid.size(0), grid.size(1)}).to(at::kFloat), {input.size(2), input.size(3)}, false)[0][0];
}

at::Tensor gridOf(const HeatMap& map)
{
    return at::tensor(map.raw, at::kFloat).reshape({map.rows, map.columns});
}

/// out[x] = in[x + by], the edge repeated.
at::Tensor moved(const at::Tensor& input, std::int64_t dimension, std::int64_t by)
{
    const std::int64_t size = input.size(dimension);
    return input.index_select(dimension, (at::arange(size, at::dtype(at::kLong).device(input.device())) + by).clamp(0, size - 1));
}

/// The middle of a map, where no edge was repeated, thinned out: neighbouring pixels say the same.
std::vector<float> middleOf(const at::Tensor& map)
{
    constexpr std::int64_t kMargin = MapQuality::kShift, kEvery = 4;
    return plainValues(map.slice(0, kMargin, map.size(0) - kMargin, kEvery).slice(1, kMargin, map.size(1) - kMargin, kEvery));
}

void measureStability(const MapQuestion& q, const HeatMap& map, const Work& work, MapQuality& quality)
{
    const std::vector<float> original = middleOf(enlarged(gridOf(map), q.input));
    double sum = 0.0, least = 1.0;
    constexpr std::array<std::pair<int, int>, 4> kMoves{{{2, 1}, {2, -1}, {3, 1}, {3, -1}}};
    for (const auto& [dimension, sign] : kMoves) {
        throwIfStopped(work);
        const at::Tensor shifted = moved(q.input, dimension, sign * MapQuality::kShift);
        const HeatMap again = forwardAndExplain(q.model, shifted, q.method, q.classIndex, {}, {.stop = work.stop}).map;
        const at::Tensor back = moved(enlarged(gridOf(again), q.input), dimension - 2, -sign * MapQuality::kShift);
        const Figure one = rankCorrelation(original, middleOf(back));
        if (!one) {
            quality.stability = quality.leastStability = one;
            return;
        }
        sum += *one.value;
        least = std::min(least, *one.value);
    }
    quality.stability = {sum / static_cast<double>(kMoves.size()), {}};
    quality.leastStability = {least, {}};
}

/// Three box blurs of 11 pixels: close to a Gaussian of 5.5 pixels, in which no structure is left.
at::Tensor blurred(const at::Tensor& input)
{
    at::Tensor out = input;
    for (int pass = 0; pass < 3; ++pass) {
        out = at::avg_pool2d(out, {11, 11}, {1, 1}, {5, 5}, false, false);
    }
    return out;
}

/// Area under the probability of the class while the pixels of `from` give way to those of `to`, in the order of falling `map` (H,W).
double areaUnderCurve(const MapQuestion& q, const at::Tensor& map, const at::Tensor& from, const at::Tensor& to)
{
    const std::int64_t pixels = map.numel();
    const at::Tensor order = map.flatten().argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
    at::Tensor rank = at::empty_like(order);
    rank.scatter_(0, order, at::arange(pixels, order.options()));
    rank = rank.reshape({1, 1, map.size(0), map.size(1)}).to(q.input.device());
    std::vector<at::Tensor> stages;
    for (std::int64_t step = 0; step <= MapQuality::kSteps; ++step) {
        stages.push_back(at::where(rank < step * pixels / MapQuality::kSteps, to, from));
    }
    const std::vector<double> p = classProbabilities(q.model.forward(at::cat(stages)), q.classIndex);
    double area = 0.0;
    for (std::size_t i = 1; i < p.size(); ++i) {
        area += 0.5 * (p[i - 1] + p[i]) / MapQuality::kSteps;
    }
    return area;
}

void measureCurves(const MapQuestion& q, const HeatMap& map, const Work& work, MapQuality& quality)
{
    if (map.nothingToShow) {
        quality.deletion = quality.insertion = quality.deletionRandom = quality.insertionRandom = Figure::undefined("the map has nothing to show");
        return;
    }
    const at::Tensor emptied = q.input.mean({2, 3}, true).expand_as(q.input), soft = blurred(q.input);
    const auto both = [&](const at::Tensor& grid) {
        throwIfStopped(work);
        const at::Tensor order = enlarged(grid, q.input);
        return std::pair(areaUnderCurve(q, order, q.input, emptied), areaUnderCurve(q, order, soft, q.input));
    };
    const auto [deletion, insertion] = both(gridOf(map));
    work.say("Map quality", 1, 1 + MapQuality::kRandomMaps);
    double randomDeletion = 0.0, randomInsertion = 0.0;
    for (int number = 0; number < MapQuality::kRandomMaps; ++number) {
        base::Rng rng = base::Rng::stream(2018, "explain/random-map", static_cast<std::uint64_t>(number));
        std::vector<float> values(map.raw.size());
        std::generate(values.begin(), values.end(), [&] { return static_cast<float>(rng.uniform()); });
        const auto [d, i] = both(at::tensor(values, at::kFloat).reshape({map.rows, map.columns}));
        randomDeletion += d / MapQuality::kRandomMaps;
        randomInsertion += i / MapQuality::kRandomMaps;
        work.say("Map quality", 2 + number, 1 + MapQuality::kRandomMaps);
    }
    quality.deletion = {deletion, {}};
    quality.deletionRandom = {randomDeletion, {}};
    quality.insertion = {insertion, {}};
    quality.insertionRandom = {randomInsertion, {}};
}

} // namespace

MapQuality mapQuality(const MapQuestion& question, const HeatMap& map, const Work& work)
{
    return nn::translated("grading the map", [&] {
        const nn::EvalGuard eval(question.model);
        const at::NoGradGuard noGrad;
        MapQuality quality;
        measureStability(question, map, work, quality);
        measureCurves(question, map, work, quality);
        quality.outsideSector = Figure::undefined("nobody has looked at the picture");
        return quality;
    });
}

} // namespace diascope::explain
