// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Calibration.h"

#include "base/Error.h"
#include "metrics/Isotonic.h"

#include <algorithm>
#include <charconv>
#include <array>
#include <cmath>

namespace diascope::predict {
namespace {

std::size_t positiveIndex(const nn::PackageManifest& manifest)
{
    const auto at = std::find(manifest.classes.begin(), manifest.classes.end(), manifest.positiveClass);
    return static_cast<std::size_t>(at - manifest.classes.begin()); // == size() when there is none.
}

void check(const nn::PackageManifest& manifest, std::size_t count)
{
    const std::size_t wanted = manifest.output == "sigmoid" ? 1 : manifest.classes.size();
    if (count != wanted || (manifest.output == "sigmoid" && (manifest.classes.size() != 2 || positiveIndex(manifest) > 1))) {
        throw base::Error(base::ErrorCode::Mismatch, manifest.name,
                          std::to_string(count) + " outputs do not fit " + std::to_string(manifest.classes.size()) + " classes (" + manifest.output + ")");
    }
}

} // namespace

std::vector<double> probabilities(const nn::PackageManifest& manifest, const std::vector<double>& logits)
{
    check(manifest, logits.size());
    const double temperature = manifest.calibration.method == "temperature" ? manifest.calibration.temperature : 1.0;
    if (manifest.output == "sigmoid") {
        const double scaled = 1.0 / (1.0 + std::exp(-logits.front() / temperature));
        const bool curved = manifest.calibration.method == "isotonic";
        const double positive = curved ? metrics::IsotonicCurve{manifest.calibration.scores, manifest.calibration.probabilities}.at(scaled) : scaled;
        std::vector<double> out(2, 1.0 - positive);
        out[positiveIndex(manifest)] = positive;
        return out;
    }
    const double most = *std::max_element(logits.begin(), logits.end());
    std::vector<double> out;
    double sum = 0.0;
    for (const double logit : logits) {
        out.push_back(std::exp((logit - most) / temperature));
        sum += out.back();
    }
    for (double& value : out) {
        value /= sum;
    }
    return out;
}

std::vector<double> logitsByClass(const nn::PackageManifest& manifest, const std::vector<double>& logits)
{
    check(manifest, logits.size());
    if (manifest.output != "sigmoid") {
        return logits;
    }
    std::vector<double> out(2, -logits.front());
    out[positiveIndex(manifest)] = logits.front();
    return out;
}

std::string verdict(const nn::PackageManifest& manifest, const std::vector<double>& p)
{
    const std::size_t positive = positiveIndex(manifest);
    if (positive < p.size() && p[positive] >= manifest.threshold) {
        return manifest.classes[positive];
    }
    std::size_t best = p.size();
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (i != positive && (best == p.size() || p[i] > p[best])) {
            best = i;
        }
    }
    return best < p.size() ? manifest.classes[best] : std::string();
}

std::string describe(const nn::PackageCalibration& calibration)
{
    if (calibration.method == "isotonic") {
        return "isotonic, " + std::to_string(calibration.scores.size()) + " knots";
    }
    if (calibration.method != "temperature") {
        return calibration.method;
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), calibration.temperature, std::chars_format::general, 4).ptr;
    return "temperature T=" + std::string(text.data(), end);
}

} // namespace diascope::predict
