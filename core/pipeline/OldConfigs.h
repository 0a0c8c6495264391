// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::pipeline {

/// A plan made from the configuration files of another program.
struct OldConfig {
    Plan plan;
    /// What could not be taken over: subject = the key ("hyperparams.conv_channels"), detail = why, and what to do.
    std::vector<base::Problem> notTaken;
};

/// A configuration file that was read: its text, and its name for messages.
struct OldFile {
    std::string text;
    std::string name;
};

/// Neuroflux's two JSON files (pierrelouisdelx/NeurofluxDisorderDetection): dataset_config.json and
/// resnet50_config.json, neuroflux_config.json or vgg16_config.json. What that program does without saying so in its
/// files (grey pictures, its head, balanced drawing) comes from the recipes neuroflux-resnet50 and neuroflux-cnn, which
/// must be among `recipes`. Throws Error{Malformed} for what is not JSON, Error{Plan} for unknown keys (by name, with
/// the nearest known one), wrong types, a network that this program has not, and shares of the data that do not add up
/// to 1.
[[nodiscard]] OldConfig planFromNeuroflux(
    const OldFile& dataset, const OldFile& model, const std::vector<Recipe>& recipes);

/// config.yaml and params.yaml of the kidney CT template
/// (krishnaik06/Kidney-Disease-Classification-Deep-Learning-Project). The rest comes from the recipe kidney-ct-vgg16.
/// Throws as planFromNeuroflux().
[[nodiscard]] OldConfig planFromKidneyTemplate(
    const OldFile& config, const OldFile& params, const std::vector<Recipe>& recipes);

/// The same for files. A relative data folder is looked for below the working directory, the file's own folder and the
/// folder above that; where it is in none of them, it stays as written. The template's data folder may hold the class
/// folders one level deeper. Throws as readFile() too.
[[nodiscard]] OldConfig readNeurofluxConfigs(
    const std::filesystem::path& dataset, const std::filesystem::path& model, const std::vector<Recipe>& recipes);
[[nodiscard]] OldConfig readKidneyTemplate(
    const std::filesystem::path& config, const std::filesystem::path& params, const std::vector<Recipe>& recipes);

} // namespace diascope::pipeline
