// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Json.h"
#include "train/Checkpoint.h"

#include <cmath>
#include <optional>

namespace diascope::train {

namespace {

using base::Json;
using base::ObjectReader;

constexpr int kCheckpointVersion = 2;

Json optionalNumber(const std::optional<double>& value)
{
    return value ? Json(*value) : Json();
}

void readOptional(ObjectReader& reader, const std::string& key, std::optional<double>& value)
{
    Json field;
    reader.require(key, field);
    if (!field.is_null()) {
        double number = 0.0;
        reader.read(key, number);
        value = number;
    }
}

const std::vector<std::pair<Precision, std::string>>& precisionNames()
{
    static const std::vector<std::pair<Precision, std::string>> names{
        {Precision::Float32, "float32"}, {Precision::BFloat16, "bfloat16"}, {Precision::Float16, "float16"}};
    return names;
}

void readPrecision(ObjectReader& reader, const std::string& subject, Precision& precision)
{
    std::string text;
    reader.require("precision", text);
    for (const auto& [value, name] : precisionNames()) {
        if (name == text) {
            precision = value;
            return;
        }
    }
    throw base::Error(base::ErrorCode::Malformed, subject,
        "the checkpoint names an unknown precision '" + base::visibleText(text) + "'");
}

Json bestJson(const Checkpoint& c)
{
    return {{"epoch", c.bestEpoch}, {"monitored", c.bestMonitored}, {"loss", c.bestValidation.loss},
        {"auc", optionalNumber(c.bestValidation.auc)}, {"accuracy", optionalNumber(c.bestValidation.accuracy)},
        {"balancedAccuracy", optionalNumber(c.bestValidation.balancedAccuracy)}, {"samples", c.bestValidation.samples}};
}

void readBest(const Json& json, const std::string& subject, Checkpoint& c)
{
    ObjectReader reader(json, subject, "best");
    reader.require("epoch", c.bestEpoch).require("monitored", c.bestMonitored).require("loss", c.bestValidation.loss);
    readOptional(reader, "auc", c.bestValidation.auc);
    readOptional(reader, "accuracy", c.bestValidation.accuracy);
    readOptional(reader, "balancedAccuracy", c.bestValidation.balancedAccuracy);
    reader.require("samples", c.bestValidation.samples).finish();
}

void readPlateau(const Json& json, const std::string& subject, PlateauState& plateau)
{
    ObjectReader reader(json, subject, "plateau");
    std::optional<double> best;
    readOptional(reader, "best", best);
    plateau.best = best.value_or(plateau.best);
    reader.require("badEpochs", plateau.badEpochs).require("rates", plateau.rates).finish();
}

} // namespace

std::string numbersText(const Checkpoint& c)
{
    Json json;
    json["version"] = kCheckpointVersion;
    json["epoch"] = c.epoch;
    json["batch"] = c.batch;
    json["optimiserSteps"] = c.optimiserSteps;
    json["best"] = bestJson(c);
    json["staleEpochs"] = c.staleEpochs;
    json["plateau"] = {{"best", std::isnan(c.plateau.best) ? Json() : Json(c.plateau.best)},
        {"badEpochs", c.plateau.badEpochs}, {"rates", c.plateau.rates}};
    for (const auto& [value, name] : precisionNames()) {
        if (value == c.precision) {
            json["precision"] = name;
        }
    }
    json["microBatch"] = c.microBatch;
    json["lossSum"] = c.lossSum;
    json["epochSeconds"] = c.epochSeconds;
    json["idleSeconds"] = c.idleSeconds;
    json["notBitExactBecause"] = c.notBitExactBecause;
    json["fingerprint"] = c.fingerprint;
    json["threads"] = c.threads;
    json["device"] = c.device;
    json["buildId"] = c.buildId;
    return json.dump();
}

void readNumbers(const std::string& text, const std::string& subject, Checkpoint& c)
{
    const Json json = base::parseJson(text, subject);
    ObjectReader reader(json, subject);
    int version = 0;
    reader.require("version", version);
    if (version != kCheckpointVersion) {
        throw base::Error(base::ErrorCode::Unsupported, subject,
            "the checkpoint has version " + std::to_string(version) + ", this program reads version "
                + std::to_string(kCheckpointVersion),
            "Start the run anew, or finish it with the program that began it.");
    }
    reader.require("epoch", c.epoch).require("batch", c.batch).require("optimiserSteps", c.optimiserSteps);
    Json best, plateau;
    reader.require("best", best).require("plateau", plateau);
    readBest(best, subject, c);
    readPlateau(plateau, subject, c.plateau);
    readPrecision(reader, subject, c.precision);
    reader.require("staleEpochs", c.staleEpochs).require("microBatch", c.microBatch);
    reader.require("lossSum", c.lossSum).require("epochSeconds", c.epochSeconds).require("idleSeconds", c.idleSeconds);
    reader.require("notBitExactBecause", c.notBitExactBecause)
        .require("fingerprint", c.fingerprint)
        .require("threads", c.threads);
    reader.require("device", c.device).require("buildId", c.buildId).finish();
    if (c.epoch < 0 || c.batch < 0 || c.optimiserSteps < 0 || c.microBatch < 0 || c.staleEpochs < 0) {
        throw base::Error(base::ErrorCode::Malformed, subject, "the checkpoint counts below zero");
    }
}

} // namespace diascope::train
