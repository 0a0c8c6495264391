// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Preprocess.h"

#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <type_traits>
#include <utility>

namespace diascope::image {

using base::Json;

namespace {

constexpr int kLargestSide = 16384;
const std::vector<std::string> kOps{"window", "grey", "rgb", "resize", "resizeShorter", "centreCrop", "fit", "normalise"};

/// Reads one step; knows where it stands, for the messages.
class StepReader {
public:
    StepReader(const Json& json, const std::string& subject, std::size_t number)
        : m_subject(subject)
        , m_path("preprocess[" + std::to_string(number) + "]")
        , m_reader(json, subject, m_path)
    {
    }
    [[nodiscard]] PreprocessStep step()
    {
        std::string op;
        m_reader.require("op", op);
        PreprocessStep result = fields(op);
        m_reader.finish();
        return result;
    }

private:
    PreprocessStep fields(const std::string& op)
    {
        if (op == "window") {
            return window();
        }
        if (op == "grey") {
            return GreyStep{};
        }
        if (op == "rgb") {
            return RgbStep{};
        }
        if (op == "resize") {
            const auto [width, height] = size();
            return ResizeStep{width, height, method()};
        }
        if (op == "resizeShorter") {
            return ResizeShorterStep{side("size"), method()};
        }
        if (op == "centreCrop") {
            const auto [width, height] = size();
            return CentreCropStep{width, height};
        }
        if (op == "fit") {
            return fit();
        }
        if (op == "normalise") {
            return normalise();
        }
        refuseName("op", op, kOps);
    }
    WindowStep window()
    {
        static const std::vector<std::string> modes{"file", "auto", "fixed"};
        WindowStep step;
        std::string mode = "file";
        m_reader.read("mode", mode);
        const auto found = std::find(modes.begin(), modes.end(), mode);
        if (found == modes.end()) {
            refuseName("mode", mode, modes);
        }
        step.mode = static_cast<WindowStep::Mode>(found - modes.begin());
        if (step.mode == WindowStep::Mode::Fixed) {
            m_reader.require("centre", step.centre).require("width", step.width);
            if (!(step.width >= 1.0)) {
                refuse("width", "is below 1");
            }
        }
        return step;
    }
    FitStep fit()
    {
        FitStep step;
        std::tie(step.width, step.height) = size();
        m_reader.read("fill", step.fill);
        if (step.fill < 0 || step.fill > 255) {
            refuse("fill", "is outside 0..255");
        }
        step.method = method();
        return step;
    }
    NormaliseStep normalise()
    {
        NormaliseStep step;
        m_reader.require("mean", step.mean).require("std", step.stdDev);
        if (step.mean.empty() || step.mean.size() != step.stdDev.size()) {
            refuse("std", "does not have as many values as \"mean\"");
        }
        if (!std::all_of(step.mean.begin(), step.mean.end(), [](float v) { return std::isfinite(v); })) {
            refuse("mean", "holds a value that is not finite");
        }
        if (!std::all_of(step.stdDev.begin(), step.stdDev.end(), [](float v) { return std::isfinite(v) && v > 0.0F; })) {
            refuse("std", "holds a value that is not above 0");
        }
        return step;
    }
    ResizeMethod method()
    {
        ResizeMethod method;
        std::string filter = "bilinear";
        m_reader.read("antialias", method.antialias).read("filter", filter);
        if (method.antialias) {
            const auto found = filterFromName(filter);
            if (!found) {
                refuseName("filter", filter, {"box", "bilinear", "bicubic", "lanczos"});
            }
            method.filter = *found;
        } else {
            const auto found = plainFilterFromName(filter);
            if (!found) {
                refuseName("filter", filter, {"bilinear", "area", "bicubic", "nearest"});
            }
            method.plainFilter = *found;
        }
        return method;
    }
    std::pair<int, int> size()
    {
        const int width = side("width");
        return {width, side("height")};
    }
    int side(const std::string& key)
    {
        int value = 0;
        m_reader.require(key, value);
        if (value < 1 || value > kLargestSide) {
            refuse(key, std::to_string(value) + " is outside 1.." + std::to_string(kLargestSide));
        }
        return value;
    }
    [[noreturn]] void refuse(const std::string& key, const std::string& why) const
    {
        throw base::Error(base::ErrorCode::Plan, m_subject, m_path + "." + key + ": " + why);
    }
    [[noreturn]] void refuseName(const std::string& key, const std::string& found, const std::vector<std::string>& known) const
    {
        std::string text = "'" + base::shortened(base::visibleText(found)) + "' is none of";
        for (const std::string& word : known) {
            text += (word == known.front() ? " " : ", ") + word;
        }
        const std::string nearest = base::nearestMatch(found, known);
        refuse(key, nearest.empty() ? text : text + "; did you mean '" + nearest + "'?");
    }

