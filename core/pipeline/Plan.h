// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
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
        std::string foldColumn;   ///< Of a table: numbers 0, 1, …, for split.kind "predefined".
        std::string duplicates = "join"; ///< "join": pictures that show the same count as one group; "ignore": nobody looks for them.
        std::string storeFolder;  ///< Where decoded pixels are kept for later runs; empty = in memory only, beyond memoryMiB in the user's cache.
        int memoryMiB = 0;        ///< Memory for decoded pixels; more of them are read from the store's file while training. 0 = what the machine has free.
        base::Json fixes{};       ///< List of {sample, fix, value, reason}: dataset/Fixes.h. What an audit proposed and a person accepted.
    } data;
    struct Split {
        std::string kind = "holdout";  ///< A name of dataset::splitKinds().
        double validationFraction = 0.2;
        double testFraction = 0.0;
        int folds = 1, repeats = 1;    ///< Of the k-fold kinds.
        bool nested = false;           ///< k-fold kinds: the fold left out is a test part, the validation part comes out of the rest.
    } split;
    base::Json preprocess;             ///< The graph of image::Preprocess.
    struct Model {
        std::string architecture = "renalnet";
        std::string weights;           ///< Safetensors or .pth to start from; empty = from scratch.
        double dropout = 0.7;
        std::string head;              ///< Kind of classifier head where the architecture offers several ("neuroflux"); empty = its usual one.
        int hidden = 0;                ///< Width of the head's hidden layer where it has one; 0 = the architecture's usual one.
        int channels = 0;              ///< Of the first convolution where the architecture offers a choice (neuroflux_cnn); 0 = its usual number.
    } model;
    struct Training {
        int epochs = 30;
        int batchSize = 32;
        std::uint64_t seed = 42;
        double learningRate = 1e-3;    ///< Of the head.
        double backboneLearningRate = 1e-3;
        double weightDecay = 1e-4;
        std::string loss = "auto";     ///< "bce", "cross-entropy", "auto" by the number of classes.
        std::string monitor = "auc";   ///< "auc", "loss", "accuracy" or "balanced-accuracy" of the validation part.
        std::string keep = "best";     ///< Whose weights a training gives: "best" by the monitor, "last" = of the last epoch done.
        int patience = 7;              ///< Epochs without improvement before an early stop.
        bool augment = true;           ///< Random changes, in the training part only.
        bool balance = true;           ///< Draw classes equally often, in the training part only.
        base::Json augmentation;       ///< train::AugmentConfig by its fields and "preset" (standard, renalnet, neuroflux, neuroflux-balancing, keras, views, none); empty = standard.

        std::string focal = "none";    ///< "none", "renalnet", "standard": train::Focal.
        double focalAlpha = 0.25, focalGamma = 2.0;
        double labelSmoothing = 0.0;
        double positiveWeight = 1.0;
        std::vector<double> classWeights;

        struct Optimiser {             ///< train::OptimiserOptions.
            std::string kind = "adamw"; ///< "adamw", "adam", "sgd", "rmsprop".
            double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, momentum = 0.0;
            bool nesterov = false;
            double smoothing = 0.99;
            bool centred = false;
        } optimiser;
        struct Schedule {              ///< train::ScheduleOptions.
            std::string kind = "constant"; ///< "constant", "step", "plateau", "cosine", "one-cycle", "warmup-cosine".
            int stepEpochs = 7;
            double factor = 0.1;
            std::string watched = "auc";
            int patience = 2;
            double threshold = 1e-4, smallest = 0.0;
            int periodEpochs = 0;
            double warmup = 0.1, divideFirst = 25.0, divideLast = 1e4;
        } schedule;
        struct Mix {                   ///< train::MixOptions.
            double mixupProbability = 0.0, mixupAlpha = 0.4, cutmixProbability = 0.0, cutmixAlpha = 1.0;
        } mix;
        std::string sampler = "share"; ///< "share", "weighted".
        double drawsPerSample = 1.0;
        std::string trainable = "all"; ///< "all", "head", "NAME+".
        int freezeEpochs = 0;
        double clipNorm = 0.0;
        int microBatch = 0;
        double emaDecay = 0.0;
        std::string precision = "float32"; ///< "float32", "bfloat16", "float16", "auto".
        bool channelsLast = true;
        int checkpointBatches = 0;
        int foldsAtOnce = 0;           ///< Folds trained side by side, each with its share of the threads; 0 = by network and machine.
    } training;
    /// Self-supervised training (train/SelfSupervised.h) instead of training with labels: it needs pictures only and gives backbone.safetensors,
    /// to be named in model.weights of a later plan, instead of a package. Of `training` it uses epochs, batchSize, seed, learningRate (of what is
    /// thrown away afterwards), backboneLearningRate, weightDecay, optimiser, schedule, augmentation, clipNorm, precision, channelsLast and
    /// checkpointBatches; settings that need labels must be off. `split` and `package` are not looked at.
    struct Pretrain {
        bool enabled = false;
        int projection = 512, bottleneck = 128; ///< train::SelfSupervisedOptions.
        /// "training": pictures that the source itself puts into a validation or test part (a split column, training and testing folders), all
        /// pictures of the same patients and, where data.duplicates is "join", all that look the same are left out. "all": nothing is.
        std::string pictures = "training";
        int leaveOutFold = -1;         ///< The fold of data.foldColumn that is left out in the same manner; -1 = none.
    } pretrain;
    struct Package {
        std::string name = "model";
        std::string version = "1";
        std::string intendedUse;
        std::string trainedOn;
    } package;
    struct Predict {
        std::string ttaViews = "identity"; ///< predict::parseViews(): of the package and of test parts.
    } predict;
    struct Tracking {
        std::string mlflow;            ///< Folder of an MLflow file store; empty = mlruns/ in the run folder, "off" = none.
        std::string experiment = "diascope"; ///< Its experiment: found there, or made.
    } tracking;
    std::string device = "auto";       ///< "auto", "cpu", "cuda", "cuda:N".
    int threads = 0;                   ///< 0 = all cores.
    std::string recipe;                ///< The recipe it was made from.

    /// What cannot be done about it, key by key; empty when the plan is good.
    [[nodiscard]] std::vector<base::Problem> check() const;
    bool operator==(const Plan&) const;
};

[[nodiscard]] base::Json toJson(const Plan& plan);
/// Every key of the plan with its value, dotted: "training.optimiser.kind". Lists and empty objects are values.
[[nodiscard]] std::vector<std::pair<std::string, base::Json>> flattened(const Plan& plan);
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
