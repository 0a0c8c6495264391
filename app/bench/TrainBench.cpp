// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/TrainBench.h"

#include "app/bench/Child.h"
#include "base/Error.h"

#include <unistd.h>

namespace diascope::bench {

namespace {

/// What one run of ours or of the peer says.
struct Sample {
    double imagesPerSecond = 0.0, seconds = 0.0, startSeconds = 0.0, peakMiB = 0.0, idlePercent = 0.0;
};

std::vector<std::string> commandOf(const TrainCase& benchmark, const TrainBenchOptions& options, const std::filesystem::path& run)
{
    std::vector<std::string> words{options.program.string(), "train", "--plan", benchmark.recipe, "--run", run.string()};
    const auto set = [&](const std::string& setting) { words.insert(words.end(), {"--set", setting}); };
    set("data.source=" + options.source);
    set("data.duplicates=ignore"); // no peer looks for them
    if (!options.imageFolder.empty()) {
        set("data.imageFolder=" + options.imageFolder);
    }
    for (const auto& list : {benchmark.settings, options.settings}) {
        for (const std::string& setting : list) {
            set(setting);
        }
    }
    if (options.threads > 0) {
        words.insert(words.end(), {"--threads", std::to_string(options.threads)});
    }
    return words;
}

Sample sampleOf(const Child& child, const std::string& name)
{
    Sample sample;
    std::vector<double> rates, idle;
    for (const auto& line : child.lines) {
        const base::Json json = base::parseJson(line.text, name);
        if (!json.contains("epoch")) {
            continue;
        }
        if (sample.startSeconds == 0.0) {
            sample.startSeconds = line.seconds - json.at("seconds").get<double>();
        }
        if (json.at("epoch").get<int>() > 0) { // the first one warms up
            rates.push_back(json.at("imagesPerSecond").get<double>());
            idle.push_back(json.at("idlePercent").get<double>());
        }
    }
    if (child.exitCode != 0 || rates.empty()) {
        throw base::Error(base::ErrorCode::Plan, name, "the training ended with " + std::to_string(child.exitCode) + " before its second epoch",
                          "Run the same training with 'diascope-cli train' to see why.");
    }
    sample.imagesPerSecond = median(rates);
    sample.idlePercent = median(idle);
    sample.seconds = child.seconds;
    sample.peakMiB = child.peakMiB;
    return sample;
}

Sample ownRun(const TrainCase& benchmark, const TrainBenchOptions& options)
{
    const auto folder = std::filesystem::temp_directory_path() / ("diascope-bench-run-" + std::to_string(getpid()));
    std::filesystem::remove_all(folder);
    const Child child = runChild(commandOf(benchmark, options, folder));
    std::filesystem::remove_all(folder);
    return sampleOf(child, benchmark.name);
}

Sample peerRun(const TrainCase& benchmark, const TrainBenchOptions& options)
{
    const Child child = runChild({options.peer, benchmark.name, options.source, options.imageFolder});
    if (child.exitCode != 0 || child.lines.empty()) {
        throw base::Error(base::ErrorCode::NotFound, options.peer, "the peer ended with " + std::to_string(child.exitCode));
    }
    const base::Json json = base::parseJson(child.lines.back().text, options.peer);
    return {json.value("imagesPerSecond", 0.0), json.value("seconds", child.seconds), json.value("startSeconds", 0.0), json.value("peakMiB", 0.0), 0.0};
}

double medianOf(const std::vector<Sample>& samples, double Sample::*field)
{
    std::vector<double> values;
    for (const Sample& sample : samples) {
        values.push_back(sample.*field);
    }
    return median(values);
}

void compare(const std::string& name, const std::vector<Sample>& own, const std::vector<Sample>& peer, bool folds, std::vector<Figure>& figures)
{
    const auto add = [&](const char* figure, double Sample::*field, const char* unit, const char* ratio, bool moreIsBetter) {
        const double ours = medianOf(own, field), theirs = medianOf(peer, field);
        if (theirs <= 0.0) {
            return;
        }
        figures.push_back({name + ".peer." + figure, theirs, unit, "the peer's median of " + std::to_string(peer.size())});
        figures.push_back({name + "." + ratio, moreIsBetter ? ours / theirs : theirs / ours, "ratio",
                           moreIsBetter ? "ours / peer's" : "peer's / ours"});
    };
    if (folds) {
        add("seconds", &Sample::seconds, "s", "timesFaster", false);
    } else {
        add("imagesPerSecond", &Sample::imagesPerSecond, "1/s", "timesFaster", true);
    }
    add("startSeconds", &Sample::startSeconds, "s", "startTimesFaster", false);
    add("peak", &Sample::peakMiB, "MiB", "peakTimesSmaller", false);
}

} // namespace

const std::vector<TrainCase>& trainCases()
{
    const std::vector<std::string> one{"split.kind=holdout", "split.folds=1", "split.repeats=1", "split.validationFraction=0.05",
                                       "split.testFraction=0", "training.patience=0"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), one.begin(), one.end());
        return more;
    };
    static const std::vector<TrainCase> cases{
        {"train-renalnet", "renalnet", with({"training.freezeEpochs=0", "training.epochs=4"})},
        {"train-renalnet-frozen", "renalnet", with({"training.freezeEpochs=4", "training.epochs=4"})},
        {"train-resnet50", "neuroflux-resnet50", with({"training.trainable=all", "training.precision=auto", "training.epochs=2"})},
        {"train-senet", "senet-planes", with({"training.trainable=all", "training.precision=auto", "training.epochs=2"})},
        {"cv-renalnet", "renalnet", {"training.freezeEpochs=0", "training.epochs=2", "training.patience=0", "split.kind=predefined", "split.repeats=1", "data.foldColumn=fold"}, true},
    };
    return cases;
}

std::vector<Figure> trainFigures(const TrainCase& benchmark, const TrainBenchOptions& options)
{
    std::vector<Sample> own, peer;
    for (int run = 0; run < options.runs; ++run) {
        own.push_back(ownRun(benchmark, options));
        if (!options.peer.empty()) {
            peer.push_back(peerRun(benchmark, options));
        }
    }
    const std::string how = "median of " + std::to_string(options.runs) + " runs";
    std::vector<Figure> figures;
    const auto add = [&](const char* figure, double Sample::*field, const char* unit) {
        figures.push_back({benchmark.name + "." + figure, medianOf(own, field), unit, how});
    };
    if (benchmark.folds) {
        add("seconds", &Sample::seconds, "s");
    } else {
        add("imagesPerSecond", &Sample::imagesPerSecond, "1/s");
    }
    add("idle", &Sample::idlePercent, "percent");
    add("startSeconds", &Sample::startSeconds, "s");
    add("peak", &Sample::peakMiB, "MiB");
    compare(benchmark.name, own, peer, benchmark.folds, figures);
    return figures;
}

} // namespace diascope::bench
