// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/TrainingOptions.h"

#include "base/Text.h"
#include "pipeline/Resolve.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

template <typename Value> using Word = std::pair<std::string_view, Value>;

constexpr std::array kMonitors{Word<train::Monitor>{"auc", train::Monitor::Auc}, Word<train::Monitor>{"loss", train::Monitor::Loss},
                               Word<train::Monitor>{"accuracy", train::Monitor::Accuracy},
                               Word<train::Monitor>{"balanced-accuracy", train::Monitor::BalancedAccuracy}};
constexpr std::array kKeeps{Word<train::Keep>{"best", train::Keep::Best}, Word<train::Keep>{"last", train::Keep::Last}};
constexpr std::array kFocals{Word<train::Focal>{"none", train::Focal::None}, Word<train::Focal>{"renalnet", train::Focal::RenalNet},
                             Word<train::Focal>{"standard", train::Focal::Standard}};
constexpr std::array kOptimisers{Word<train::OptimiserKind>{"adamw", train::OptimiserKind::AdamW}, Word<train::OptimiserKind>{"adam", train::OptimiserKind::Adam},
                                 Word<train::OptimiserKind>{"sgd", train::OptimiserKind::Sgd}, Word<train::OptimiserKind>{"rmsprop", train::OptimiserKind::RmsProp}};
constexpr std::array kSchedules{Word<train::ScheduleKind>{"constant", train::ScheduleKind::Constant}, Word<train::ScheduleKind>{"step", train::ScheduleKind::Step},
                                Word<train::ScheduleKind>{"plateau", train::ScheduleKind::Plateau}, Word<train::ScheduleKind>{"cosine", train::ScheduleKind::Cosine},
                                Word<train::ScheduleKind>{"one-cycle", train::ScheduleKind::OneCycle},
                                Word<train::ScheduleKind>{"warmup-cosine", train::ScheduleKind::WarmupCosine}};
constexpr std::array kSamplers{Word<train::Sampler>{"share", train::Sampler::Share}, Word<train::Sampler>{"weighted", train::Sampler::Weighted}};
constexpr std::array kPrecisions{Word<train::Precision>{"float32", train::Precision::Float32}, Word<train::Precision>{"bfloat16", train::Precision::BFloat16},
                                 Word<train::Precision>{"float16", train::Precision::Float16}, Word<train::Precision>{"auto", train::Precision::Auto}};
constexpr std::array kBorders{Word<train::Border>{"zero", train::Border::Zero}, Word<train::Border>{"nearest", train::Border::Nearest},
                              Word<train::Border>{"mirror", train::Border::Mirror}};

template <typename Value, std::size_t N> std::vector<std::string> wordsOf(const std::array<Word<Value>, N>& words)
{
    std::vector<std::string> list;
    for (const auto& [word, value] : words) {
        list.emplace_back(word);
    }
    return list;
}

