// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Checklists.h"

#include <array>

namespace diascope::evaluate {

std::span<const ChecklistItem> tripodItems()
{
    static constexpr auto items = std::to_array<ChecklistItem>({
        {"1", "Title", "Say that a prediction model is developed or evaluated, for whom, and which outcome it predicts",
            ""},
        {"2", "Abstract", "Follow TRIPOD+AI for Abstracts", ""},
        {"3a", "Background", "Healthcare context and why the model is made or evaluated, with existing models", ""},
        {"3b", "Background", "Target population, purpose in the care pathway, intended users", "use"},
        {"3c", "Background", "Known health inequalities between sociodemographic groups", ""},
        {"4", "Objectives", "Objectives: development, evaluation or both", ""},
        {"5a", "Data", "Sources of development and evaluation data, why these, how representative", "data"},
        {"5b", "Data", "Dates of the data: start and end of inclusion, follow-up", ""},
        {"6a", "Participants", "Setting, number and place of the centres", ""},
        {"6b", "Participants", "Eligibility criteria", ""},
        {"6c", "Participants", "Treatments received and how they were handled", ""},
        {"7", "Data preparation", "Preprocessing and quality checks, and whether they are alike across groups",
            "preprocess"},
        {"8a", "Outcome", "The outcome, its time horizon, how and when it was assessed", ""},
        {"8b", "Outcome", "Who assessed the outcome, where judgement is needed", ""},
        {"8c", "Outcome", "Blinding of the assessment", ""},
        {"9a", "Predictors", "Choice of predictors and any selection before modelling", ""},
        {"9b", "Predictors", "All predictors, how and when they were measured, blinding", ""},
        {"9c", "Predictors", "Who measured predictors, where judgement is needed", ""},
        {"10", "Sample size", "How the study size was arrived at and whether it suffices", "sampleSize"},
        {"11", "Missing data", "How missing data were handled, reasons for leaving data out", ""},
        {"12a", "Analysis", "How the data were used and partitioned", "split"},
        {"12b", "Analysis", "How predictors were handled: form, scaling, standardisation", "preprocess"},
        {"12c", "Analysis", "Type of model, reasons, all steps of building it, tuning, internal validation",
            "training"},
        {"12d", "Analysis", "Heterogeneity across hospitals or countries", ""},
        {"12e", "Analysis", "Measures and plots of performance", "measures"},
        {"12f", "Analysis", "Updating of the model, such as recalibration", "calibration"},
        {"12g", "Analysis", "How predictions were computed", "software"},
        {"13", "Class imbalance", "Methods against imbalance, why, and recalibration after them", "imbalance"},
        {"14", "Fairness", "Approaches to model fairness and their reasons", ""},
        {"15", "Model output", "Output of the model, how thresholds were found", "output"},
        {"16", "Training versus evaluation", "Differences between development and evaluation data", ""},
        {"17", "Ethics", "Ethical approval and consent", ""},
        {"18a", "Open science", "Funding and role of funders", ""},
        {"18b", "Open science", "Conflicts of interest", ""},
        {"18c", "Open science", "Where the protocol is", ""},
        {"18d", "Open science", "Registration", ""},
        {"18e", "Open science", "Availability of the data", ""},
        {"18f", "Open science", "Availability of the code", ""},
        {"19", "Involvement", "Patient and public involvement", ""},
        {"20a", "Participants", "Flow of participants, with and without the outcome", "outcome"},
        {"20b", "Participants", "Characteristics overall and by source or setting", ""},
        {"20c", "Participants", "Development and evaluation data compared", ""},
        {"21", "Model development", "Participants and outcome events in each analysis", "numbers"},
        {"22", "Model specification", "The full model, so that others can predict with it", "model"},
        {"23a", "Performance", "Performance with intervals, also in key subgroups", "performance"},
        {"23b", "Performance", "Heterogeneity of performance across clusters", "subgroups"},
        {"24", "Model updating", "Results of updating", ""},
        {"25", "Interpretation", "Main results in the light of objectives, fairness and earlier studies", ""},
        {"26", "Limitations", "Limitations and their effect on bias, uncertainty and generalisation", ""},
        {"27a", "Usability", "How poor or missing input should be assessed and handled", ""},
        {"27b", "Usability", "What users must do and know", ""},
        {"27c", "Usability", "Next steps of research", ""},
    });
    return items;
}

} // namespace diascope::evaluate
