// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include "evaluate/EvaluationJson.h"
#include "evaluate/JoinColumns.h"
#include "evaluate/Report.h"
#include "evaluate/RunFacts.h"
#include "metrics/SampleSize.h"

namespace diascope::cli {

namespace {

struct EvaluateArguments {
    std::string predictions, run, out, subgroupTable;
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

/// Subgroup columns of another table: the one that is named, else the table that the run was trained on, where that is still there.
void addColumns(evaluate::Predictions& predictions, const EvaluateArguments& arguments, const std::vector<std::string>& columns, const std::string& otherTable)
{
    if (columns.empty()) {
        return;
    }
    const std::string table = arguments.subgroupTable.empty() ? otherTable : arguments.subgroupTable;
    std::error_code ignored;
    if (table.empty() || !std::filesystem::is_regular_file(table, ignored)) {
        throw base::Error(base::ErrorCode::Usage, "--subgroup " + columns.front(), "no table is known that has this column",
                          "Name a table with a column 'sample' in --subgroup-table.");
    }
    evaluate::joinColumns(predictions, base::readCsv(table), columns, table);
}

evaluate::Evaluation evaluated(Session& session, const evaluate::Predictions& predictions, evaluate::EvaluationConfig config)
{
    config.threads = session.effectiveThreads();
    config.stop = session.stopToken();
    config.progress = [&session, done = std::int64_t{0}](const std::string& what) mutable { session.progress({.stage = "evaluating, " + what, .done = ++done}); };
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
        addColumns(predictions, arguments, arguments.read.subgroups, {});
    }
    evaluate::ReportInput report;
    report.title = std::filesystem::path(arguments.predictions).filename().string();
    report.parts.push_back({"predictions", evaluated(session, predictions, arguments.config)});
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
    for (evaluate::RunPart& part : evaluate::readRunParts(facts, arguments.config, options)) {
        addColumns(part.predictions, arguments, arguments.read.subgroups, facts.planText("data.source"));
        evaluate::Evaluation evaluation = evaluated(session, part.predictions, part.config);
        evaluation.warnings.insert(evaluation.warnings.end(), part.warnings.begin(), part.warnings.end());
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

int evaluateAny(Session& session, const EvaluateArguments& arguments)
{
    const int sources = (arguments.predictions.empty() ? 0 : 1) + (arguments.run.empty() ? 0 : 1);
    if (sources == 0 && (arguments.expectedAuc || arguments.expectedProportion)) {
        return requiredCases(session, arguments);
    }
    if (sources != 1) {
        throw base::Error(base::ErrorCode::Usage, "evaluate", sources == 0 ? "nothing to evaluate was named" : "both --predictions and --run were named",
                          "Give --predictions F.csv or --run DIR.");
    }
    return arguments.run.empty() ? evaluatePredictions(session, arguments) : evaluateRun(session, arguments);
}

} // namespace

void addEvaluate(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<EvaluateArguments>();
    auto* command = app.add_subcommand("evaluate", "How good predictions are: figures with intervals, curves, calibration, subgroups, a report folder");
    command->add_option("--predictions", arguments->predictions,
                        "Table of any model's predictions: columns label, then score or one p_<class> each; optional sample, group (patient), repeat, fold");
    command->add_option("--run", arguments->run, "Run folder of a training: its out-of-fold predictions and its test part");
    command->add_option("--out", arguments->out, "Folder to write the report into: index.html, JSON, CSV tables, model card, TRIPOD+AI and CLAIM checklists");
    command->add_option("--threshold", arguments->config.threshold,
                        "Positive = probability >= threshold (two classes), chosen elsewhere; without one that of the run, else it is chosen on these rows and told so");
    command->add_option("--positive", arguments->read.positive, "Which of two classes is the positive one; without one 1 of 0 and 1, or the second p_ column");
    command->add_option("--subgroup", arguments->read.subgroups, "Column to give figures by: sex, age (in bands), manufacturer, …; may be repeated");
    command->add_option("--subgroup-table", arguments->subgroupTable, "Table with the subgroup columns and a column 'sample'; of a run its training table otherwise");
    command->add_option("--bootstrap", arguments->config.resamples, "Resamples of the bootstrap by patient; 0 = none")->check(CLI::Range(0, 1'000'000))->capture_default_str();
    command->add_option("--seed", arguments->config.seed, "Of the bootstrap and of random halves")->capture_default_str();
    command->add_option("--alpha", arguments->config.alpha, "Share of cases whose class may be missing from their prediction set")
        ->check(CLI::Range(0.001, 0.999))
        ->capture_default_str();
    command->add_option("--cost-false-positive", arguments->config.costs.falsePositive, "For the threshold of least cost")->capture_default_str();
    command->add_option("--cost-false-negative", arguments->config.costs.falseNegative, "For the threshold of least cost")->capture_default_str();
    command->add_option("--prevalence", arguments->config.costs.prevalence, "Where the model will be used, 0 to 1; for costs and --expected-auc");
    command->add_option("--expected-auc", arguments->expectedAuc, "Without data: how many cases an area under the ROC curve near this needs");
    command->add_option("--expected-proportion", arguments->expectedProportion, "Without data: the same for a sensitivity, specificity or accuracy");
    command->add_option("--width", arguments->width, "Wished width of the 95 % interval for these two")->capture_default_str();
    sink(command, [arguments](Session& session) { return evaluateAny(session, *arguments); });
}

} // namespace diascope::cli
