// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/PackageManifest.h"

#include <algorithm>
#include <functional>
#include <set>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;
using base::ObjectReader;

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

[[noreturn]] void contradicts(const std::string& subject, const std::string& reason)
{
    throw Error(ErrorCode::Plan, subject, "manifest: " + reason);
}

/// A part of the manifest that must be there and be an object.
const base::Json& part(ObjectReader& reader, const std::string& key, const std::string& subject)
{
    const base::Json* found = reader.child(key);
    if (found == nullptr || !found->is_object()) {
        contradicts(subject, "'" + reader.pathOf(key) + "' is missing or not an object");
    }
    return *found;
}

void readParts(ObjectReader& reader, const std::string& subject, PackageManifest& manifest)
{
    manifest.modelSpec = modelSpecFromJson(part(reader, "modelSpec", subject), subject);
    const base::Json* preprocess = reader.child("preprocess");
    if (preprocess == nullptr || preprocess->is_null()) {
        contradicts(subject, "'preprocess' is missing: without it an image cannot be brought to the network");
    }
    manifest.preprocess = *preprocess;
    manifest.figures = part(reader, "figures", subject);

    ObjectReader calibration(part(reader, "calibration", subject), subject, "calibration");
    calibration.require("method", manifest.calibration.method).require("temperature", manifest.calibration.temperature);
    calibration.read("scores", manifest.calibration.scores).read("probabilities", manifest.calibration.probabilities).finish();
    if (const base::Json* evidence = reader.child("evidence")) {
        manifest.evidence = packageEvidenceFromJson(*evidence, subject);
    }

    auto& from = manifest.provenance;
    ObjectReader provenance(part(reader, "provenance", subject), subject, "provenance");
    provenance.require("command", from.command).require("plan", from.plan).require("seed", from.seed);
    provenance.require("build", from.build).require("datasetSha256", from.datasetSha256).finish();
}

void checkClasses(const PackageManifest& manifest, const std::string& subject)
{
    const auto& classes = manifest.classes;
    const bool sigmoid = manifest.output == "sigmoid";
    if (!sigmoid && manifest.output != "softmax") {
        contradicts(subject, "'output' is '" + manifest.output + "', must be sigmoid or softmax");
    }
    const int outputs = manifest.modelSpec.outputs;
    const std::size_t wanted = sigmoid ? 2 : static_cast<std::size_t>(outputs);
    if (classes.size() != wanted || (sigmoid ? outputs != 1 : outputs < 2)) {
        throw Error(ErrorCode::Mismatch, subject,
                    "the classes do not fit the network: " + std::to_string(classes.size()) + " classes (" + listed(classes) + ") for "
                        + std::to_string(outputs) + " outputs with " + manifest.output
                        + (sigmoid ? ", which answers exactly two classes with one output" : ", which needs one output per class"),
                    "Ask for a package made by the training run again; do not use this one.");
    }
    const std::set<std::string> unique(classes.begin(), classes.end());
    if (unique.size() != classes.size() || unique.contains("")) {
        contradicts(subject, "a class name is empty or stands twice: " + listed(classes));
    }
    const bool positiveFits = sigmoid ? manifest.positiveClass == classes[1]
                                      : manifest.positiveClass.empty() || unique.contains(manifest.positiveClass);
    if (!positiveFits) {
        contradicts(subject, "'positiveClass' is '" + manifest.positiveClass + "', must be " + (sigmoid ? "the second class: " : "one of: ")
                                 + (sigmoid ? classes[1] : listed(classes)));
    }
}

/// Strictly ascending within 0..1.
bool rises(const std::vector<double>& values)
{
    const bool ascending = std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
    return ascending && values.front() >= 0.0 && values.back() <= 1.0;
}

void checkCalibration(const PackageManifest& manifest, const std::string& subject)
{
    constexpr std::size_t kMostKnots = 4096;
    const auto& [method, temperature, scores, probabilities] = manifest.calibration;
    const bool plain = scores.empty() && probabilities.empty();
    const bool none = method == "none" && temperature == 1.0 && plain;
    const bool scaled = method == "temperature" && temperature > 0.0 && temperature <= 1e6 && plain;
    const bool curved = method == "isotonic" && temperature == 1.0 && manifest.output == "sigmoid" && scores.size() >= 2 &&
        scores.size() <= kMostKnots && scores.size() == probabilities.size() && rises(scores) && rises(probabilities);
    if (!none && !scaled && !curved) {
        contradicts(subject, "'calibration' is '" + method + "' with temperature " + base::Json(temperature).dump() + " and "
                                 + std::to_string(scores.size()) + " knots, must be none with 1, temperature with a positive number, or for one "
                                   "output isotonic with a rising curve");
    }
}

} // namespace