    std::string m_subject;
    std::string m_path;
    base::ObjectReader m_reader;
};

void writeMethod(const ResizeMethod& method, Json& json)
{
    json["filter"] = std::string(method.antialias ? name(method.filter) : name(method.plainFilter));
    json["antialias"] = method.antialias;
}

Json write(const WindowStep& step)
{
    switch (step.mode) {
    case WindowStep::Mode::File: return Json{{"op", "window"}, {"mode", "file"}};
    case WindowStep::Mode::Auto: return Json{{"op", "window"}, {"mode", "auto"}};
    case WindowStep::Mode::Fixed: break;
    }
    return Json{{"op", "window"}, {"mode", "fixed"}, {"centre", step.centre}, {"width", step.width}};
}
Json write(const GreyStep&) { return Json{{"op", "grey"}}; }
Json write(const RgbStep&) { return Json{{"op", "rgb"}}; }
Json write(const ResizeStep& step)
{
    Json json{{"op", "resize"}, {"width", step.width}, {"height", step.height}};
    writeMethod(step.method, json);
    return json;
}
Json write(const ResizeShorterStep& step)
{
    Json json{{"op", "resizeShorter"}, {"size", step.size}};
    writeMethod(step.method, json);
    return json;
}
Json write(const CentreCropStep& step)
{
    return Json{{"op", "centreCrop"}, {"width", step.width}, {"height", step.height}};
}
Json write(const FitStep& step)
{
    Json json{{"op", "fit"}, {"width", step.width}, {"height", step.height}, {"fill", step.fill}};
    writeMethod(step.method, json);
    return json;
}
Json write(const NormaliseStep& step)
{
    return Json{{"op", "normalise"}, {"mean", step.mean}, {"std", step.stdDev}};
}

[[noreturn]] void refuseGraph(const std::string& subject, const std::string& why)
{
    throw base::Error(base::ErrorCode::Plan, subject, "preprocess: " + why);
}

void checkOrder(const std::vector<PreprocessStep>& steps, const std::string& subject)
{
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i > 0 && std::holds_alternative<WindowStep>(steps[i])) {
            refuseGraph(subject, "\"window\" must be the first step");
        }
        if (i + 1 < steps.size() && std::holds_alternative<NormaliseStep>(steps[i])) {
            refuseGraph(subject, "\"normalise\" must be the last step");
        }
    }
}

int channelsOf(const std::vector<PreprocessStep>& steps, const std::string& subject)
{
    int channels = 0;
    for (const PreprocessStep& step : steps) {
        channels = std::holds_alternative<GreyStep>(step) ? 1 : std::holds_alternative<RgbStep>(step) ? 3 : channels;
    }
    if (channels == 0) {
        refuseGraph(subject, "a \"grey\" or \"rgb\" step must fix the number of channels");
    }
    return channels;
}

std::vector<float> perChannel(const std::vector<float>& values, int channels, const std::string& subject)
{
    if (values.size() == 1) {
        return std::vector<float>(static_cast<std::size_t>(channels), values.front());
    }
    if (values.size() != static_cast<std::size_t>(channels)) {
        refuseGraph(subject, "\"normalise\" has " + std::to_string(values.size()) + " values for " + std::to_string(channels) + " channels");
    }
    return values;
}

/// The output's size where the steps fix it; 0 x 0 where it still depends on the source.
std::pair<int, int> sizeOf(const std::vector<PreprocessStep>& steps)
{
    int width = 0;
    int height = 0;
    for (const PreprocessStep& step : steps) {
        std::visit(
            [&](const auto& s) {
                using S = std::decay_t<decltype(s)>;
                if constexpr (std::is_same_v<S, ResizeStep> || std::is_same_v<S, CentreCropStep> || std::is_same_v<S, FitStep>) {
                    width = s.width;
                    height = s.height;
                } else if constexpr (std::is_same_v<S, ResizeShorterStep>) {
                    width = height = width == height && width > 0 ? s.size : 0;
                }
            },
            step);
    }
    return {width, height};
}

} // namespace

Preprocess Preprocess::fromJson(const Json& steps, const std::string& subject)
{
    if (!steps.is_array()) {
        refuseGraph(subject, "must be a list of steps");
    }
    constexpr std::size_t kMostSteps = 64;
    if (steps.size() > kMostSteps) {
        refuseGraph(subject, "has " + std::to_string(steps.size()) + " steps; at most 64 are taken");
    }
    Preprocess result;
    for (const Json& step : steps) {
        result.m_steps.push_back(StepReader(step, subject, result.m_steps.size()).step());
    }
    checkOrder(result.m_steps, subject);
    result.m_channels = channelsOf(result.m_steps, subject);
    std::tie(result.m_width, result.m_height) = sizeOf(result.m_steps);
    if (result.m_width == 0) {
        refuseGraph(subject, "a \"resize\", \"centreCrop\" or \"fit\" step must fix the size");
    }
    NormaliseStep none{{0.0F}, {1.0F}};
    const auto* normalise = std::get_if<NormaliseStep>(&result.m_steps.back());
    const NormaliseStep& values = normalise != nullptr ? *normalise : none;
    result.m_mean = perChannel(values.mean, result.m_channels, subject);
    result.m_stdDev = perChannel(values.stdDev, result.m_channels, subject);
    return result;
}

Json Preprocess::toJson() const
{
    Json list = Json::array();
    for (const PreprocessStep& step : m_steps) {
        list.push_back(std::visit([](const auto& s) { return write(s); }, step));
    }
    return list;
}

} // namespace diascope::image
