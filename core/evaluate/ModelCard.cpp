// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/ModelCard.h"

#include "evaluate/Words.h"

#include <utility>
#include <vector>

namespace diascope::evaluate {

namespace {

struct Entry {
    const char* title;
    const char* subject;  ///< Of KnownFacts; empty: only a person knows.
    const char* question; ///< What stands there when nothing is known.
};
struct Section {
    const char* title;
    std::vector<Entry> entries;
};

const std::vector<Section>& sections()
{
    static const std::vector<Section> all = {
        {"Model",
            {{"Architecture", "model", "Which architecture?"},
                {"Started from", "initialisation", "Random weights, or whose?"},
                {"Software", "software", "Which versions?"}, {"Combination", "ensemble", "One model or several?"},
                {"Authors and contact", "", "Who answers for it?"}, {"Licence", "", "Under which licence?"}}},
        {"Intended use",
            {{"Use", "use", "For what and for whom?"}, {"Out of scope", "", "Where must it not be used?"}}},
        {"Factors",
            {{"Groups of people, devices, settings", "subgroups",
                "For which groups was it looked at, for which not?"}}},
        {"Metrics",
            {{"Measures", "measures", "Which?"}, {"Uncertainty", "uncertainty", "How were intervals made?"},
                {"Operating point", "threshold", "Which threshold, chosen where?"}}},
        {"Data",
            {{"Training data", "data", "From where, of whom, when?"},
                {"Partitions", "split", "Who is kept apart from whom?"}, {"Numbers", "numbers", "How many?"},
                {"Classes", "outcome", "Which?"}, {"Truth", "", "How was it found, and by whom?"},
                {"Preprocessing", "preprocess", "Which steps?"}}},
        {"Training",
            {{"Settings", "training", "Which?"}, {"Selection of the model", "selection", "By what?"},
                {"Imbalance", "imbalance", "What was done against it?"}}},
        {"Figures",
            {{"Performance", "performance", "Which?"},
                {"Calibration", "calibration", "Do probabilities mean what they say?"}}},
        {"Ethics", {{"Consent, approval, privacy", "", "What holds?"}}},
        {"Caveats",
            {{"Seen by the program", "warnings", "None was seen."},
                {"Known to its makers", "", "What else should a user know?"}}},
    };
    return all;
}

} // namespace

std::string modelCardText(const std::string& name, const KnownFacts& known)
{
    std::string text = "# Model card: " + markdownCell(name) + "\n\n" + std::string(kSafetyLine) + "\n";
    for (const Section& section : sections()) {
        text += std::string("\n## ") + section.title + "\n\n";
        for (const Entry& entry : section.entries) {
            const auto found = known.find(entry.subject);
            text += std::string("- **") + entry.title + ":** "
                + (found != known.end() ? markdownCell(found->second)
                                        : std::string("_to be filled in: ") + entry.question + "_")
                + "\n";
        }
    }
    return text;
}

} // namespace diascope::evaluate
