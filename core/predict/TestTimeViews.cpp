// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/TestTimeViews.h"

#include "base/Error.h"
#include "base/Json.h"
#include "base/Text.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace diascope::predict {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kMostViewsInList = 64;
constexpr double kSmallestScale = 0.5, kLargestScale = 2.0;
constexpr std::array<std::string_view, 11> kStandard{"identity", "hflip", "shift-left:8", "shift-right:8", "shift-up:8",
    "shift-down:8", "scale:1.1", "scale:0.9", "vflip", "rot180", "hflip+scale:1.1"};

bool isShift(const std::string& name)
{
    return name.starts_with("shift-");
}

Error badView(std::string_view text, const std::string& why)
{
    return {ErrorCode::Usage, base::shortened(base::visibleText(text)), why,
        "Views are: identity, hflip, vflip, rot90, rot180, rot270, shift-left:8, shift-right:8, shift-up:8, "
        "shift-down:8, "
        "scale:1.1; join operations by '+' and views by ','."};
}

std::vector<std::string_view> parts(std::string_view text, char separator)
{
    std::vector<std::string_view> found;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        found.push_back(base::trimmed(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return found;
}

/// "shift-left:8" -> {"shift-left", 8}
ViewStep parseStep(std::string_view text)
{
    const std::size_t colon = text.find(':');
    ViewStep step{std::string(text.substr(0, colon)), 0.0};
    const std::vector<std::string> known = viewNames();
    if (std::find(known.begin(), known.end(), step.name) == known.end()) {
        const std::string near = base::nearestMatch(step.name, known);
        throw badView(
            text, "there is no such view" + (near.empty() ? std::string() : "; did you mean '" + near + "'?"));
    }
    const bool wanted = isShift(step.name) || step.name == "scale";
    if (!wanted) {
        if (colon != std::string_view::npos) {
            throw badView(text, "'" + step.name + "' takes no number");
        }
        return step;
    }
    const auto amount = colon == std::string_view::npos ? std::nullopt : base::parseNumber(text.substr(colon + 1));
    if (!amount) {
        throw badView(text, "'" + step.name + "' needs a number behind ':'");
    }
    step.amount = *amount;
    if (isShift(step.name) && (*amount < 1.0 || *amount > 65535.0 || *amount != std::floor(*amount))) {
        throw badView(text, "a shift is a whole number of pixels, 1 or more");
    }
    if (step.name == "scale" && (*amount < kSmallestScale || *amount > kLargestScale || *amount == 1.0)) {
        throw badView(text, "a scale is 0.5 to 2, and not 1");
    }
    return step;
}

TestTimeView parseView(std::string_view text)
{
    TestTimeView view;
    for (const std::string_view part : parts(text, '+')) {
        ViewStep step = parseStep(part);
        if (step.name == "identity") {
            continue;
        }
        view.name += (view.name.empty() ? "" : "+") + step.name;
        view.name += step.amount != 0.0 ? ":" + base::numberText(step.amount) : "";
        view.steps.push_back(std::move(step));
    }
    if (view.steps.empty()) {
        view.name = "identity";
    }
    return view;
}

/// out[x] = in[x + by] along the dimension, the edge repeated.
at::Tensor shifted(const at::Tensor& input, std::int64_t dimension, std::int64_t by)
{
    const std::int64_t size = input.size(dimension);
    if (std::abs(by) >= size) {
        throw Error(ErrorCode::Usage, "shift",
            "a shift by " + std::to_string(std::abs(by)) + " pixels leaves nothing of " + std::to_string(size),
            "Shift by fewer pixels.");
    }
    const at::Tensor from = (at::arange(size, at::dtype(at::kLong).device(input.device())) + by).clamp(0, size - 1);
    return input.index_select(dimension, from);
}

/// About the middle: the pixel at distance d from it comes from distance d / factor.
at::Tensor scaled(const at::Tensor& input, double factor)
{
    at::Tensor matrix = at::zeros({input.size(0), 2, 3}, input.options());
    matrix.select(1, 0).select(1, 0).fill_(1.0 / factor);
    matrix.select(1, 1).select(1, 1).fill_(1.0 / factor);
    const at::Tensor grid = at::affine_grid_generator(matrix, input.sizes(), /*align_corners=*/false);
    constexpr std::int64_t kBilinear = 0, kBorder = 1;
    return at::grid_sampler(input, grid, kBilinear, kBorder, /*align_corners=*/false);
}

at::Tensor turned(const at::Tensor& input, int quarters)
{
    if (quarters % 2 != 0 && input.size(2) != input.size(3)) {
        throw Error(ErrorCode::Usage, "rot" + std::to_string(90 * quarters),
            "a quarter turn needs a square input, not " + std::to_string(input.size(3)) + " x "
                + std::to_string(input.size(2)),
            "Leave this view out.");
    }
    return input.rot90(quarters, {2, 3});
}

at::Tensor applyStep(const at::Tensor& input, const ViewStep& step)
{
    constexpr std::int64_t kRows = 2, kColumns = 3;
    const auto pixels = static_cast<std::int64_t>(step.amount);
    if (step.name == "hflip") {
        return input.flip({kColumns});
    }
    if (step.name == "vflip") {
        return input.flip({kRows});
    }
    if (step.name.starts_with("rot")) {
        return turned(input, step.name == "rot90" ? 1 : step.name == "rot180" ? 2 : 3);
    }
    if (step.name == "shift-left" || step.name == "shift-right") {
        return shifted(input, kColumns, step.name == "shift-left" ? pixels : -pixels);
    }
    if (step.name == "shift-up" || step.name == "shift-down") {
        return shifted(input, kRows, step.name == "shift-up" ? pixels : -pixels);
    }
    return step.name == "scale" ? scaled(input, step.amount) : input;
}

} // namespace

std::vector<std::string> viewNames()
{
    return {"identity", "hflip", "vflip", "rot90", "rot180", "rot270", "shift-left", "shift-right", "shift-up",
        "shift-down", "scale"};
}

std::vector<TestTimeView> parseViews(std::string_view list)
{
    std::vector<TestTimeView> views;
    for (const std::string_view part : parts(list, ',')) {
        TestTimeView view = parseView(part);
        if (std::find(views.begin(), views.end(), view) != views.end()) {
            throw badView(part, "the view stands twice in the list, so it would count double");
        }
        views.push_back(std::move(view));
        if (views.size() > kMostViewsInList) {
            throw badView(list, "there are more than " + std::to_string(kMostViewsInList) + " views");
        }
    }
    return views;
}

std::vector<TestTimeView> standardViews(int count)
{
    if (count < 1 || count > static_cast<int>(kStandard.size())) {
        throw Error(ErrorCode::Usage, "tta",
            std::to_string(count) + " views are not 1 to " + std::to_string(kStandard.size()),
            "Name more of them with a list of views.");
    }
    std::vector<TestTimeView> views;
    for (int i = 0; i < count; ++i) {
        views.push_back(parseView(kStandard[static_cast<std::size_t>(i)]));
    }
    return views;
}

std::string describeViews(std::span<const TestTimeView> views)
{
    std::string text;
    for (const TestTimeView& view : views) {
        text += (text.empty() ? "" : ",") + view.name;
    }
    return text;
}

at::Tensor applyView(const at::Tensor& input, const TestTimeView& view)
{
    if (input.dim() != 4 || !input.is_floating_point()) {
        throw Error(ErrorCode::Internal, "views", "the input is not a floating-point tensor N,C,H,W");
    }
    at::Tensor out = input;
    for (const ViewStep& step : view.steps) {
        out = applyStep(out, step);
    }
    return out;
}

at::Tensor applyViews(const at::Tensor& input, std::span<const TestTimeView> views)
{
    if (views.empty()) {
        throw Error(ErrorCode::Usage, "views", "there is none", "Name at least 'identity'.");
    }
    std::vector<at::Tensor> all;
    for (const TestTimeView& view : views) {
        all.push_back(applyView(input, view));
    }
    return all.size() == 1 ? all.front() : at::cat(all, 0);
}

} // namespace diascope::predict
