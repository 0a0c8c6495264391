// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "base/Text.h"
#include "evaluate/Evaluation.h"
#include "metrics/GoldenSet.h"

#include <string>

namespace diascope::tests {

inline evaluate::Predictions read(const std::string& text, evaluate::ReadOptions options = {})
{
    options.subject = "table";
    return evaluate::predictionsOf(base::parseCsv(text, "table"), options);
}

/// The golden set as a table; `extra` is put behind the header and `cell(i)` behind each row.
template <typename Cell> std::string goldenTable(const std::string& extra, Cell&& cell)
{
    const GoldenSet g20;
    std::string text = "label,score" + extra + "\n";
    for (std::size_t i = 0; i < g20.labels.size(); ++i) {
        text += std::to_string(g20.labels[i]) + "," + base::numberText(g20.scores[i]) + cell(i) + "\n";
    }
    return text;
}
inline std::string goldenTable()
{
    return goldenTable("", [](std::size_t) { return std::string(); });
}

/// Three classes, `perPatient` cases each patient, as a run's oof.csv with five folds.
inline std::string threeClassRun(int patients, int perPatient)
{
    base::Rng rng = base::Rng::stream(5, "test");
    std::string text = "sample,group,label,repeat,fold,role,p_cyst,p_normal,p_stone,sex,PatientAge\n";
    const char* names[] = {"cyst", "normal", "stone"};
    for (int patient = 0; patient < patients; ++patient) {
        for (int i = 0; i < perPatient; ++i) {
            double p[3], sum = 0.0;
            for (int c = 0; c < 3; ++c) {
                p[c] = 0.05 + rng.uniform() + (c == patient % 3 ? 0.8 : 0.0);
                sum += p[c];
            }
            text += "s" + std::to_string(patient) + "_" + std::to_string(i) + ",g" + std::to_string(patient) + ","
                + names[patient % 3] + ",0," + std::to_string(patient % 5) + ",validation";
            for (const double value : p) {
                text += "," + base::numberText(value / sum);
            }
            text += patient % 2 == 0 ? ",F," : ",M,";
            text += "0" + std::to_string(20 + patient % 60) + "Y\n";
        }
    }
    return text;
}

} // namespace diascope::tests
