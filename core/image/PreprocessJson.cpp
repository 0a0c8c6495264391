// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Preprocess.h"
#include "image/PreprocessReader.h"

#include <tuple>
#include <type_traits>
#include <utility>

namespace diascope::image {

using base::Json;

namespace {

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
Json write(const ClaheStep& step)
{
    return Json{{"op", "clahe"}, {"clipLimit", step.clipLimit}, {"tiles", step.tiles}};
}
Json write(const DenoiseStep& step)
{
    switch (step.method) {
    case DenoiseStep::Method::Median: return Json{{"op", "denoise"}, {"method", "median"}, {"size", step.size}};
    case DenoiseStep::Method::Gaussian: return Json{{"op", "denoise"}, {"method", "gaussian"}, {"size", step.size}, {"sigma", step.sigma}};
    case DenoiseStep::Method::NonLocalMeans: break;
    }
    return Json{{"op", "denoise"}, {"method", "nonLocalMeans"}, {"strength", step.strength}, {"patch", step.patch}, {"distance", step.distance}};
}
Json write(const EqualiseStep&) { return Json{{"op", "equalise"}}; }
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
        result.m_steps.push_back(readStep(step, subject, result.m_steps.size()));
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
