// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/StudyFolder.h"

#include "base/AtomicFile.h"
#include "base/SystemFile.h"
#include "base/Yaml.h"
#include "pipeline/RunPlan.h"

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

void makeStudyFolder(const std::filesystem::path& folder)
{
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    const bool empty = !failure && std::filesystem::is_empty(folder, failure);
    if (failure) {
        throw base::systemError(failure.value(), folder, "make the study's folder");
    }
    if (!empty) {
        const bool study = std::filesystem::exists(folder / kStudyFile, failure);
        throw Error(ErrorCode::Usage, folder.string(),
            study ? "there is a study in this folder already" : "the folder is not empty and holds no study",
            "Nothing was changed in it. Go on with that study (--resume), or choose another folder.");
    }
}

void requireStudy(const std::filesystem::path& folder)
{
    std::error_code failure;
    if (!std::filesystem::exists(folder / kStudyFile, failure)) {
        throw Error(ErrorCode::NotFound, folder.string(), "there is no study in this folder to go on with",
            "Start one without --resume, in a new folder.");
    }
}

search::StudyDescription descriptionOf(
    const Plan& plan, const search::Space& space, const Json& section, const SearchOptions& options)
{
    search::StudyDescription description;
    description.seed = plan.training.seed;
    description.space = space;
    description.direction = objectiveDirection(plan);
    description.objective = objectiveName(plan);
    description.subject = essenceOf(plan);
    description.subject["search"] = section; // the keys that a parameter sets besides its own
    description.sampler = options.sampler.value_or(description.sampler);
    description.seed = options.seed.value_or(description.seed);
    description.pruner = options.pruner.value_or(description.pruner);
    (void)search::makeSampler(description.sampler, description.space, description.direction, description.seed);
    return description;
}

search::StudyFile resumeStudy(
    const std::filesystem::path& folder, search::StudyDescription description, const SearchOptions& options)
{
    const search::StudyDescription begun = search::StudyFile::describe(folder / kStudyFile);
    description.sampler = options.sampler.value_or(begun.sampler);
    description.seed = options.seed.value_or(begun.seed);
    description.pruner = options.pruner.value_or(begun.pruner);
    return search::StudyFile::resume(folder / kStudyFile, description);
}

search::StudyFile beginStudy(const std::filesystem::path& folder, const search::StudyDescription& description,
    const Json& space, const Plan& plan)
{
    base::writeFileAtomically(folder / kStudyPlan, toYaml(plan));
    base::writeFileAtomically(folder / kStudySpace, base::toYaml(Json{{"search", space}}));
    return search::StudyFile::create(folder / kStudyFile, description);
}

} // namespace

OpenStudy openStudy(const std::filesystem::path& folder, const Plan& plan, const search::Space& space,
    const Json& section, const SearchOptions& options)
{
    search::StudyDescription description = descriptionOf(plan, space, section, options);
    options.resume ? requireStudy(folder) : makeStudyFolder(folder);
    auto lock = std::make_unique<runs::RunLock>(folder / "lock");
    return {std::move(lock),
        options.resume ? resumeStudy(folder, std::move(description), options)
                       : beginStudy(folder, description, section, plan)};
}

} // namespace diascope::pipeline
