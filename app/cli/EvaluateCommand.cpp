// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"
#include "app/cli/EvaluateFloors.h"
#include "app/cli/SubgroupColumns.h"
#include "app/cli/ViewOptions.h"

#include "evaluate/EvaluationJson.h"
#include "evaluate/JoinColumns.h"
#include "evaluate/Report.h"
#include "evaluate/RunFacts.h"
#include "metrics/SampleSize.h"
#include "pipeline/PackageEvaluation.h"

namespace diascope::cli {

namespace {

struct EvaluateArguments {
    std::string predictions, run, package, out, subgroupTable;
    dataset::Source source;                   ///< With --package.
    predict::Predictor::Options views;
    FloorArguments floors;
    evaluate::ReadOptions read;
    evaluate::EvaluationConfig config;
    std::optional<double> expectedAuc, expectedProportion;
    double width = 0.1;
};

constexpr std::size_t kPointsOnOutput = 1000; // of a curve; the report's tables have all

/// How many cases are needed: no data is read.
int requiredCases(Session& session, const EvaluateArguments& arguments)
{
    base::Json json{{"width", arguments.width}};
    if (arguments.expectedProportion) {
        json["proportion"] = {{"expected", *arguments.expectedProportion},
                              {"n", metrics::casesForProportion(*arguments.expectedProportion, arguments.width)},
                              {"method", "Wilson, 95 %"}};
    }
    if (arguments.expectedAuc) {
        const metrics::AucPlan plan{*arguments.expectedAuc, arguments.width, arguments.config.costs.prevalence.value_or(0.5)};
        json["auc"] = {{"expected", plan.auc},
                       {"prevalence", plan.prevalence},
                       {"nHanleyMcNeil", metrics::casesForAuc(plan, metrics::AucVariance::HanleyMcNeil)},
                       {"nObuchowski", metrics::casesForAuc(plan, metrics::AucVariance::Obuchowski)}};
    }
    session.result({{"requiredN", std::move(json)}});
    return kDone;
}

evaluate::Evaluation evaluated(Session& session, const evaluate::Predictions& predictions, evaluate::EvaluationConfig config)
{
    config.threads = session.effectiveThreads();
    config.stop = session.stopToken();
    config.progress = [&session, done = std::int64_t{0}](const std::string& what) mutable {
        session.progress({.stage = "evaluating, " + what, .done = ++done});
    };
    for (const base::Problem& problem : predictions.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    return evaluate::evaluate(predictions, config);
}

int finish(Session& session, const EvaluateArguments& arguments, const evaluate::ReportInput& report, base::Json json)
{
    for (const evaluate::ReportPart& part : report.parts) {
        for (const std::string& warning : part.evaluation.warnings) {
            session.message(part.name + ": " + warning);
        }
    }
    if (!arguments.out.empty()) {
        evaluate::writeReport(arguments.out, report);
        json["reportFolder"] = arguments.out;
    }
    session.result(json);
    return kDone;
}

int evaluatePredictions(Session& session, const EvaluateArguments& arguments)
{
    evaluate::ReadOptions options = arguments.read;
    if (!arguments.subgroupTable.empty()) {
        options.subgroups.clear();
    }
    evaluate::Predictions predictions = evaluate::readPredictions(arguments.predictions, options);
    if (!arguments.subgroupTable.empty()) {
        addSubgroups(predictions, {arguments.read.subgroups, arguments.subgroupTable, {}});
    }
    const pipeline::Floors floors = floorsOnTable(session, arguments.floors, predictions, arguments.predictions);
    evaluate::ReportInput report;
    report.title = std::filesystem::path(arguments.predictions).filename().string();
    report.parts.push_back({"predictions", evaluated(session, predictions, arguments.config)});
    addFloors(session, report.parts.front().evaluation, predictions, floors, arguments.config);
    base::Json json{{"input", arguments.predictions}};
    json.update(evaluate::toJson(report.parts.front().evaluation, kPointsOnOutput));
    const int code = finish(session, arguments, report, std::move(json));
    return predictions.refusedRows > 0 ? static_cast<int>(kRefused) : code;
}

int evaluateRun(Session& session, const EvaluateArguments& arguments)
{
    const evaluate::RunFacts facts = evaluate::readRunFacts(arguments.run);
    evaluate::ReadOptions options = arguments.read;
    options.subgroups.clear();
    evaluate::ReportInput report;
    const std::string name = facts.planText("package.name");
    report.title = name.empty() ? facts.folder.filename().string() : name;
    report.run = &facts;
    base::Json json{{"run", arguments.run}};
    std::size_t refused = 0;
    const std::optional<pipeline::RunFloors> floors = floorsOnRun(session, arguments.floors, arguments.run);
    for (evaluate::RunPart& part : evaluate::readRunParts(facts, arguments.config, options)) {
        addSubgroups(part.predictions, {arguments.read.subgroups, arguments.subgroupTable, facts.planText("data.source")});
        evaluate::Evaluation evaluation = evaluated(session, part.predictions, part.config);
        evaluation.warnings.insert(evaluation.warnings.end(), part.warnings.begin(), part.warnings.end());
        addFloors(session, evaluation, part.predictions,
                  floors ? (part.name == "test" ? floors->test : floors->outOfFold)
                         : pipeline::majorityOf(part.predictions, "the pictures of the run cannot be read"),
                  part.config);
        refused += part.predictions.refusedRows;
        base::Json one = evaluate::toJson(evaluation, kPointsOnOutput);
        if (report.parts.empty()) {
            json["part"] = part.name;
            json.update(one);
        } else {
            json[part.name] = std::move(one);
        }
        report.parts.push_back({part.name, std::move(evaluation)});
    }
    const int code = finish(session, arguments, report, std::move(json));
    return refused > 0 ? static_cast<int>(kRefused) : code;
}

/// A package on data with known labels. Its operating point was locked when it was made; here it is only reported.
int evaluatePackage(Session& session, const EvaluateArguments& arguments)
{
    if (arguments.source.path.empty()) {
        throw base::Error(base::ErrorCode::Usage, "--data", "is missing", "Name the pictures and labels to judge the package on.");
    }
    const auto predictor = predict::Predictor::load(arguments.package, session.device);
    const auto progress = [&](const base::Progress& step) { session.progress(step); };
    pipeline::PackagePredictions answers
        = pipeline::evaluatePackage(*predictor, arguments.source, session.pool(), arguments.views, progress, session.stopToken());
    if (answers.stopped) {
        return kStopped;
    }
    for (const base::Problem& problem : answers.problems) {
        session.message(problem.subject + ": " + problem.detail);
    }
    evaluate::ReadOptions options = arguments.read;
    options.subgroups.clear();
    options.subject = arguments.source.path.string();
    options.positive = options.positive.empty() ? answers.positiveClass : options.positive;
    evaluate::Predictions predictions = evaluate::predictionsOf(answers.table, options);
    evaluate::joinOfferedColumns(predictions, answers.subgroups, "the headers of the data");
    addSubgroups(predictions, {arguments.read.subgroups, arguments.subgroupTable, arguments.source.path.string()});
    const pipeline::Floors floors = floorsOn(session, arguments.floors, predictions, answers.pictures);
    evaluate::EvaluationConfig config = arguments.config;
    config.storedThreshold = answers.threshold;
    config.storedByDefault = !answers.thresholdLocked;
    evaluate::ReportInput report;
    report.title = predictor->identity().name + " " + predictor->identity().version;
    report.parts.push_back({"predictions", evaluated(session, predictions, config)});
    addFloors(session, report.parts.front().evaluation, predictions, floors, config);
    base::Json json{{"package", arguments.package}, {"packageSha256", answers.packageSha256},
                    {"data", arguments.source.path.string()}, {"unlikeTrainingData", answers.unlike}, {"sets", answers.sets},
                    {"setsWithTheLabel", answers.covered}};
    json.update(evaluate::toJson(report.parts.front().evaluation, kPointsOnOutput));
    const int code = finish(session, arguments, report, std::move(json));
    return predictions.refusedRows + answers.problems.size() > 0 ? static_cast<int>(kRefused) : code;
}

int evaluateAny(Session& session, const EvaluateArguments& arguments)
{
    const int sources
        = (arguments.predictions.empty() ? 0 : 1) + (arguments.run.empty() ? 0 : 1) + (arguments.package.empty() ? 0 : 1);
    if (sources == 0 && (arguments.expectedAuc || arguments.expectedProportion)) {
        return requiredCases(session, arguments);
    }
    if (sources != 1) {
        throw base::Error(base::ErrorCode::Usage, "evaluate",
                          sources == 0 ? "nothing to evaluate was named" : "more than one thing to evaluate was named",
                          "Give --predictions F.csv, --run DIR, or --package P with --data SOURCE.");
    }
    if (!arguments.package.empty()) {
        return evaluatePackage(session, arguments);
    }
    return arguments.run.empty() ? evaluatePredictions(session, arguments) : evaluateRun(session, arguments);
}

void addPackageOptions(CLI::App& command, EvaluateArguments& arguments)
{
    dataset::Source& source = arguments.source;
    command.add_option("--package", arguments.package, "Model package (.safetensors): asked about every picture of --data");
    command.add_option("--data", source.path, "With --package: table, folder of class folders, or DICOM folder with a label table");
    command.add_option("--image-folder", source.imageFolder, "Where the table's pictures lie; empty = beside it");
    command.add_option("--image-column", source.imageColumn, "Column of the pictures; empty = guessed, as the next ones");
    command.add_option("--label-column", source.labelColumn, "Column of the labels");
    command.add_option("--group-column", source.groupColumn, "Column of the patients");
    addViewOptions(command, arguments.views);
}

} // namespace

void addEvaluate(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<EvaluateArguments>();
    auto* command = app.add_subcommand("evaluate",
                                       "How good predictions are: figures with intervals, curves, calibration, subgroups, a report folder");
    command->add_option("--predictions", arguments->predictions,
                        "Table of any model's predictions: columns label, then score or one p_<class> each; optional sample, "
                        "group (patient), repeat, fold");
    command->add_option("--run", arguments->run, "Run folder of a training: its out-of-fold predictions and its test part");
    addPackageOptions(*command, *arguments);
    addFloorOptions(*command, arguments->floors);
    command->add_option("--out", arguments->out,
                        "Folder to write the report into: index.html, JSON, CSV tables, model card, TRIPOD+AI and CLAIM checklists");
    command->add_option("--threshold", arguments->config.threshold,
                        "Positive = probability >= threshold (two classes), chosen elsewhere; without one that of the run, else it is "
                        "chosen on these rows and told so");
    command->add_option("--positive", arguments->read.positive,
                        "Which of two classes is the positive one; without one 1 of 0 and 1, or the second p_ column");
    command->add_option("--subgroup", arguments->read.subgroups,
                        "Column to give figures by: sex, age (in bands), manufacturer, …; may be repeated. Of DICOM files those three are "
                        "given unasked, as far as the headers say them");
    command->add_option("--subgroup-table", arguments->subgroupTable,
                        "Table with the subgroup columns and a column 'sample'; of a run its training table otherwise");
    command->add_option("--bootstrap", arguments->config.resamples, "Resamples of the bootstrap by patient; 0 = none")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    command->add_option("--seed", arguments->config.seed, "Of the bootstrap and of random halves")->capture_default_str();
    command->add_option("--alpha", arguments->config.alpha, "Share of cases whose class may be missing from their prediction set")
        ->check(CLI::Range(0.001, 0.999))
        ->capture_default_str();
    command->add_option("--cost-false-positive", arguments->config.costs.falsePositive, "For the threshold of least cost")->capture_default_str();
    command->add_option("--cost-false-negative", arguments->config.costs.falseNegative, "For the threshold of least cost")->capture_default_str();
    command->add_option("--prevalence", arguments->config.costs.prevalence,
                        "Where the model will be used, 0 to 1; for costs and --expected-auc");
    command->add_option("--expected-auc", arguments->expectedAuc,
                        "Without data: how many cases an area under the ROC curve near this needs");
    command->add_option("--expected-proportion", arguments->expectedProportion,
                        "Without data: the same for a sensitivity, specificity or accuracy");
    command->add_option("--width", arguments->width, "Wished width of the 95 % interval for these two")->capture_default_str();
    sink(command, [arguments](Session& session) { return evaluateAny(session, *arguments); });
}

} // namespace diascope::cli
