// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "predict/Prediction.h"
#include "predict/Predictor.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace diascope::app {

/// A question for the model: one frame and what is wanted about it.
struct InferenceRequest {
    std::uint64_t number = 0;
    image::Image image;
    predict::SourceBinding source;
    predict::Predictor::Options options;
};

/// What a loaded package says about itself, for the result panel.
struct PackageSummary {
    predict::PackageIdentity identity;
    std::vector<std::string> classes;
    int preferredClass = 0;           ///< Whose evidence is shown first: the positive class of a binary package.
    std::vector<std::string> methods; ///< Explanations it offers: "gradcam", "attention".
    QString file;
    QString device;
};

/// Owns the inference thread with its own copy of the weights. Lives on the GUI thread. Only the newest question is
/// answered: one that was overtaken while waiting is never computed, and its number never comes back.
class InferenceController final : public QObject {
    Q_OBJECT
public:
    explicit InferenceController(QString device, QObject* parent = nullptr);
    ~InferenceController() override;

    void loadPackage(const QString& file);
    /// Returns the number under which the answer will come.
    std::uint64_t ask(image::Image image, predict::SourceBinding source, predict::Predictor::Options options);
    /// Forgets what was asked: no late answer is sent after this.
    void forget();
    [[nodiscard]] bool hasPackage() const { return m_hasPackage; }

Q_SIGNALS:
    void packageLoaded(const diascope::app::PackageSummary& summary);
    void packageRefused(const QString& file, const QString& reason);
    void answered(std::uint64_t number, const diascope::predict::Prediction& prediction,
                  const std::optional<diascope::predict::Explanation>& explanation);
    void failed(std::uint64_t number, const QString& reason);

private:
    void load(const QString& file);
    void answerPending();

    QString m_device;
    QThread m_thread;
    QObject* m_worker = nullptr;                     ///< Lives on the inference thread; carries the calls over.
    std::unique_ptr<predict::Predictor> m_predictor; ///< Touched on the inference thread only.
    std::mutex m_mutex;
    std::optional<InferenceRequest> m_pending;
    std::uint64_t m_lastNumber = 0;
    std::atomic<bool> m_hasPackage = false;
};

} // namespace diascope::app

Q_DECLARE_METATYPE(diascope::app::PackageSummary)
Q_DECLARE_METATYPE(diascope::predict::Prediction)
Q_DECLARE_METATYPE(std::optional<diascope::predict::Explanation>)
