// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Classifier.h"
#include "nn/ModelSpec.h"
#include "nn/WeightFile.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace diascope::nn {

/// What becomes of the classifier at the end of the network.
enum class HeadRule {
    FromFile, ///< It must come from the file, whole.
    Auto,     ///< Its layers come from the file where they are there and fit; the others keep their first values.
    Fresh,    ///< Nothing of it comes from the file.
};

struct ImportOptions {
    HeadRule head = HeadRule::FromFile;
    /// How the numbers are ordered: "pytorch" (out, in, rows, columns), "keras" (rows, columns, in, out; dense in, out; flattened channels
    /// last), or "auto": "keras" when names or shapes are Keras'.
    std::string layout = "auto";
    bool bgr = false;                ///< The file's first convolution reads blue, green, red (Keras' own VGG16): turned round for RGB.
    std::vector<std::string> ignore; ///< Prefixes of tensors of the file that shall be left out.
};

/// What came of it, whole: nothing is taken or left without standing here.
struct ImportReport {
    std::size_t matched = 0;                                    ///< Tensors taken, renamed ones included.
    std::vector<std::pair<std::string, std::string>> renamed;   ///< Their name, our name.
    std::vector<std::string> missing;                           ///< Ours that keep their first values (batch counters not counted).
    std::vector<std::string> unexpected;                        ///< Theirs that were not taken.
    std::vector<std::string> notes;                             ///< What was converted, whole sentences.
    std::vector<std::string> refusals;                          ///< Why the file cannot be taken; empty = it can.
    [[nodiscard]] bool accepted() const { return refusals.empty(); }
};

struct MatchedWeights {
    State state; ///< Our names, in the network's order, float32; without `missing`.
    ImportReport report;
};

/// The spec with all that the file alone can tell: classes, input channels, width and kind of the head, layout. Only where the file has
/// the tensors; else as given. RenalNet takes its channels from the file only when the file is a RenalNet itself.
[[nodiscard]] ModelSpec specOfWeights(ModelSpec spec, const WeightFile& file);

/// Finds the file's tensors for the network of `spec`: renames by the tables of WeightNames.h, reorders Keras' numbers, turns fully
/// connected layers kept as convolutions back, and fits the first convolution to the channels (to one: sum over the file's; otherwise
/// the file's repeated, times theirs / ours, as timm does). Missing batch counters become 0. Half precision becomes float32.
/// Says in the report what does not fit; throws only Error{Plan} for a bad spec.
[[nodiscard]] MatchedWeights matchWeights(const ModelSpec& spec, const WeightFile& file, const ImportOptions& options = {});

/// Reads the file, matches and loads it: all that the report says, or nothing. The network's head keeps its values where the rule says so.
/// Throws Error{Mismatch} naming what is missing and unexpected, and as readWeights.
ImportReport importWeights(Classifier& model, const std::filesystem::path& file, const ImportOptions& options = {});

/// One sentence for people: "253 of 253 tensors from x.pth, 12 under other names; new: head.4.bias, ...".
[[nodiscard]] std::string summary(const ImportReport& report, const std::string& fileName);

} // namespace diascope::nn
