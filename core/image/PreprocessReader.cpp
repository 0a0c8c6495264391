// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/PreprocessReader.h"

#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace diascope::image {

using base::Json;

namespace {

constexpr int kLargestSide = 16384;
const std::vector<std::string> kOps{"window", "grey", "rgb", "resize", "resizeShorter", "centreCrop", "fit", "clahe",
    "denoise", "equalise", "normalise"};

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
        if (op == "clahe") {
            return clahe();
        }
        if (op == "denoise") {
            return denoise();
        }
        if (op == "equalise") {
            return EqualiseStep{};
        }
        if (op == "normalise") {
            return normalise();
        }
        refuseName("op", op, kOps);
    }
    WindowStep window()
    {
        WindowStep step;
        step.mode = static_cast<WindowStep::Mode>(oneOf("mode", {"file", "auto", "fixed"}));
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
        within("fill", step.fill, 0, 255);
        step.method = method();
        return step;
    }
    ClaheStep clahe()
    {
        ClaheStep step;
        within("clipLimit", step.clipLimit, 0.01, 1000.0);
        within("tiles", step.tiles, 1, 64);
        return step;
    }
    DenoiseStep denoise()
    {
        DenoiseStep step;
        step.method = static_cast<DenoiseStep::Method>(oneOf("method", {"median", "gaussian", "nonLocalMeans"}));
        if (step.method == DenoiseStep::Method::NonLocalMeans) {
            within("strength", step.strength, 0.01, 255.0);
            odd("patch", step.patch, 21);
            within("distance", step.distance, 1, 31);
            return step;
        }
        odd("size", step.size, 31);
        if (step.method == DenoiseStep::Method::Gaussian) {
            within("sigma", step.sigma, 0.0, 100.0);
        }
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
        if (!std::all_of(
                step.stdDev.begin(), step.stdDev.end(), [](float v) { return std::isfinite(v) && v > 0.0F; })) {
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
    /// Where the word under `key` stands in `known`; without one the first.
    std::ptrdiff_t oneOf(const std::string& key, const std::vector<std::string>& known)
    {
        std::string word = known.front();
        m_reader.read(key, word);
        const auto found = std::find(known.begin(), known.end(), word);
        if (found == known.end()) {
            refuseName(key, word, known);
        }
        return found - known.begin();
    }
    template <typename T> void within(const std::string& key, T& value, T low, T high)
    {
        m_reader.read(key, value);
        if (!(value >= low && value <= high)) { // a NaN fails as well
            refuse(key, Json(value).dump() + " is outside " + Json(low).dump() + ".." + Json(high).dump());
        }
    }
    void odd(const std::string& key, int& value, int high)
    {
        within(key, value, 3, high);
        if (value % 2 == 0) {
            refuse(key, std::to_string(value) + " is not odd");
        }
    }
    [[noreturn]] void refuse(const std::string& key, const std::string& why) const
    {
        throw base::Error(base::ErrorCode::Plan, m_subject, m_path + "." + key + ": " + why);
    }
    [[noreturn]] void refuseName(
        const std::string& key, const std::string& found, const std::vector<std::string>& known) const
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

} // namespace

PreprocessStep readStep(const Json& json, const std::string& subject, std::size_t number)
{
    return StepReader(json, subject, number).step();
}

} // namespace diascope::image
