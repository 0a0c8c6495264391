// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::runs {

/// One training of a cross-validation, both numbers 0-based. A run without cross-validation has the one fold 0 of
/// repeat 0.
struct FoldKey {
    int repeat = 0;
    int fold = 0;
    auto operator<=>(const FoldKey&) const = default;
};

/// The folder of a fold below checkpoints/: "<repeat>-<fold>".
[[nodiscard]] std::string folderName(FoldKey key);

/// How a fold ended. A failed one (its loss was not a number any more) is not trained again by a resumed run.
enum class FoldOutcome { Finished, Failed };

/// What is kept of a fold that is done.
struct FoldEntry {
    FoldKey key{};
    FoldOutcome outcome = FoldOutcome::Finished;
    int epochs = 0;                ///< That were done.
    int bestEpoch = -1;            ///< 0-based, by the monitored figure; -1 = none.
    std::optional<double> score{}; ///< Of the best epoch, in the monitored figure's own unit.
    std::string note{};            ///< For people: why it failed or stopped early.
};

/// Which folds of a run are done: the file folds.json of its folder. A value; RunFolder reads and writes it.
class FoldState {
public:
    /// Nothing done yet. Both 1 to 1000; else Error{Plan}.
    FoldState(int repeats, int folds);
    /// Throws Error{Malformed|Plan} naming `subject`.
    [[nodiscard]] static FoldState fromJson(std::string_view text, const std::string& subject);
    [[nodiscard]] std::string toJson() const;

    [[nodiscard]] int repeats() const { return m_repeats; }
    [[nodiscard]] int folds() const { return m_folds; }
    [[nodiscard]] bool has(FoldKey key) const; ///< Whether the run has this fold at all.
    /// In the order of repeat and fold.
    [[nodiscard]] const std::vector<FoldEntry>& done() const { return m_done; }
    /// Null when it is not done.
    [[nodiscard]] const FoldEntry* find(FoldKey key) const;
    /// Those that are not done, in the order of repeat and fold: a resumed run goes on with the first.
    [[nodiscard]] std::vector<FoldKey> remaining() const;
    /// Adds or replaces. Throws Error{Internal} for a fold that the run has not.
    void record(FoldEntry entry);

private:
    int m_repeats, m_folds;
    std::vector<FoldEntry> m_done;
};

} // namespace diascope::runs
