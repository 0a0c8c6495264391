// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// Everything that "train" does, as one typed value. Written and read as YAML; unknown keys are errors that name the key
/// and the nearest match. A plan is validated and frozen before a run starts; no setting is read later.
struct Plan {
    struct Data {
        std::string source;      ///< CSV, folder of class folders, or DICOM folder with a label table.
        std::string imageFolder; ///< Where a CSV's image names lie; empty = beside the CSV.
        std::string imageColumn, labelColumn, groupColumn, splitColumn; ///< Empty = guessed from the header.
        std::string groupPattern; ///< Regular expression on the file name; its first group is the patient.
    } data;
    struct Split {
        std::string kind = "holdout";  ///< "holdout" (by group); the cross-validation kinds come with the wider engine.
        double validationFraction = 0.2;
        double testFraction = 0.0;
        int folds = 1, repeats = 1;
    } split;
    base::Json preprocess;             ///< The graph of image::Preprocess.
    struct Model {
        std::string architecture = "renalnet";
        std::string weights;           ///< Safetensors to start from; empty = from scratch.
        double dropout = 0.7;
        std::string head;              ///< Kind of classifier head where the architecture offers several ("neuroflux"); empty = its usual one.
        int hidden = 0;                ///< Width of the head's hidden layer where it has one; 0 = the architecture's usual one.
    } model;
    struct Training {
        int epochs = 30;
        int batchSize = 32;
        std::uint64_t seed = 42;
        double learningRate = 1e-3;    ///< Of the head.
        double backboneLearningRate = 1e-3;
        double weightDecay = 1e-4;
        std::string loss = "auto";     ///< "bce", "cross-entropy", "auto" by the number of classes.
        std::string monitor = "auc";   ///< "auc" or "loss" of the validation part.
        int patience = 7;              ///< Epochs without improvement before an early stop.
        bool augment = true;           ///< Flips and small brightness changes, in the training part only.
        bool balance = true;           ///< Draw classes equally often, in the training part only.
    } training;
    struct Package {
        std::string name = "model";
        std::string version = "1";
        std::string intendedUse;
        std::string trainedOn;
    } package;
    std::string device = "auto";       ///< "auto", "cpu", "cuda", "cuda:N".
    int threads = 0;                   ///< 0 = all cores.
    std::string recipe;                ///< The recipe it was made from.

    /// What cannot be done about it, key by key; empty when the plan is good.
    [[nodiscard]] std::vector<base::Problem> check() const;
    bool operator==(const Plan&) const;
};

[[nodiscard]] base::Json toJson(const Plan& plan);
/// Throws Error{Plan} naming key and nearest match.
[[nodiscard]] Plan planFromJson(const base::Json& json, const std::string& subject);
[[nodiscard]] Plan planFromYaml(const std::string& text, const std::string& subject);
[[nodiscard]] std::string toYaml(const Plan& plan);
/// Sets one dotted key ("training.epochs", "3"); throws Error{Plan} with the nearest match.
void setKey(Plan& plan, const std::string& dottedKey, const std::string& value);

/// A named, ready plan of models/recipes.
struct Recipe {
    std::string name, title, summary;
    Plan plan;
};
/// All recipes in `folder`, by name. Throws Error{Plan|NotFound}.
[[nodiscard]] std::vector<Recipe> loadRecipes(const std::filesystem::path& folder);

} // namespace diascope::pipeline