base::Json toJson(const PackageManifest& m)
{
    base::Json calibration{{"method", m.calibration.method}, {"temperature", m.calibration.temperature}};
    if (!m.calibration.scores.empty()) {
        calibration["scores"] = m.calibration.scores;
        calibration["probabilities"] = m.calibration.probabilities;
    }
    base::Json json{
        {"schemaVersion", m.schemaVersion},
        {"name", m.name},
        {"version", m.version},
        {"created", m.created},
        {"modelSpec", toJson(m.modelSpec)},
        {"preprocess", m.preprocess},
        {"classes", m.classes},
        {"output", m.output},
        {"positiveClass", m.positiveClass},
        {"threshold", m.threshold},
        {"thresholdLocked", m.thresholdLocked},
        {"ttaViews", m.ttaViews},
        {"calibration", std::move(calibration)},
        {"trainedOn", m.trainedOn},
        {"intendedUse", m.intendedUse},
        {"limitations", m.limitations},
        {"provenance",
         {{"command", m.provenance.command},
          {"plan", m.provenance.plan},
          {"seed", m.provenance.seed},
          {"build", m.provenance.build},
          {"datasetSha256", m.provenance.datasetSha256}}},
        {"members", m.members},
        {"figures", m.figures},
        {"tensorsSha256", m.tensorsSha256},
    };
    if (m.evidence.any()) {
        json["evidence"] = toJson(m.evidence);
    }
    return json;
}

PackageManifest packageManifestFromJson(const base::Json& json, const std::string& subject)
{
    PackageManifest m;
    ObjectReader reader(json, subject);
    reader.require("schemaVersion", m.schemaVersion);
    if (m.schemaVersion > PackageManifest::kSchemaVersion) {
        // Before anything else: a newer format may have keys that are unknown here.
        throw Error(ErrorCode::Unsupported, subject,
                    "it is a package of format " + std::to_string(m.schemaVersion) + "; this program reads up to "
                        + std::to_string(PackageManifest::kSchemaVersion),
                    "Update Diascope, or ask for a package of the older format.");
    }
    reader.require("name", m.name).require("version", m.version).require("created", m.created);
    readParts(reader, subject, m);
    reader.require("classes", m.classes).require("output", m.output).require("positiveClass", m.positiveClass);
    reader.require("threshold", m.threshold).require("thresholdLocked", m.thresholdLocked).read("ttaViews", m.ttaViews);
    reader.require("trainedOn", m.trainedOn).require("intendedUse", m.intendedUse).require("limitations", m.limitations);
    reader.require("members", m.members).require("tensorsSha256", m.tensorsSha256);
    reader.finish();
    checkManifest(m, subject);
    return m;
}

void checkManifest(const PackageManifest& manifest, const std::string& subject)
{
    if (manifest.schemaVersion < 1) {
        contradicts(subject, "'schemaVersion' is " + std::to_string(manifest.schemaVersion));
    }
    if (manifest.name.empty() || manifest.version.empty()) {
        contradicts(subject, "'name' or 'version' is empty");
    }
    if (manifest.preprocess.is_null()) {
        contradicts(subject, "'preprocess' is missing: without it an image cannot be brought to the network");
    }
    checkClasses(manifest, subject);
    if (!(manifest.threshold >= 0.0 && manifest.threshold <= 1.0)) {
        contradicts(subject, "'threshold' is " + base::Json(manifest.threshold).dump() + ", must be from 0 to 1");
    }
    checkCalibration(manifest, subject);
    if (manifest.evidence.neighbours.any() && (manifest.evidence.neighbours.member < 0 || manifest.evidence.neighbours.member >= manifest.members)) {
        contradicts(subject, "'evidence.neighbours.member' is not one of the " + std::to_string(manifest.members) + " members");
    }
    if (manifest.members < 1 || manifest.members > 1000) {
        contradicts(subject, "'members' is " + std::to_string(manifest.members) + ", must be from 1 to 1000");
    }
}

} // namespace diascope::nn