template <typename Value, std::size_t N> Value meaningOf(const std::string& key, const std::string& text, const std::array<Word<Value>, N>& words)
{
    for (const auto& [word, value] : words) {
        if (word == text) {
            return value;
        }
    }
    const std::string near = base::nearestMatch(text, wordsOf(words));
    throw Error(ErrorCode::Plan, key, "'" + base::shortened(base::visibleText(text)) + "' is not known" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

train::AugmentConfig presetNamed(const std::string& name)
{
    constexpr std::array kPresets{Word<train::AugmentConfig (*)()>{"standard", &train::AugmentConfig::standard},
                                  Word<train::AugmentConfig (*)()>{"renalnet", &train::AugmentConfig::renalNet},
                                  Word<train::AugmentConfig (*)()>{"neuroflux", &train::AugmentConfig::neuroflux},
                                  Word<train::AugmentConfig (*)()>{"neuroflux-balancing", &train::AugmentConfig::neurofluxBalancing},
                                  Word<train::AugmentConfig (*)()>{"keras", &train::AugmentConfig::kerasTemplate},
                                  Word<train::AugmentConfig (*)()>{"views", &train::AugmentConfig::views},
                                  Word<train::AugmentConfig (*)()>{"none", &train::AugmentConfig::none}};
    return meaningOf("training.augmentation.preset", name, kPresets)();
}

/// The fields of one sub-section, when it is there.
template <typename Read> void within(ObjectReader& reader, const std::string& key, Read read)
{
    if (const Json* section = reader.child(key)) {
        ObjectReader inner(*section, "training.augmentation", key);
        read(inner);
        inner.finish();
    }
}

train::OptimiserOptions optimiserOf(const Plan::Training& t)
{
    train::OptimiserOptions options;
    options.kind = meaningOf("training.optimiser.kind", t.optimiser.kind, kOptimisers);
    options.beta1 = t.optimiser.beta1;
    options.beta2 = t.optimiser.beta2;
    options.epsilon = t.optimiser.epsilon;
    options.weightDecay = t.weightDecay;
    options.momentum = t.optimiser.momentum;
    options.nesterov = t.optimiser.nesterov;
    options.smoothing = t.optimiser.smoothing;
    options.centred = t.optimiser.centred;
    return options;
}

train::ScheduleOptions scheduleOf(const Plan::Training::Schedule& s)
{
    train::ScheduleOptions options;
    options.kind = meaningOf("training.schedule.kind", s.kind, kSchedules);
    options.stepEpochs = s.stepEpochs;
    options.factor = s.factor;
    options.watched = meaningOf("training.schedule.watched", s.watched, kMonitors);
    options.patience = s.patience;
    options.threshold = s.threshold;
    options.smallest = s.smallest;
    options.periodEpochs = s.periodEpochs;
    options.warmup = s.warmup;
    options.divideFirst = s.divideFirst;
    options.divideLast = s.divideLast;
    return options;
}

} // namespace

std::vector<TrainingWord> trainingWords(const Plan::Training& t)
{
    return {{"training.monitor", t.monitor, wordsOf(kMonitors)},
            {"training.keep", t.keep, wordsOf(kKeeps)},
            {"training.focal", t.focal, wordsOf(kFocals)},
            {"training.optimiser.kind", t.optimiser.kind, wordsOf(kOptimisers)},
            {"training.schedule.kind", t.schedule.kind, wordsOf(kSchedules)},
            {"training.schedule.watched", t.schedule.watched, wordsOf(kMonitors)},
            {"training.sampler", t.sampler, wordsOf(kSamplers)},
            {"training.precision", t.precision, wordsOf(kPrecisions)}};
}

train::AugmentConfig augmentationOf(const Plan::Training& training)
{
    if (training.augmentation.is_null()) {
        return train::AugmentConfig::standard();
    }
    ObjectReader reader(training.augmentation, "training.augmentation");
    std::string preset = "standard", border;
    reader.read("preset", preset);
    train::AugmentConfig config = presetNamed(preset);
    reader.read("mirror", config.mirror).read("upsideDown", config.upsideDown).read("border", border);
    if (!border.empty()) {
        config.border = meaningOf("training.augmentation.border", border, kBorders);
    }
    within(reader, "crop", [&c = config.crop](ObjectReader& r) {
        r.read("probability", c.probability).read("areaLow", c.areaLow).read("areaHigh", c.areaHigh);
        r.read("aspectLow", c.aspectLow).read("aspectHigh", c.aspectHigh);
    });
    within(reader, "affine", [&a = config.affine](ObjectReader& r) {
        r.read("probability", a.probability).read("rotateDegrees", a.rotateDegrees).read("shearDegrees", a.shearDegrees);
        r.read("scaleLow", a.scaleLow).read("scaleHigh", a.scaleHigh).read("scaleAxesApart", a.scaleAxesApart).read("shift", a.shift);
    });
    within(reader, "elastic", [&e = config.elastic](ObjectReader& r) { r.read("probability", e.probability).read("alpha", e.alpha).read("sigma", e.sigma); });
    within(reader, "blur", [&b = config.blur](ObjectReader& r) { r.read("probability", b.probability).read("smallest", b.smallest).read("largest", b.largest); });
    within(reader, "tone", [&t = config.tone](ObjectReader& r) { r.read("probability", t.probability).read("contrast", t.contrast).read("brightness", t.brightness); });
    within(reader, "holes", [&h = config.holes](ObjectReader& r) {
        r.read("probability", h.probability).read("count", h.count).read("height", h.height).read("width", h.width).read("fill", h.fill);
    });
    reader.finish();
    return config;
}

void applyTrainingOptions(const Plan::Training& t, train::TrainConfig& config)
{
    config.monitor = meaningOf("training.monitor", t.monitor, kMonitors);
    config.keep = meaningOf("training.keep", t.keep, kKeeps);
    config.lossOptions.focal = meaningOf("training.focal", t.focal, kFocals);
    config.lossOptions.focalAlpha = t.focalAlpha;
    config.lossOptions.focalGamma = t.focalGamma;
    config.lossOptions.labelSmoothing = t.labelSmoothing;
    config.lossOptions.positiveWeight = t.positiveWeight;
    config.lossOptions.classWeights = t.classWeights;
    config.optimiser = optimiserOf(t);
    config.schedule = scheduleOf(t.schedule);
    config.augmentation = augmentationOf(t);
    config.mix = {t.mix.mixupProbability, t.mix.mixupAlpha, t.mix.cutmixProbability, t.mix.cutmixAlpha};
    config.sampler = meaningOf("training.sampler", t.sampler, kSamplers);
    config.drawsPerSample = t.drawsPerSample;
    config.trainable = t.trainable;
    config.freezeEpochs = t.freezeEpochs;
    config.clipNorm = t.clipNorm;
    config.microBatch = t.microBatch;
    config.emaDecay = t.emaDecay;
    config.precision = meaningOf("training.precision", t.precision, kPrecisions);
    config.channelsLast = t.channelsLast;
    config.checkpointBatches = t.checkpointBatches;
}

} // namespace diascope::pipeline
