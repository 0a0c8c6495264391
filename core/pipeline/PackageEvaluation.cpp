// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/PackageEvaluation.h"

#include "base/Text.h"
#include "decode/DecoderPool.h"
#include "nn/PackageManifest.h"

#include <algorithm>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

std::string joinedNames(const std::vector<std::string>& names, const char* between)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : between) + name;
    }
    return text;
}

void checkLabels(const dataset::Dataset& data, const nn::PackageManifest& manifest)
{
    for (const std::string& label : data.classNames) {
        if (std::find(manifest.classes.begin(), manifest.classes.end(), label) == manifest.classes.end()) {
            throw Error(ErrorCode::Mismatch, "label '" + base::visibleText(label) + "'",
                        "the package \"" + manifest.name + "\" tells apart: " + joinedNames(manifest.classes, ", "),
                        "Name the classes of the data as the package does.");
        }
    }
}

std::vector<std::string> rowOf(const dataset::Sample& sample, const std::string& label, const predict::Prediction& prediction)
{
    std::vector<std::string> row{sample.id, sample.group, label};
    for (const predict::ClassAnswer& answer : prediction.classes) {
        row.push_back(base::numberText(answer.probability));
    }
    row.emplace_back(prediction.outOfDistribution && prediction.outOfDistribution->flag ? "yes" : "no");
    row.push_back(joinedNames(prediction.predictionSet, "|"));
    return row;
}

void addAnswer(PackagePredictions& all, const dataset::Sample& sample, const std::string& label, const predict::Prediction& prediction)
{
    all.table.rows.push_back(rowOf(sample, label, prediction));
    all.pictures[sample.id] = {sample.file, sample.frame};
    all.table.rowNumbers.push_back(static_cast<int>(all.table.rows.size()) + 1);
    all.unlike += prediction.outOfDistribution && prediction.outOfDistribution->flag ? 1 : 0;
    if (prediction.setCoverage) {
        const auto& set = prediction.predictionSet;
        all.covered += std::find(set.begin(), set.end(), label) != set.end() ? 1 : 0;
        ++all.sets;
    }
}

PackagePredictions emptyFor(const predict::Predictor& predictor)
{
    const nn::PackageManifest& manifest = predictor.manifest();
    PackagePredictions all;
    all.table.header = {"sample", "group", "label"};
    for (const std::string& name : manifest.classes) {
        all.table.header.push_back("p_" + name);
    }
    all.table.header.insert(all.table.header.end(), {"unlike", "set"});
    all.classes = manifest.classes;
    all.positiveClass = manifest.positiveClass;
    all.threshold = manifest.threshold;
    all.thresholdLocked = manifest.thresholdLocked;
    all.packageSha256 = predictor.identity().sha256;
    return all;
}

} // namespace

PackagePredictions evaluatePackage(predict::Predictor& predictor, const dataset::Source& source, decode::DecoderPool& pool,
                                   const predict::Predictor::Options& options, const dataset::ProgressFunction& progress, std::stop_token stop)
{
    const dataset::Dataset data = dataset::readDataset(source, pool, progress, stop);
    checkLabels(data, predictor.manifest());
    PackagePredictions all = emptyFor(predictor);
    all.problems = data.problems;
    all.subgroups = dataset::characteristicsTable(data);
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
        if (stop.stop_requested()) {
            all.stopped = true;
            return all;
        }
        const dataset::Sample& sample = data.samples[i];
        try {
            const image::Image image = pool.frame(sample.file, {.frame = sample.frame});
            const predict::SourceBinding binding{.input = sample.file.string(), .frame = sample.frame, .sopInstanceUid = {}, .pixelSha256 = {},
                                                 .modality = pool.info(sample.file).info.modality};
            const std::string& label = data.classNames[static_cast<std::size_t>(sample.label)];
            addAnswer(all, sample, label, predictor.predict(image, binding, options).prediction);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Usage) {
                throw; // the question is wrong, not the picture
            }
            all.problems.push_back(base::toProblem(error));
        }
        if (progress) {
            progress({.stage = "Predicting", .done = static_cast<std::int64_t>(i + 1), .total = static_cast<std::int64_t>(data.samples.size())});
        }
    }
    if (all.table.rows.empty()) {
        throw Error(ErrorCode::NotFound, source.path.string(), "the package could not answer on any of its pictures");
    }
    return all;
}

} // namespace diascope::pipeline
