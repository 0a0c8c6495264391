// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"

/// The fields of each section of a plan under their keys, once for reading and writing: visit(key, field). For Plan.cpp alone.
namespace diascope::pipeline::fields {

template <typename Visit> void data(Plan::Data& d, Visit visit)
{
    visit("source", d.source);
    visit("imageFolder", d.imageFolder);
    visit("imageColumn", d.imageColumn);
    visit("labelColumn", d.labelColumn);
    visit("groupColumn", d.groupColumn);
    visit("splitColumn", d.splitColumn);
    visit("foldColumn", d.foldColumn);
    visit("groupPattern", d.groupPattern);
    visit("fixes", d.fixes);
    visit("duplicates", d.duplicates);
    visit("storeFolder", d.storeFolder);
    visit("memoryMiB", d.memoryMiB);
}

template <typename Visit> void split(Plan::Split& s, Visit visit)
{
    visit("kind", s.kind);
    visit("validationFraction", s.validationFraction);
    visit("testFraction", s.testFraction);
    visit("folds", s.folds);
    visit("repeats", s.repeats);
    visit("nested", s.nested);
}

template <typename Visit> void model(Plan::Model& m, Visit visit)
{
    visit("architecture", m.architecture);
    visit("weights", m.weights);
    visit("dropout", m.dropout);
    visit("head", m.head);
    visit("hidden", m.hidden);
    visit("channels", m.channels);
}

template <typename Visit> void training(Plan::Training& t, Visit visit)
{
    visit("epochs", t.epochs);
    visit("batchSize", t.batchSize);
    visit("seed", t.seed);
    visit("learningRate", t.learningRate);
    visit("backboneLearningRate", t.backboneLearningRate);
    visit("weightDecay", t.weightDecay);
    visit("loss", t.loss);
    visit("focal", t.focal);
    visit("focalAlpha", t.focalAlpha);
    visit("focalGamma", t.focalGamma);
    visit("labelSmoothing", t.labelSmoothing);
    visit("positiveWeight", t.positiveWeight);
    visit("classWeights", t.classWeights);
    visit("monitor", t.monitor);
    visit("keep", t.keep);
    visit("patience", t.patience);
    visit("augment", t.augment);
    visit("augmentation", t.augmentation);
    visit("balance", t.balance);
    visit("sampler", t.sampler);
    visit("drawsPerSample", t.drawsPerSample);
    visit("trainable", t.trainable);
    visit("freezeEpochs", t.freezeEpochs);
    visit("clipNorm", t.clipNorm);
    visit("microBatch", t.microBatch);
    visit("emaDecay", t.emaDecay);
    visit("precision", t.precision);
    visit("channelsLast", t.channelsLast);
    visit("checkpointBatches", t.checkpointBatches);
    visit("foldsAtOnce", t.foldsAtOnce);
}

template <typename Visit> void optimiser(Plan::Training::Optimiser& o, Visit visit)
{
    visit("kind", o.kind);
    visit("beta1", o.beta1);
    visit("beta2", o.beta2);
    visit("epsilon", o.epsilon);
    visit("momentum", o.momentum);
    visit("nesterov", o.nesterov);
    visit("smoothing", o.smoothing);
    visit("centred", o.centred);
}

template <typename Visit> void schedule(Plan::Training::Schedule& s, Visit visit)
{
    visit("kind", s.kind);
    visit("stepEpochs", s.stepEpochs);
    visit("factor", s.factor);
    visit("watched", s.watched);
    visit("patience", s.patience);
    visit("threshold", s.threshold);
    visit("smallest", s.smallest);
    visit("periodEpochs", s.periodEpochs);
    visit("warmup", s.warmup);
    visit("divideFirst", s.divideFirst);
    visit("divideLast", s.divideLast);
}

template <typename Visit> void mix(Plan::Training::Mix& m, Visit visit)
{
    visit("mixupProbability", m.mixupProbability);
    visit("mixupAlpha", m.mixupAlpha);
    visit("cutmixProbability", m.cutmixProbability);
    visit("cutmixAlpha", m.cutmixAlpha);
}

template <typename Visit> void pretrain(Plan::Pretrain& p, Visit visit)
{
    visit("enabled", p.enabled);
    visit("projection", p.projection);
    visit("bottleneck", p.bottleneck);
    visit("pictures", p.pictures);
    visit("leaveOutFold", p.leaveOutFold);
}

template <typename Visit> void package(Plan::Package& p, Visit visit)
{
    visit("name", p.name);
    visit("version", p.version);
    visit("intendedUse", p.intendedUse);
    visit("trainedOn", p.trainedOn);
}

template <typename Visit> void tracking(Plan::Tracking& t, Visit visit)
{
    visit("mlflow", t.mlflow);
    visit("experiment", t.experiment);
}

} // namespace diascope::pipeline::fields
