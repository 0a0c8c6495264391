// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Checklists.h"

#include <array>

namespace diascope::evaluate {

std::span<const ChecklistItem> claimItems()
{
    static constexpr auto items = std::to_array<ChecklistItem>({
        {"1", "Title", "Say that artificial intelligence is studied and of which kind", ""},
        {"2", "Abstract", "Structured summary of design, methods, results and conclusions", ""},
        {"3", "Introduction", "Scientific and clinical background, intended use and role", "use"},
        {"4", "Introduction", "Aims, objectives, hypotheses", ""},
        {"5", "Study design", "Prospective or retrospective", ""},
        {"6", "Study design", "Goal of the study", ""},
        {"7", "Data", "Sources of the data", "data"},
        {"8", "Data", "Inclusion and exclusion criteria", ""},
        {"9", "Data", "Preprocessing", "preprocess"},
        {"10", "Data", "Selection of subsets of the data", ""},
        {"11", "Data", "De-identification", ""},
        {"12", "Data", "Missing data", ""},
        {"13", "Data", "Image acquisition protocol", ""},
        {"14", "Reference standard", "How the reference standard was obtained", ""},
        {"15", "Reference standard", "Why it was chosen", ""},
        {"16", "Reference standard", "Who annotated, with which experience", ""},
        {"17", "Reference standard", "Annotation of the test set", ""},
        {"18", "Reference standard", "Variability between and within raters", ""},
        {"19", "Partitions", "How data were assigned to partitions", "split"},
        {"20", "Partitions", "Level at which partitions are disjoint (patient, institution)", "split"},
        {"21", "Testing data", "Intended sample size", "sampleSize"},
        {"22", "Model", "Detailed description of the model", "model"},
        {"23", "Model", "Software libraries and versions", "software"},
        {"24", "Model", "Initialisation of the parameters", "initialisation"},
        {"25", "Training", "Details of the training", "training"},
        {"26", "Training", "How the final model was selected", "selection"},
        {"27", "Training", "Ensembling", "ensemble"},
        {"28", "Evaluation", "Metrics of performance", "measures"},
        {"29", "Evaluation", "Measures of significance and uncertainty", "uncertainty"},
        {"30", "Evaluation", "Robustness or sensitivity analysis", ""},
        {"31", "Evaluation", "Methods for explanation or interpretation", ""},
        {"32", "Evaluation", "Evaluation on internal data", "performance"},
        {"33", "Evaluation", "Testing on external data", ""},
        {"34", "Evaluation", "Registration of a clinical trial", ""},
        {"35", "Results: data", "Patients and examinations included and excluded", "numbers"},
        {"36", "Results: data", "Demographic and clinical characteristics of each partition", ""},
        {"37", "Results: model", "Performance and its uncertainty on all partitions", "performance"},
        {"38", "Results: model", "Diagnostic performance and its precision", "performance"},
        {"39", "Results: model", "Analysis of incorrect results", ""},
        {"40", "Discussion", "Limitations", ""},
        {"41", "Discussion", "Implications for practice, intended use", ""},
        {"42", "Other", "Where the full protocol is", ""},
        {"43", "Other", "Availability of software, model and data", ""},
        {"44", "Other", "Funding and role of funders", ""},
    });
    return items;
}

} // namespace diascope::evaluate
