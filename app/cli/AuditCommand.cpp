// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/PlanArgument.h"

#include "audit/Audit.h"
#include "base/AtomicFile.h"
#include "pipeline/DataSource.h"
#include "pipeline/PackageEmbedding.h"
#include "predict/Predictor.h"

#include <map>
#include <utility>

namespace diascope::cli {

namespace {

struct AuditArguments {
    PlanArguments plan;
    pipeline::Plan::Data data; ///< Whatever is not empty goes before the plan's.
    std::string out, tables, package;
    std::string map;                  ///< Empty: the package's where one is named, else pixels.
    audit::AuditConfig config;
};

/// The data section: of the plan where one is named, with what the command line says on top.
pipeline::Plan planOf(const Session& session, const AuditArguments& arguments)
{
    const PlanArguments& named = arguments.plan;
    const bool any = !named.plan.empty() || !named.datasetConfig.empty() || !named.modelConfig.empty()
        || !named.config.empty() || !named.params.empty();
    pipeline::Plan plan = any ? resolvePlan(session, named) : pipeline::Plan();
    if (!any) {
        applySettings(named.settings, plan);
    }
    const pipeline::Plan::Data& given = arguments.data;
    const auto take = [](const std::string& value, std::string& target) { target = value.empty() ? target : value; };
    take(given.source, plan.data.source);
    take(given.imageFolder, plan.data.imageFolder);
    take(given.imageColumn, plan.data.imageColumn);
    take(given.labelColumn, plan.data.labelColumn);
    take(given.groupColumn, plan.data.groupColumn);
    take(given.splitColumn, plan.data.splitColumn);
    take(given.foldColumn, plan.data.foldColumn);
    take(given.groupPattern, plan.data.groupPattern);
    if (plan.data.source.empty()) {
        throw base::Error(base::ErrorCode::Usage, "--data", "is missing",
            "For example --data Train.csv, or a folder of class folders.");
    }
    return plan;
}

/// Pictures without labels can be audited too, unless somebody says where labels stand.
dataset::Dataset readAny(Session& session, const pipeline::Plan& plan)
{
    dataset::Source source = pipeline::sourceOf(plan);
    const auto progress = [&](const base::Progress& step) { session.progress(step); };
    try {
        return dataset::readDataset(source, session.pool(), progress, session.stopToken());
    } catch (const base::Error& error) {
        if (error.code() != base::ErrorCode::Plan || !source.labelColumn.empty() || !source.fixes.empty()) {
            throw;
        }
        session.message("No labels were found: " + error.detail() + ".");
        source.ignoreLabels = true;
    }
    return dataset::readDataset(source, session.pool(), progress, session.stopToken());
}

/// One line for each kind of finding: the first of it, and how many there are.
void say(const Session& session, const audit::AuditReport& report)
{
    session.message("Samples: " + std::to_string(report.data.samples.size())
        + "; errors: " + std::to_string(report.count(audit::Severity::Error))
        + ", warnings: " + std::to_string(report.count(audit::Severity::Warning))
        + ", notes: " + std::to_string(report.count(audit::Severity::Note)) + ".");
    if (report.map.reason.empty()) {
        session.message("Map of " + std::string(audit::name(report.map.kind)) + ": " + std::to_string(report.map.clusters.count)
            + " clusters, " + std::to_string(report.map.outliers().size()) + " of " + std::to_string(report.map.samples.size())
            + " pictures in none.");
    }
    std::map<std::string, int> counts;
    for (const audit::Finding& finding : report.findings) {
        ++counts[finding.code];
    }
    for (const audit::Finding& finding : report.findings) {
        if (const int count = std::exchange(counts[finding.code], 0); count > 0) {
            session.message(std::string(audit::name(finding.severity)) + " " + finding.code + ": " + finding.sentence
                + (count > 1 ? " And " + std::to_string(count - 1) + " more of this kind." : ""));
        }
    }
}

/// What the map is drawn from, as asked for.
audit::MapKind mapKindOf(const AuditArguments& arguments)
{
    const bool hasPackage = !arguments.package.empty();
    const audit::MapKind kind = arguments.map.empty() ? (hasPackage ? audit::MapKind::Embedding : audit::MapKind::Pixels)
                                                      : audit::mapKindFromName(arguments.map).value();
    if ((kind == audit::MapKind::Embedding) != hasPackage) {
        throw base::Error(base::ErrorCode::Usage, hasPackage ? "--map " + arguments.map : "--map embedding",
            hasPackage ? "is not drawn from the package" : "needs a model package",
            hasPackage ? "Leave out --map or --package." : "Name one in --package.");
    }
    return kind;
}

/// The pictures as a package sees them. What it cannot take is not on the map.
audit::Matrix embeddingOf(Session& session, const predict::Predictor& predictor, const dataset::Dataset& data)
{
    const auto progress = [&](const base::Progress& step) { session.progress(step); };
    pipeline::PackageEmbedding embedding = pipeline::embeddingOf(predictor, data, session.pool(), progress, session.stopToken());
    if (embedding.rows.columns == 0) {
        throw base::Error(base::ErrorCode::Mismatch, predictor.identity().name, "can look at none of the pictures"
                + (embedding.problems.empty() ? "" : "; the first: " + embedding.problems.front().detail));
    }
    for (const base::Problem& problem : embedding.problems) {
        session.message("not on the map: " + problem.subject + ": " + problem.detail);
    }
    return std::move(embedding.rows);
}

int auditData(Session& session, AuditArguments arguments)
{
    const pipeline::Plan plan = planOf(session, arguments);
    arguments.config.threads = session.effectiveThreads();
    arguments.config.map.kind = mapKindOf(arguments);
    const auto predictor = arguments.package.empty() ? nullptr : predict::Predictor::load(arguments.package, session.device);
    const dataset::Dataset data = readAny(session, plan);
    if (predictor) {
        arguments.config.map.embedding = embeddingOf(session, *predictor, data);
    }
    const audit::AuditReport report = audit::audit(
        data, session.pool(), arguments.config, [&](const base::Progress& step) { session.progress(step); },
        session.stopToken());
    base::Json json = audit::toJson(report);
    if (predictor) {
        const predict::PackageIdentity& package = predictor->identity();
        json["map"]["package"] = {{"name", package.name}, {"version", package.version}, {"sha256", package.sha256}};
    }
    if (!arguments.out.empty()) {
        base::writeFileAtomically(arguments.out, json.dump(1, ' ', false, base::Json::error_handler_t::replace) + "\n");
    }
    if (!arguments.tables.empty()) {
        const std::filesystem::path folder(arguments.tables);
        std::filesystem::create_directories(folder);
        base::writeFileAtomically(folder / "pictures.csv", audit::picturesCsv(report));
        base::writeFileAtomically(folder / "findings.csv", audit::findingsCsv(report));
    }
    say(session, report);
    session.result(json);
    return report.unreadable() > 0 || !data.problems.empty() ? kRefused : kDone;
}

void addSourceOptions(CLI::App& command, pipeline::Plan::Data& data)
{
    command.add_option(
        "--data", data.source, "CSV, folder of class folders or DICOM folder with a label table; empty = the plan's");
    command.add_option("--image-folder", data.imageFolder, "Where a table's images lie; empty = beside it");
    command.add_option("--image-column", data.imageColumn, "Column of image names; empty = guessed, as the next ones");
    command.add_option("--label-column", data.labelColumn, "Column of labels");
    command.add_option("--group-column", data.groupColumn, "Column of patients");
    command.add_option("--split-column", data.splitColumn, "Column of parts: train, validation, test");
    command.add_option("--fold-column", data.foldColumn, "Column of folds: 0, 1, …");
    command.add_option(
        "--group-pattern", data.groupPattern, "Regular expression on the file name; its first group is the patient");
}

} // namespace

void addAudit(CLI::App& app, const ActionSink& sink)
{
    auto arguments = std::make_shared<AuditArguments>();
    auto* command
        = app.add_subcommand("audit", "What is wrong with a data set, and what may be done about it; changes nothing");
    addSourceOptions(*command, arguments->data);
    addPlanOptions(*command, arguments->plan);
    audit::AuditConfig& config = arguments->config;
    command->add_option("--out", arguments->out, "File for the report (JSON)");
    command->add_option("--tables", arguments->tables, "Folder for pictures.csv and findings.csv");
    command->add_option("--package", arguments->package,
        "Model package: the map is drawn, and outliers are sought, in what it sees in the pictures (its penultimate features)");
    command
        ->add_option("--map", arguments->map,
            "What the map of pictures is drawn from: pixels, quality (as Neuroflux), embedding (of --package) or none; "
            "empty = embedding with a package, else pixels")
        ->check(CLI::IsMember(std::vector<std::string>{"pixels", "quality", "embedding", "none"}));
    command->add_option("--perplexity", config.map.tsne.perplexity, "Of t-SNE")
        ->check(CLI::Range(2.0, 1000.0))
        ->capture_default_str();
    command->add_option("--eps", config.map.dbscan.eps, "Of DBSCAN on the map: radius, in its units")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--min-samples", config.map.dbscan.minSamples, "Of DBSCAN: pictures in the radius")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--outlier-z", config.limits.outlierZ, "Standard deviations from which a picture is an outlier")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_flag("--floors", config.floors,
        "Also what trivial methods reach on these folds or parts (1-NN on pixels, SVM on HOG)");
    sink(command, [arguments](Session& session) { return auditData(session, *arguments); });
}

} // namespace diascope::cli
