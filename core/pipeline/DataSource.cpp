// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/DataSource.h"

namespace diascope::pipeline {

dataset::Source sourceOf(const Plan& plan)
{
    dataset::Source source;
    source.path = plan.data.source;
    source.imageFolder = plan.data.imageFolder;
    source.imageColumn = plan.data.imageColumn;
    source.labelColumn = plan.data.labelColumn;
    source.groupColumn = plan.data.groupColumn;
    source.splitColumn = plan.data.splitColumn;
    source.groupPattern = plan.data.groupPattern;
    source.foldColumn = plan.data.foldColumn;
    source.fixes = dataset::fixesFromJson(plan.data.fixes, "data.fixes");
    source.ignoreLabels = plan.pretrain.enabled;
    return source;
}

} // namespace diascope::pipeline
