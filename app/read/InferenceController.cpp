// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/read/InferenceController.h"

#include "nn/PackageManifest.h"
#include "nn/Registry.h"

#include <algorithm>

namespace diascope::app {

namespace {

PackageSummary summarise(const predict::Predictor& predictor, const QString& file)
{
    const auto& manifest = predictor.manifest();
    PackageSummary summary;
    summary.identity = predictor.identity();
    summary.classes = manifest.classes;
    summary.methods = {"gradcam"};
    if (nn::architectureInfo(manifest.modelSpec.architecture).hasAttention) {
        summary.methods.emplace_back("attention");
    }
    const auto positive = std::find(manifest.classes.begin(), manifest.classes.end(), manifest.positiveClass);
    summary.preferredClass = positive == manifest.classes.end() ? 0 : static_cast<int>(positive - manifest.classes.begin());
    summary.device = QString::fromStdString(predictor.device());
    summary.file = file;
    return summary;
}

} // namespace

InferenceController::InferenceController(QString device, QObject* parent) : QObject(parent), m_device(std::move(device))
{
    qRegisterMetaType<PackageSummary>();
    qRegisterMetaType<predict::Prediction>();
    qRegisterMetaType<std::optional<predict::Explanation>>();
    qRegisterMetaType<std::uint64_t>("std::uint64_t");
    m_worker = new QObject;
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.setObjectName(QStringLiteral("inference"));
    m_thread.start();
}

InferenceController::~InferenceController()
{
    forget();
    m_thread.quit();
    m_thread.wait();
}

void InferenceController::loadPackage(const QString& file)
{
    m_hasPackage = false;
    QMetaObject::invokeMethod(m_worker, [this, file] { load(file); }, Qt::QueuedConnection);
}

std::uint64_t InferenceController::ask(image::Image image, predict::SourceBinding source, predict::Predictor::Options options)
{
    const std::scoped_lock lock(m_mutex);
    const bool idle = !m_pending.has_value();
    m_pending = InferenceRequest{++m_lastNumber, std::move(image), std::move(source), std::move(options)};
    if (idle) {
        QMetaObject::invokeMethod(m_worker, [this] { answerPending(); }, Qt::QueuedConnection);
    }
    return m_lastNumber;
}

void InferenceController::forget()
{
    const std::scoped_lock lock(m_mutex);
    m_pending.reset();
    ++m_lastNumber;
}

void InferenceController::load(const QString& file)
{
    try {
        m_predictor = predict::Predictor::load(file.toStdString(), m_device.toStdString());
        m_hasPackage = true;
        Q_EMIT packageLoaded(summarise(*m_predictor, file));
    } catch (const std::exception& error) {
        m_predictor.reset();
        Q_EMIT packageRefused(file, QString::fromUtf8(error.what()));
    }
}

void InferenceController::answerPending()
{
    std::optional<InferenceRequest> request;
    {
        const std::scoped_lock lock(m_mutex);
        request.swap(m_pending);
    }
    if (!request || !m_predictor) {
        return;
    }
    try {
        const auto answer = m_predictor->predict(request->image, request->source, request->options);
        Q_EMIT answered(request->number, answer.prediction, answer.explanation);
    } catch (const std::exception& error) {
        Q_EMIT failed(request->number, QString::fromUtf8(error.what()));
    }
}

} // namespace diascope::app
