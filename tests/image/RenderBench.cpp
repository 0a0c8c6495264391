// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"
#include "image/Formula.h"
#include "image/HeatOverlay.h"
#include "image/Preprocess.h"
#include "image/Render.h"

#include <algorithm>
#include <cstdio>
#include <functional>

using namespace diascope;
using namespace diascope::image;
using namespace diascope::tests;

namespace {

/// Median and fastest of 60 runs after 5 to warm up, one core, as one line of JSON.
void report(const char* name, const std::function<void(int)>& work)
{
    std::vector<double> times;
    for (int i = 0; i < 65; ++i) {
        const base::Stopwatch watch;
        work(i);
        if (i >= 5) {
            times.push_back(watch.milliseconds());
        }
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"name\":\"%s\",\"value\":%.3f,\"least\":%.3f,\"unit\":\"ms\",\"threads\":1,\"device\":\"cpu\"}\n", name,
                times[times.size() / 2], times.front());
}

void benchRender(const char* name, const Image& image, RenderRequest request, bool movesWindow)
{
    DisplayLut lut;
    Rgb32 pixels = makeRgb32(request.view.width, request.view.height);
    const double centre = request.window.centre;
    report(name, [&](int i) {
        request.window.centre = movesWindow ? centre + i : centre;
        renderToRgb32(image, request, lut, targetOf(pixels));
    });
}

} // namespace

int main()
{
    const Image ct = imageFrom<std::int16_t>(512, 512, 1, [](int x, int y, int) { return (x * 7 + y * 13 + (x * y) % 97) % 2000 - 1000; });
    RenderRequest request;
    request.view = {{0.0, 0.0, 512.0, 512.0}, 1600, 1000, 0, false};
    request.window = {40.0, 400.0, {}};
    benchRender("render.ct512.to1600x1000.stretched", ct, request, false);
    benchRender("render.ct512.to1600x1000.stretched.windowMoves", ct, request, true);
    request.view = fitView(512, 512, 1600, 1000);
    benchRender("render.ct512.to1600x1000.fit.windowMoves", ct, request, true);
    request.view.rotation = 90;
    benchRender("render.ct512.to1600x1000.rotated90", ct, request, false);
    const Image colour = formulaImage("u8", 800, 600, 3);
    request.view = fitView(800, 600, 1600, 1000);
    request.window = defaultWindow(colour);
    benchRender("render.rgb800x600.to1600x1000.fit", colour, request, false);
    const Image large = imageFrom<std::uint16_t>(3000, 2500, 1, [](int x, int y, int) { return x * 5 + y * 3; });
    request.view = fitView(3000, 2500, 1600, 1000);
    request.window = {10000.0, 20000.0, {}};
    benchRender("render.u16.3000x2500.to1600x1000.fit", large, request, false);

    HeatGrid grid{7, 7, std::vector<float>(49, 0.6F), {0.0, 0.0, 512.0, 512.0}};
    const View view = fitView(512, 512, 1600, 1000);
    Rgb32 pixels = makeRgb32(1600, 1000);
    report("heat.7x7.over1600x1000", [&](int) { blendHeat(grid, {}, view, targetOf(pixels)); });
    report("window.auto.512x512", [&](int) { (void)autoWindow(ct); });
    const auto planes = Preprocess::fromJson(base::Json::parse(R"([{"op":"window"},{"op":"rgb"},{"op":"resizeShorter","size":256},
        {"op":"centreCrop","width":224,"height":224},{"op":"normalise","mean":[0.5],"std":[0.5]}])"), "bench");
    report("preprocess.rgb800x600.to224", [&](int) { (void)planes.tensor(planes.networkImage(colour)); });
    return 0;
}
