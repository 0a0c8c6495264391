// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "nn/ModelSpec.h"
#include "nn/PackageEvidence.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::nn {

/// How logits become probabilities after training.
struct PackageCalibration {
    std::string method = "none"; ///< "none", "temperature", or for one logit "isotonic".
    double temperature = 1.0;    ///< Logits are divided by it; > 0. 1 for the other methods.
    /// isotonic: knots of a rising curve from the positive class's probability to the calibrated one; straight lines between them, the end
    /// values outside. Equally many, 2 to 4096, both strictly ascending, in 0..1.
    std::vector<double> scores{}, probabilities{};
};

/// Where a package comes from, so that it can be made again.
struct PackageProvenance {
    std::string command;       ///< Command line that made it, without folders of the machine.
    std::string plan;          ///< The whole plan as YAML.
    std::uint64_t seed = 0;
    std::string build;         ///< Version and build id of the program.
    std::string datasetSha256; ///< Hash over the names and contents of the data set.
};

/// What a model package says about itself: the JSON under "diascope" in the file's metadata.
struct PackageManifest {
    static constexpr int kSchemaVersion = 3; ///< 1: without evidence and isotonic calibration. 2: without evidence.pixels.

    int schemaVersion = kSchemaVersion;
    std::string name;
    std::string version;
    std::string created;                 ///< UTC, ISO 8601.
    ModelSpec modelSpec;
    base::Json preprocess;               ///< The graph of image::Preprocess; opaque here.
    std::vector<std::string> classes;    ///< Names, in the order of the outputs; unique.
    std::string output = "sigmoid";      ///< "sigmoid": one logit, two classes. "softmax": one logit per class.
    std::string positiveClass;           ///< sigmoid: the class that the logit speaks for (the second one); softmax: "" or one of the classes.
    double threshold = 0.5;              ///< Operating point on the positive class, 0..1.
    bool thresholdLocked = false;        ///< Chosen on validation data; users cannot move it unnoticed.
    std::string ttaViews = "identity";   ///< Test-time views whose probabilities are averaged (predict/TestTimeViews.h); a package without the key has one.
    PackageCalibration calibration;
    std::string trainedOn;               ///< One sentence.
    std::string intendedUse;
    std::string limitations;
    PackageProvenance provenance;
    int members = 1;                     ///< Networks of the ensemble.
    base::Json figures = base::Json::object(); ///< Measured on held-out data; opaque here.
    PackageEvidence evidence;            ///< Calibration figures, conformal sets, what is out of distribution; a package without the key has none.
    std::string tensorsSha256;           ///< Of the tensor section; filled in by writePackage.
};

[[nodiscard]] base::Json toJson(const PackageManifest& manifest);

/// Strict: unknown keys are refused by name with the nearest known one, every key must be there and of its type, names must be given, and
/// classes must fit the outputs. Throws Error{Plan} (keys), Error{Mismatch} (classes against outputs, naming both) and
/// Error{Unsupported} for a newer schemaVersion.
[[nodiscard]] PackageManifest packageManifestFromJson(const base::Json& json, const std::string& subject);

/// Throws Error{Mismatch} naming classes and outputs when they do not fit, Error{Plan} for other contradictions.
void checkManifest(const PackageManifest& manifest, const std::string& subject);

} // namespace diascope::nn
