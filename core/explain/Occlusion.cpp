// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/Occlusion.h"

#include "base/Error.h"
#include "explain/GradCam.h"
#include "explain/Targets.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace diascope::explain {

namespace {

struct Grid {
    std::int64_t rows = 1, columns = 1;
    [[nodiscard]] std::int64_t cells() const { return rows * columns; }
};

void checkConfig(const OcclusionConfig& c)
{
    const bool good = c.budget >= 4 && c.budget <= 65536 && c.patch >= 1.0 && c.patch <= 16.0 && c.batch >= 1 && c.batch <= 256 && c.smallestCell >= 1;
    if (!good) {
        throw base::Error(base::ErrorCode::Usage, "occlusion",
                          "4 to 65536 passes, a patch of 1 to 16 cells, batches of 1 to 256 and cells of a pixel or more are possible");
    }
}

/// Cells as square as possible; one pass is left for the uncovered picture.
Grid gridFor(const OcclusionConfig& config, std::int64_t height, std::int64_t width)
{
    const double side = std::max<double>(std::sqrt(static_cast<double>(height * width) / (config.budget - 1)), config.smallestCell);
    Grid grid;
    grid.rows = std::clamp<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(height) / side), 1, height);
    grid.columns = std::clamp<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(width) / side), 1, width);
    while (grid.cells() > config.budget - 1) { // only where one side is a single cell
        (grid.rows > grid.columns ? grid.rows : grid.columns) -= 1;
    }
    return grid;
}

/// First and last pixel (excluded) of the patch centred on cell `index` of `cells`.
std::pair<std::int64_t, std::int64_t> patchAlong(std::int64_t index, std::int64_t cells, std::int64_t size, double patch)
{
    const double cell = static_cast<double>(size) / static_cast<double>(cells);
    const double centre = (static_cast<double>(index) + 0.5) * cell, half = 0.5 * patch * cell;
    const auto first = static_cast<std::int64_t>(std::lround(centre - half)), last = static_cast<std::int64_t>(std::lround(centre + half));
    return {std::max<std::int64_t>(first, 0), std::min(std::max(last, first + 1), size)};
}

at::Tensor falls(nn::Classifier& model, const at::Tensor& input, int classIndex, const OcclusionConfig& config, const Grid& grid, const Work& work)
{
    const double whole = targets(model.forward(input), classIndex)[0].item<double>();
    const at::Tensor fill = input.mean({2, 3}, true)[0]; // C,1,1
    const at::Tensor fall = at::empty({grid.cells()}, at::kDouble);
    for (std::int64_t first = 0; first < grid.cells(); first += config.batch) {
        throwIfStopped(work);
        const std::int64_t count = std::min<std::int64_t>(config.batch, grid.cells() - first);
        const at::Tensor covered = input.repeat({count, 1, 1, 1}); // n,C,H,W
        for (std::int64_t i = 0; i < count; ++i) {
            const auto [top, bottom] = patchAlong((first + i) / grid.columns, grid.rows, input.size(2), config.patch);
            const auto [left, right] = patchAlong((first + i) % grid.columns, grid.columns, input.size(3), config.patch);
            covered[i].slice(1, top, bottom).slice(2, left, right).copy_(fill.expand({-1, bottom - top, right - left}));
        }
        fall.slice(0, first, first + count).copy_(whole - targets(model.forward(covered), classIndex).to(at::kCPU, at::kDouble));
        work.say("Occlusion", first + count, grid.cells());
    }
    return fall.reshape({grid.rows, grid.columns});
}

} // namespace

HeatMap occlusion(nn::Classifier& model, const at::Tensor& input, int classIndex, const OcclusionConfig& config, const Work& work)
{
    checkConfig(config);
    if (!input.defined() || input.dim() != 4 || input.size(0) != 1) {
        throw base::Error(base::ErrorCode::Usage, "occlusion", "is made of one image at a time (1,C,H,W)");
    }
    return nn::translated("covering the picture", [&] {
        const nn::EvalGuard eval(model);
        const at::NoGradGuard noGrad;
        const Grid grid = gridFor(config, input.size(2), input.size(3));
        const at::Tensor raw = falls(model, input, classIndex, config, grid, work);
        return heatMapOf(Method::Occlusion, raw);
    });
}

} // namespace diascope::explain
