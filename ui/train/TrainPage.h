// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "pipeline/Plan.h"
#include "train/EpochReport.h"
#include "ui/common/FileChooser.h"
#include "ui/train/RunView.h"

#include <QString>
#include <QStringList>
#include <QWidget>

#include <memory>
#include <optional>
#include <vector>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QTableWidget;
class QTabWidget;

namespace diascope::ui {

class CurvesView;
class DataCard;
class PlanForm;
class ResultCard;

/// A plan as it is handed over: complete and never changed again.
using FrozenPlan = std::shared_ptr<const pipeline::Plan>;

/// The Train perspective: data, recipe, options, device, start, pause and stop; curves, progress and the result.
class TrainPage final : public QWidget {
    Q_OBJECT
public:
    /// NoRoom: paused by a full disk; goes on by itself.
    enum class State { Idle, Running, Paused, NoRoom, Stopping };
    Q_ENUM(State)

    explicit TrainPage(QWidget* parent = nullptr);

    void setRecipes(const std::vector<pipeline::Recipe>& recipes);
    void setDevices(const QStringList& devices);              ///< "auto", "cpu", "cuda:0"; the first is chosen.
    void setArchitectures(const QStringList& names);
    /// The plan shown, data source kept from it. Emits planChanged.
    void setPlan(const pipeline::Plan& plan);
    [[nodiscard]] pipeline::Plan plan() const;                ///< What the form shows.
    void setPlanProblems(const std::vector<base::Problem>& problems); ///< Answer to planChanged; Start is off while there are any.
    void setEstimate(const QString& text);                    ///< Memory and numbers; answer to planChanged.
    void setRunFolder(const QString& folder);
    [[nodiscard]] QString runFolder() const;
    void setFileChooser(FileChooser chooser);

    void setDataSource(const QString& path);                  ///< As if the user had chosen it; emits dataSourceChosen.
    void setDataBusy(const QString& text);                    ///< "Reading 1,200 images..."
    void setDataSummary(const std::optional<DataSummary>& summary);
    void setDataError(const base::Error& error);

    void setState(State state);                               ///< All but Idle lock the form. Running after Idle clears the last run.
    [[nodiscard]] State state() const { return m_state; }
    void addEpoch(const train::EpochReport& report);
    void setBatch(const train::BatchProgress& progress);
    void addMessage(const QString& text);
    void setResult(const RunResult& result);                  ///< The last word of a run; back to Idle.

Q_SIGNALS:
    void dataSourceChosen(const QString& path);
    void planChanged(std::shared_ptr<const diascope::pipeline::Plan> plan);
    void startRequested(std::shared_ptr<const diascope::pipeline::Plan> plan, const QString& runFolder);
    void pauseRequested();
    void resumeRequested();
    void stopRequested();
    void openPackageRequested(const QString& path);

private:
    [[nodiscard]] QWidget* makeSetup();
    [[nodiscard]] QWidget* makeSource();
    [[nodiscard]] QWidget* makeOutput();
    [[nodiscard]] QWidget* makeRunView();
    [[nodiscard]] QTableWidget* makeEpochTable();
    void connectParts();
    void clearRun();
    void chooseRecipe(int index);
    void askForSource(bool folder);
    void publishPlan();
    void refresh();
    [[nodiscard]] bool isHeld() const { return m_state == State::Paused || m_state == State::NoRoom; }
    void start();

    State m_state = State::Idle;
    int m_trainings = 1; ///< Folds and repeats of the run that is shown.
    std::vector<pipeline::Recipe> m_recipes;
    FileChooser m_chooser;
    bool m_planGood = true;
    bool m_dataGood = false;
    bool m_dataBusy = false;

    QLineEdit* m_source = nullptr;
    QPushButton* m_csvButton = nullptr;
    QPushButton* m_folderButton = nullptr;
    DataCard* m_data = nullptr;
    QComboBox* m_recipe = nullptr;
    QLabel* m_recipeSummary = nullptr;
    PlanForm* m_form = nullptr;
    QLineEdit* m_runFolder = nullptr;
    QPushButton* m_runFolderButton = nullptr;
    QLabel* m_estimate = nullptr;
    QLabel* m_problems = nullptr;
    QLabel* m_hint = nullptr;
    QPushButton* m_start = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_stop = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_progressText = nullptr;
    CurvesView* m_curves = nullptr;
    QTabWidget* m_tabs = nullptr;
    QTableWidget* m_epochs = nullptr;
    QPlainTextEdit* m_log = nullptr;
    ResultCard* m_resultCard = nullptr;
};

} // namespace diascope::ui
