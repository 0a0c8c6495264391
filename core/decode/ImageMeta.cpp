// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/ImageMeta.h"

#include "base/Error.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;
using base::Json;

namespace {

constexpr int kMaxDimension = 1 << 20;
constexpr std::size_t kMaxWindows = 4096;

[[noreturn]] void refuse(const std::string& what)
{
    throw Error(ErrorCode::Malformed, "decoder", "the description of an image is wrong: " + what);
}

Json number(double value)
{
    if (std::isfinite(value)) {
        return value;
    }
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double numberOf(const Json& json)
{
    if (json.is_number()) {
        return json.get<double>();
    }
    const auto text = json.get<std::string>();
    if (text == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text != "inf" && text != "-inf") {
        refuse("not a number");
    }
    return text == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

/// An integer of `json[key]` within low..high.
int bounded(const Json& json, const char* key, int low, int high)
{
    const auto& field = json.at(key);
    const auto value = field.is_number_integer() ? field.get<std::int64_t>() : std::int64_t{high} + 1;
    if (value < low || value > high) {
        refuse(std::string(key) + " is out of range");
    }
    return static_cast<int>(value);
}

Json vectorToJson(const std::array<double, 3>& vector)
{
    return Json::array({number(vector[0]), number(vector[1]), number(vector[2])});
}

std::array<double, 3> vectorOf(const Json& json)
{
    return {numberOf(json.at(0)), numberOf(json.at(1)), numberOf(json.at(2))};
}

Json windowsToJson(const std::vector<image::Window>& windows)
{
    Json list = Json::array();
    for (const auto& window : windows) {
        list.push_back({{"centre", number(window.centre)},
                        {"width", number(window.width)},
                        {"function", static_cast<int>(window.function)},
                        {"explanation", window.explanation}});
    }
    return list;
}

std::vector<image::Window> windowsOf(const Json& json)
{
    if (!json.is_array() || json.size() > kMaxWindows) {
        refuse("windows");
    }
    std::vector<image::Window> windows;
    for (const auto& entry : json) {
        image::Window window;
        window.centre = numberOf(entry.at("centre"));
        window.width = numberOf(entry.at("width"));
        window.explanation = entry.at("explanation").get<std::string>();
        window.function = static_cast<image::Window::Function>(bounded(entry, "function", 0, 2));
        windows.push_back(std::move(window));
    }
    return windows;
}

image::Image shapeOf(const Json& json, std::vector<std::byte> pixels)
{
    const int width = bounded(json, "width", 1, kMaxDimension);
    const int height = bounded(json, "height", 1, kMaxDimension);
    const int channels = bounded(json, "channels", 1, 3);
    const auto type
        = static_cast<image::PixelType>(bounded(json, "type", 0, static_cast<int>(image::PixelType::Float64)));
    const std::uint64_t expected = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height)
                                   * static_cast<std::uint64_t>(channels) * image::bytesPerSample(type);
    if (channels == 2 || expected != pixels.size()) {
        refuse("its pixels do not have the size of its shape");
    }
    image::Image image = image::makeImage(width, height, channels, type, std::move(pixels));
    image.bitsStored = bounded(json, "bitsStored", 1, 64);
    image.photometric = static_cast<image::Photometric>(
        bounded(json, "photometric", 0, static_cast<int>(image::Photometric::Rgb)));
    return image;
}

void readOptional(const Json& json, image::Image& image)
{
    if (const auto spacing = json.find("spacing"); spacing != json.end()) {
        image.spacing = image::Spacing{
            numberOf(spacing->at("rowMm")), numberOf(spacing->at("columnMm")),
            static_cast<image::Spacing::Source>(
                bounded(*spacing, "source", 0, static_cast<int>(image::Spacing::Source::File)))};
    }
    if (const auto geometry = json.find("geometry"); geometry != json.end()) {
        image.geometry = image::Geometry{vectorOf(geometry->at("position")), vectorOf(geometry->at("row")),
                                         vectorOf(geometry->at("column"))};
    }
    if (const auto padding = json.find("paddingStored"); padding != json.end()) {
        image.paddingStored = numberOf(*padding);
    }
}

} // namespace

Json imageMetaToJson(const image::Image& image)
{
    Json json{{"width", image.width},
              {"height", image.height},
              {"channels", image.channels},
              {"type", static_cast<int>(image.type)},
              {"bitsStored", image.bitsStored},
              {"photometric", static_cast<int>(image.photometric)},
              {"slope", number(image.rescale.slope)},
              {"intercept", number(image.rescale.intercept)},
              {"unit", image.rescale.unit},
              {"tableFirst", image.rescale.tableFirst},
              {"lossy", image.lossy},
              {"windows", windowsToJson(image.windows)}};
    if (image.spacing) {
        json["spacing"] = {{"rowMm", number(image.spacing->rowMm)},
                           {"columnMm", number(image.spacing->columnMm)},
                           {"source", static_cast<int>(image.spacing->source)}};
    }
    if (image.geometry) {
        json["geometry"] = {{"position", vectorToJson(image.geometry->position)},
                            {"row", vectorToJson(image.geometry->rowDirection)},
                            {"column", vectorToJson(image.geometry->columnDirection)}};
    }
    if (image.paddingStored) {
        json["paddingStored"] = number(*image.paddingStored);
    }
    return json;
}

image::Image imageFromMeta(const Json& json, std::vector<std::byte> pixels, std::vector<float> table)
{
    try {
        image::Image image = shapeOf(json, std::move(pixels));
        image.rescale.slope = numberOf(json.at("slope"));
        image.rescale.intercept = numberOf(json.at("intercept"));
        image.rescale.unit = json.at("unit").get<std::string>();
        image.rescale.tableFirst = json.at("tableFirst").get<std::int64_t>();
        if (!table.empty()) {
            image.rescale.table = std::make_shared<const std::vector<float>>(std::move(table));
        }
        image.lossy = json.at("lossy").get<bool>();
        image.windows = windowsOf(json.at("windows"));
        readOptional(json, image);
        return image;
    } catch (const nlohmann::json::exception& error) {
        refuse(error.what());
    }
}

} // namespace diascope::decode
