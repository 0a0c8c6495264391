// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/PlanOptions.h"

#include <QCoreApplication>

namespace diascope::ui {

namespace {

using pipeline::Plan;

struct Option {
    Q_DECLARE_TR_FUNCTIONS(diascope::ui::Option)
};

/// Texts of one row of the table.
struct Words {
    QString group, label, unit, help;
};

PlanOption row(const char* name, const char* key, PlanOption::Kind kind, Words words)
{
    PlanOption option;
    option.name = QString::fromLatin1(name);
    option.key = QString::fromLatin1(key);
    option.kind = kind;
    option.group = std::move(words.group);
    option.label = std::move(words.label);
    option.unit = std::move(words.unit);
    option.help = std::move(words.help);
    return option;
}

struct Range {
    double minimum, maximum;
    int decimals = 0;
};

template <typename Field> PlanOption integer(const char* name, const char* key, Words words, Range range, Field field)
{
    PlanOption option = row(name, key, PlanOption::Kind::Integer, std::move(words));
    option.minimum = range.minimum;
    option.maximum = range.maximum;
    option.get = [field](const Plan& plan) { return QVariant(static_cast<qlonglong>(field(plan))); };
    option.set = [field](Plan& plan, const QVariant& value) {
        field(plan) = static_cast<std::decay_t<decltype(field(plan))>>(value.toLongLong());
    };
    return option;
}

template <typename Field> PlanOption real(const char* name, const char* key, Words words, Range range, Field field)
{
    PlanOption option = row(name, key, PlanOption::Kind::Real, std::move(words));
    option.minimum = range.minimum;
    option.maximum = range.maximum;
    option.decimals = range.decimals;
    option.get = [field](const Plan& plan) { return QVariant(field(plan)); };
    option.set = [field](Plan& plan, const QVariant& value) { field(plan) = value.toDouble(); };
    return option;
}

template <typename Field> PlanOption onOff(const char* name, const char* key, Words words, Field field)
{
    PlanOption option = row(name, key, PlanOption::Kind::Switch, std::move(words));
    option.get = [field](const Plan& plan) { return QVariant(field(plan)); };
    option.set = [field](Plan& plan, const QVariant& value) { field(plan) = value.toBool(); };
    return option;
}

template <typename Field> PlanOption text(const char* name, const char* key, Words words, Field field)
{
    PlanOption option = row(name, key, PlanOption::Kind::Text, std::move(words));
    option.get = [field](const Plan& plan) { return QVariant(QString::fromStdString(field(plan))); };
    option.set = [field](Plan& plan, const QVariant& value) { field(plan) = value.toString().toStdString(); };
    return option;
}

using Choices = std::vector<std::pair<QString, QString>>;

template <typename Field> PlanOption choice(const char* name, const char* key, Words words, Choices choices, Field field)
{
    PlanOption option = text(name, key, std::move(words), field);
    option.kind = PlanOption::Kind::Choice;
    option.choices = std::move(choices);
    return option;
}

Choices asTheyAre(const QStringList& values)
{
    Choices choices;
    for (const QString& value : values) {
        choices.emplace_back(value, value);
    }
    return choices;
}

// One accessor per field; works on a plan that may be changed and on one that may not.
#define FIELD(path) [](auto& plan) -> auto& { return plan.path; }

void addModel(std::vector<PlanOption>& options, const QStringList& devices, const QStringList& architectures)
{
    const QString group = Option::tr("Model and device");
    options.push_back(choice("architecture", "model.architecture",
                             {group, Option::tr("Network"), {}, Option::tr("The network that is trained")},
                             asTheyAre(architectures), FIELD(model.architecture)));
    options.push_back(text("weights", "model.weights",
                           {group, Option::tr("Start weights"), {}, Option::tr("A safetensors file to start from; empty: from scratch")},
                           FIELD(model.weights)));
    options.push_back(real("dropout", "model.dropout",
                           {group, Option::tr("Dropout"), {}, Option::tr("Share of the head's inputs that are switched off in each step")},
                           {0.0, 0.95, 2}, FIELD(model.dropout)));
    Choices named = asTheyAre(devices);
    for (auto& [value, shown] : named) {
        shown = value == QLatin1String("auto") ? Option::tr("Automatic") : value == QLatin1String("cpu") ? Option::tr("CPU") : value;
    }
    options.push_back(choice("device", "device", {group, Option::tr("Device"), {}, Option::tr("Where the network is computed")},
                             std::move(named), FIELD(device)));
    options.push_back(integer("threads", "threads",
                              {group, Option::tr("CPU threads"), {}, Option::tr("0 = all cores; a run repeats bit by bit with the same number only")},
                              {0, 1024}, FIELD(threads)));
}

void addTraining(std::vector<PlanOption>& options)
{
    const QString group = Option::tr("Training");
    options.push_back(integer("epochs", "training.epochs",
                              {group, Option::tr("Epochs"), {}, Option::tr("Passes over the training part, at most")}, {1, 10000},
                              FIELD(training.epochs)));
    options.push_back(integer("batchSize", "training.batchSize",
                              {group, Option::tr("Batch"), Option::tr("images"), Option::tr("Images in one step; more needs more memory")},
                              {1, 4096}, FIELD(training.batchSize)));
    options.push_back(real("learningRate", "training.learningRate",
                           {group, Option::tr("Learning rate, head"), {}, Option::tr("Step size of the head")}, {0.0, 10.0, 8},
                           FIELD(training.learningRate)));
    options.push_back(real("backboneLearningRate", "training.backboneLearningRate",
                           {group, Option::tr("Learning rate, backbone"), {}, Option::tr("Step size of the rest of the network")},
                           {0.0, 10.0, 8}, FIELD(training.backboneLearningRate)));
    options.push_back(real("weightDecay", "training.weightDecay",
                           {group, Option::tr("Weight decay"), {}, Option::tr("Pull of the weights towards zero")}, {0.0, 1.0, 8},
                           FIELD(training.weightDecay)));
    options.push_back(choice("loss", "training.loss", {group, Option::tr("Loss"), {}, Option::tr("What is made small")},
                             {{QStringLiteral("auto"), Option::tr("By class count")},
                              {QStringLiteral("bce"), Option::tr("Binary cross entropy")},
                              {QStringLiteral("cross-entropy"), Option::tr("Cross entropy")}},
                             FIELD(training.loss)));
    options.push_back(choice("monitor", "training.monitor",
                             {group, Option::tr("Best epoch by"), {}, Option::tr("Figure of the validation part that decides")},
                             {{QStringLiteral("auc"), Option::tr("Highest AUC")},
                              {QStringLiteral("loss"), Option::tr("Lowest loss")},
                              {QStringLiteral("accuracy"), Option::tr("Highest accuracy")},
                              {QStringLiteral("balanced-accuracy"), Option::tr("Highest balanced accuracy")}},
                             FIELD(training.monitor)));
    options.push_back(choice("keep", "training.keep",
                             {group, Option::tr("Weights kept"), {}, Option::tr("Of which epoch; with the last one the validation part chooses none")},
                             {{QStringLiteral("best"), Option::tr("Of the best epoch")}, {QStringLiteral("last"), Option::tr("Of the last epoch")}},
                             FIELD(training.keep)));
    options.push_back(integer("patience", "training.patience",
                              {group, Option::tr("Patience"), Option::tr("epochs"), Option::tr("Epochs without improvement before an early stop")},
                              {0, 10000}, FIELD(training.patience)));
    options.push_back(onOff("augment", "training.augment",
                            {group, Option::tr("Augment"), {}, Option::tr("Flips and small changes of brightness, in the training part only")},
                            FIELD(training.augment)));
    options.push_back(onOff("balance", "training.balance",
                            {group, Option::tr("Balance classes"), {}, Option::tr("Draw each class equally often, in the training part only")},
                            FIELD(training.balance)));
    options.push_back(integer("seed", "training.seed",
                              {group, Option::tr("Seed"), {}, Option::tr("The same seed gives the same run")}, {0, 2147483647},
                              FIELD(training.seed)));
}

void addMethod(std::vector<PlanOption>& options)
{
    const QString group = Option::tr("Method");
    options.push_back(choice("focal", "training.focal", {group, Option::tr("Focal loss"), {}, Option::tr("Makes hard pictures count more")},
                             {{QStringLiteral("none"), Option::tr("Off")},
                              {QStringLiteral("renalnet"), Option::tr("As in RenalNet")},
                              {QStringLiteral("standard"), Option::tr("As published by Lin")}},
                             FIELD(training.focal)));
    options.push_back(real("labelSmoothing", "training.labelSmoothing",
                           {group, Option::tr("Label smoothing"), {}, Option::tr("Share of each target that goes to all classes alike")}, {0.0, 0.9, 2},
                           FIELD(training.labelSmoothing)));
    options.push_back(choice("optimiser", "training.optimiser.kind", {group, Option::tr("Optimiser"), {}, Option::tr("How a gradient becomes a step")},
                             asTheyAre({QStringLiteral("adamw"), QStringLiteral("adam"), QStringLiteral("sgd"), QStringLiteral("rmsprop")}),
                             FIELD(training.optimiser.kind)));
    options.push_back(real("momentum", "training.optimiser.momentum",
                           {group, Option::tr("Momentum"), {}, Option::tr("Of SGD and RMSprop: how long a step goes on")}, {0.0, 0.999, 3},
                           FIELD(training.optimiser.momentum)));
    options.push_back(choice("schedule", "training.schedule.kind",
                             {group, Option::tr("Schedule"), {}, Option::tr("How the learning rates move during the run")},
                             {{QStringLiteral("constant"), Option::tr("Constant")},
                              {QStringLiteral("step"), Option::tr("Steps")},
                              {QStringLiteral("plateau"), Option::tr("Down when it stalls")},
                              {QStringLiteral("cosine"), Option::tr("Half a cosine")},
                              {QStringLiteral("one-cycle"), Option::tr("One cycle")},
                              {QStringLiteral("warmup-cosine"), Option::tr("Warm-up, then half a cosine")}},
                             FIELD(training.schedule.kind)));
    options.push_back(text("trainable", "training.trainable",
                           {group, Option::tr("Layers that train"), {}, Option::tr("all, head, or a layer's name and + for it and all after it")},
                           FIELD(training.trainable)));
    options.push_back(integer("freezeEpochs", "training.freezeEpochs",
                              {group, Option::tr("Head only for"), Option::tr("epochs"), Option::tr("The rest is frozen until then")}, {0, 10000},
                              FIELD(training.freezeEpochs)));
    options.push_back(real("mixup", "training.mix.mixupProbability",
                           {group, Option::tr("Mixup"), {}, Option::tr("Probability that a batch is mixed with itself")}, {0.0, 1.0, 2},
                           FIELD(training.mix.mixupProbability)));
    options.push_back(real("cutmix", "training.mix.cutmixProbability",
                           {group, Option::tr("Cutmix"), {}, Option::tr("Probability that boxes are exchanged in a batch that was not mixed")}, {0.0, 1.0, 2},
                           FIELD(training.mix.cutmixProbability)));
    options.push_back(real("emaDecay", "training.emaDecay",
                           {group, Option::tr("Averaged weights"), {}, Option::tr("Decay of a moving average that takes the weights' place; 0 = off")},
                           {0.0, 0.99999, 5}, FIELD(training.emaDecay)));
    options.push_back(text("ttaViews", "predict.ttaViews",
                           {group, Option::tr("Test-time views"), {}, Option::tr("Views whose probabilities the package averages, with commas between")},
                           FIELD(predict.ttaViews)));
}

void addData(std::vector<PlanOption>& options)
{
    const QString group = Option::tr("Data and split");
    const QString guessed = Option::tr("empty: guessed from the header");
    options.push_back(choice("splitKind", "split.kind", {group, Option::tr("Split"), {}, Option::tr("Who trains and who validates; patients are never divided")},
                             {{QStringLiteral("holdout"), Option::tr("One part held out")},
                              {QStringLiteral("stratified"), Option::tr("One part held out, stratified")},
                              {QStringLiteral("random"), Option::tr("One part held out, at random")},
                              {QStringLiteral("stratified-kfold"), Option::tr("Cross-validation, stratified")},
                              {QStringLiteral("group-kfold"), Option::tr("Cross-validation by patient")},
                              {QStringLiteral("kfold"), Option::tr("Cross-validation")},
                              {QStringLiteral("predefined"), Option::tr("As the table says")},
                              {QStringLiteral("stratified-kfold-as-published"), Option::tr("Cross-validation that divides patients")},
                              {QStringLiteral("random-as-published"), Option::tr("At random, divides patients")}},
                             FIELD(split.kind)));
    options.push_back(integer("folds", "split.folds", {group, Option::tr("Folds"), {}, Option::tr("Of a cross-validation; 1 without one")}, {1, 1000},
                              FIELD(split.folds)));
    options.push_back(integer("repeats", "split.repeats", {group, Option::tr("Repeats"), {}, Option::tr("Of a cross-validation, each with other folds")}, {1, 1000},
                              FIELD(split.repeats)));
    options.push_back(choice("duplicates", "data.duplicates",
                             {group, Option::tr("Pictures that look the same"), {}, Option::tr("Whether they count as one patient")},
                             {{QStringLiteral("join"), Option::tr("Stay together")}, {QStringLiteral("ignore"), Option::tr("Not looked for")}},
                             FIELD(data.duplicates)));
    options.push_back(choice("pretrainPictures", "pretrain.pictures",
                             {group, Option::tr("Pictures without labels"), {}, Option::tr("What a training without labels may see of pictures that the data name as validation or test part")},
                             {{QStringLiteral("training"), Option::tr("Training part only")}, {QStringLiteral("all"), Option::tr("All of them")}},
                             FIELD(pretrain.pictures)));
    options.push_back(real("validationFraction", "split.validationFraction",
                           {group, Option::tr("Validation part"), {}, Option::tr("Share of the patients that is held out for validation")},
                           {0.01, 0.9, 2}, FIELD(split.validationFraction)));
    options.push_back(real("testFraction", "split.testFraction",
                           {group, Option::tr("Test part"), {}, Option::tr("Share of the patients that the run never looks at until its end")},
                           {0.0, 0.9, 2}, FIELD(split.testFraction)));
    options.push_back(integer("memoryMiB", "data.memoryMiB",
                              {group, Option::tr("Memory for pictures"), Option::tr("MiB"), Option::tr("More of them are read from the disk while training; 0: what is free")},
                              {0, 1 << 30}, FIELD(data.memoryMiB)));
    options.push_back(text("imageFolder", "data.imageFolder",
                           {group, Option::tr("Image folder"), {}, Option::tr("Where the images of a CSV lie; empty: beside it")},
                           FIELD(data.imageFolder)));
    options.push_back(text("imageColumn", "data.imageColumn",
                           {group, Option::tr("Image column"), {}, Option::tr("Column with the image names; %1").arg(guessed)},
                           FIELD(data.imageColumn)));
    options.push_back(text("labelColumn", "data.labelColumn",
                           {group, Option::tr("Label column"), {}, Option::tr("Column with the classes; %1").arg(guessed)},
                           FIELD(data.labelColumn)));
    options.push_back(text("groupColumn", "data.groupColumn",
                           {group, Option::tr("Patient column"), {}, Option::tr("Images of one patient stay in one part; %1").arg(guessed)},
                           FIELD(data.groupColumn)));
    options.push_back(text("splitColumn", "data.splitColumn",
                           {group, Option::tr("Split column"), {}, Option::tr("Column with a split that is given; %1").arg(guessed)},
                           FIELD(data.splitColumn)));
    options.push_back(text("groupPattern", "data.groupPattern",
                           {group, Option::tr("Patient in file name"), {},
                            Option::tr("Regular expression; what its first bracket finds is the patient")},
                           FIELD(data.groupPattern)));
}

void addPackage(std::vector<PlanOption>& options)
{
    const QString group = Option::tr("Model package");
    options.push_back(text("packageName", "package.name", {group, Option::tr("Name"), {}, Option::tr("Stands beside every answer")},
                           FIELD(package.name)));
    options.push_back(text("packageVersion", "package.version", {group, Option::tr("Version"), {}, Option::tr("Stands beside every answer")},
                           FIELD(package.version)));
    options.push_back(text("trainedOn", "package.trainedOn",
                           {group, Option::tr("Trained on"), {}, Option::tr("One sentence about the data; stands beside every answer")},
                           FIELD(package.trainedOn)));
    options.push_back(text("intendedUse", "package.intendedUse",
                           {group, Option::tr("Intended use"), {}, Option::tr("What the model is meant for, and what not")},
                           FIELD(package.intendedUse)));
}

void addTracking(std::vector<PlanOption>& options)
{
    const QString group = Option::tr("Tracking");
    options.push_back(text("mlflow", "tracking.mlflow",
                           {group, Option::tr("MLflow store"), {}, Option::tr("Its folder; empty: mlruns in the run folder; off: none")},
                           FIELD(tracking.mlflow)));
    options.push_back(text("experiment", "tracking.experiment",
                           {group, Option::tr("Experiment"), {}, Option::tr("Name under which MLflow lists the run")},
                           FIELD(tracking.experiment)));
}

#undef FIELD

} // namespace

std::vector<PlanOption> planOptions(const QStringList& devices, const QStringList& architectures)
{
    std::vector<PlanOption> options;
    addTraining(options);
    addMethod(options);
    addModel(options, devices, architectures);
    addData(options);
    addPackage(options);
    addTracking(options);
    return options;
}

} // namespace diascope::ui
