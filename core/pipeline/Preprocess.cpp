// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Preprocess.h"

#include "base/Csv.h"
#include "base/Rng.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "image/Png.h"
#include "nn/TorchErrors.h"
#include "pipeline/OutputFolder.h"
#include "pipeline/Prepare.h"
#include "pipeline/Resolve.h"
#include "train/Augment.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <optional>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using dataset::Role;

/// One file to be written.
struct Output {
    std::size_t sample = 0;
    std::string name;
    std::optional<train::AugmentDraw> change; ///< Of a copy.
};

bool liesInside(const std::filesystem::path& folder, const std::filesystem::path& source)
{
    std::error_code failure;
    const auto inner = std::filesystem::weakly_canonical(folder, failure),
               outer = std::filesystem::weakly_canonical(source, failure);
    return !failure && std::filesystem::is_directory(source, failure)
        && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

train::AugmentConfig balancingOf(const Plan& plan)
{
    const bool given = plan.training.augmentation.is_object() && !plan.training.augmentation.empty();
    const train::AugmentConfig config = augmentationOf(plan.training);
    return given && !(config == train::AugmentConfig::neuroflux()) ? config
                                                                   : train::AugmentConfig::neurofluxBalancing();
}

/// One call of preprocess().
class Export {
public:
    Export(const Plan& plan, const PreprocessOptions& options, decode::DecoderPool& pool)
        : m_plan(plan)
        , m_options(options)
        , m_pool(pool)
        , m_graph(image::Preprocess::fromJson(resolvedPreprocess(plan), "preprocess"))
        , m_folder(options.folder)
        , m_augmentation(balancingOf(plan))
    {
        if (liesInside(options.folder, plan.data.source)) {
            throw Error(ErrorCode::Usage, options.folder.string(),
                "it lies inside of the source, which would read it as data the next time", "Name a folder beside it.");
        }
    }

    PreprocessOutcome run(const Progress& progress, const std::stop_token& stop)
    {
        readData(progress, stop);
        (void)m_folder.reserve({}, "labels", ".csv");
        (void)m_folder.reserve({}, "splits", ".csv");
        nameClasses();
        namePictures();
        if (m_options.balance) {
            drawCopies();
        }
        writeAll(progress, stop);
        writeTables();
        m_folder.keep();
        return std::move(m_outcome);
    }

private:
    [[nodiscard]] const dataset::Dataset& data() const { return m_options.balance ? m_experiment.data : m_data; }

    void readData(const Progress& progress, const std::stop_token& stop)
    {
        if (m_options.balance) {
            m_experiment = prepareExperiment(m_plan, "cpu", m_pool, progress, stop);
            if (m_experiment.folds.plans.size() != 1) {
                throw Error(ErrorCode::Plan, "split.kind",
                    "'" + m_plan.split.kind + "' makes " + std::to_string(m_experiment.folds.plans.size())
                        + " trainings, each with another training part to balance",
                    "Balance one: set split.kind to holdout or stratified, and split.folds to 1.");
            }
            m_outcome.problems = m_experiment.problems;
            m_outcome.notes = m_experiment.notes;
            m_outcome.receipt = m_experiment.folds.receipt;
            m_outcome.notes.push_back("The copies belong to the training part: train from labels.csv, whose column "
                                      "split says so. From the class folders alone "
                                      "copies of training pictures would come into the validation part.");
        } else {
            m_data = readAnySource(progress, stop);
            m_outcome.problems = m_data.problems;
        }
        // Unreadable samples have left the experiment, as problems; the others are found while writing.
        m_outcome.samples = static_cast<int>(data().samples.size() + m_experiment.store.problems.size());
    }

    /// Pictures without labels are welcome here, unless the plan says where labels stand.
    dataset::Dataset readAnySource(const Progress& progress, const std::stop_token& stop)
    {
        dataset::Source source = sourceOf(m_plan);
        try {
            return dataset::readDataset(source, m_pool, progress, stop);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Plan || !source.labelColumn.empty()) {
                throw;
            }
            source.ignoreLabels = true;
            m_labelled = false;
            m_outcome.notes.push_back("No labels were found: " + error.detail() + ".");
        }
        return dataset::readDataset(source, m_pool, progress, stop);
    }

    void nameClasses()
    {
        for (const std::string& className : data().classNames) {
            if (m_labelled) {
                m_outcome.classes.push_back({className, 0, 0});
            }
            m_classFolders.push_back(m_labelled ? m_folder.reserve({}, className, {}) : std::string());
        }
    }

    [[nodiscard]] std::string stemOf(const dataset::Sample& sample) const
    {
        const std::size_t frame = sample.id.rfind('#');
        const bool isFrame = frame != std::string::npos && sample.id.substr(frame + 1) == std::to_string(sample.frame);
        return sample.file.stem().string() + (isFrame ? "_frame" + std::to_string(sample.frame) : std::string());
    }

    void namePictures()
    {
        const auto& samples = data().samples;
        for (std::size_t i = 0; i < samples.size(); ++i) {
            m_outputs.push_back({i,
                m_folder.reserve(
                    m_classFolders[static_cast<std::size_t>(samples[i].label)], stemOf(samples[i]), ".png"),
                {}});
        }
    }

    void drawCopies()
    {
        std::vector<std::vector<std::size_t>> training(data().classNames.size());
        std::size_t most = 0;
        for (const std::size_t row : rowsOf(m_experiment.folds.plans.front(), Role::Train)) {
            auto& members = training[static_cast<std::size_t>(data().samples[row].label)];
            members.push_back(row);
            most = std::max(most, members.size());
        }
        std::int64_t place = 0;
        for (std::size_t label = 0; label < training.size(); ++label) {
            const std::vector<std::size_t>& members = training[label];
            base::Rng rng = base::Rng::stream(m_plan.training.seed, "balance/source", 0, label);
            for (std::size_t i = 0; !members.empty() && i < most - members.size(); ++i) {
                const std::size_t row = members[static_cast<std::size_t>(rng.below(members.size()))];
                m_outputs.push_back({row,
                    m_folder.reserve(
                        m_classFolders[label], stemOf(data().samples[row]) + "_aug_" + std::to_string(i), ".png"),
                    train::drawAugment(m_augmentation, {m_plan.training.seed, 0, place++},
                        {m_graph.outputHeight(), m_graph.outputWidth()})});
            }
        }
    }

    [[nodiscard]] image::Image imageFrom(const at::Tensor& picture) const // H,W,C
    {
        const auto* const first = static_cast<const std::byte*>(picture.const_data_ptr());
        return image::makeImage(m_graph.outputWidth(), m_graph.outputHeight(), m_graph.outputChannels(),
            image::PixelType::UInt8, {first, first + picture.numel()});
    }

    [[nodiscard]] image::Image pictureOf(const Output& output) const
    {
        if (!m_options.balance) {
            const dataset::Sample& sample = data().samples[output.sample];
            decode::FrameOptions options;
            options.frame = sample.frame;
            options.joinEqualChannels = true;
            options.greyLevels = m_graph.startsFromGrey();
            return m_graph.networkImage(m_pool.frame(sample.file, options));
        }
        const at::NoGradGuard noGrad;
        const auto taken = m_experiment.pictures.take(std::array{static_cast<std::int64_t>(output.sample)});
        if (!output.change) {
            return imageFrom(taken.images[taken.rows.front()].permute({1, 2, 0}).contiguous());
        }
        const train::Normalisation none{
            torch::zeros({1, m_graph.outputChannels(), 1, 1}), torch::ones({1, m_graph.outputChannels(), 1, 1})};
        const at::Tensor changed = train::makeInput(
            taken.images, {taken.rows, {&*output.change, 1}}, m_augmentation, none, false); // 1,C,H,W in 0..1
        return imageFrom(
            changed[0].mul(255.0F).round_().clamp_(0.0F, 255.0F).to(torch::kUInt8).permute({1, 2, 0}).contiguous());
    }

    void writeAll(const Progress& progress, const std::stop_token& stop)
    {
        std::vector<std::optional<base::Problem>> refused(m_outputs.size()); // each written by one thread
        const auto write = [&](std::size_t i) {
            image::Image picture;
            try {
                picture = nn::translated("balancing", [&] { return pictureOf(m_outputs[i]); });
            } catch (const Error& error) {
                refused[i] = base::toProblem(error);
                return;
            }
            m_folder.write(m_outputs[i].name, image::encodePng(picture, m_outputs[i].name));
        };
        const int threads
            = m_options.balance ? m_plan.threads : dataset::decodingThreads(m_plan.threads, m_pool.workers());
        dataset::parallelFor({"Writing images", m_outputs.size(), threads}, write, progress, stop);
        std::vector<Output> written;
        for (std::size_t i = 0; i < m_outputs.size(); ++i) {
            if (refused[i]) {
                m_outcome.problems.push_back(std::move(*refused[i]));
            } else {
                written.push_back(std::move(m_outputs[i]));
            }
        }
        m_outputs = std::move(written);
        if (m_outputs.empty()) {
            throw Error(ErrorCode::NotFound, m_plan.data.source,
                "none of its images can be read; the first: " + m_outcome.problems.front().subject + ": "
                    + m_outcome.problems.front().detail);
        }
    }

    void writeTables()
    {
        std::string table = base::csvRow(header()) + "\n";
        for (const Output& output : m_outputs) {
            const dataset::Sample& sample = data().samples[output.sample];
            std::vector<std::string> cells{output.name, sample.group, sample.id};
            if (m_labelled) {
                auto& count = m_outcome.classes[static_cast<std::size_t>(sample.label)];
                cells.insert(cells.begin() + 1, count.name);
                ++(output.change ? count.copies : count.pictures);
            }
            if (m_options.balance) {
                cells.emplace_back(dataset::name(m_experiment.folds.plans.front().roles[output.sample]));
            }
            ++(output.change ? m_outcome.copies : m_outcome.pictures);
            table += base::csvRow(cells) + "\n";
        }
        m_folder.write("labels.csv", std::as_bytes(std::span(table)));
        if (m_options.balance) {
            const std::string splits = dataset::splitsCsv(m_experiment.data, m_experiment.folds);
            m_folder.write("splits.csv", std::as_bytes(std::span(splits)));
        }
    }

    [[nodiscard]] std::vector<std::string> header() const
    {
        std::vector<std::string> cells{"image", "group", "sample"};
        if (m_labelled) {
            cells.insert(cells.begin() + 1, "label");
        }
        if (m_options.balance) {
            cells.emplace_back("split");
        }
        return cells;
    }

    const Plan& m_plan;
    const PreprocessOptions& m_options;
    decode::DecoderPool& m_pool;
    image::Preprocess m_graph;
    OutputFolder m_folder;
    train::AugmentConfig m_augmentation;
    dataset::Dataset m_data; ///< Unless balancing.
    Experiment m_experiment; ///< When balancing.
    bool m_labelled = true;
    std::vector<std::string> m_classFolders;
    std::vector<Output> m_outputs;
    PreprocessOutcome m_outcome;
};

} // namespace

PreprocessOutcome preprocess(const Plan& plan, const PreprocessOptions& options, decode::DecoderPool& pool,
    const std::function<void(const base::Progress&)>& progress, std::stop_token stop)
{
    return nn::translated("preprocessing", [&] { return Export(plan, options, pool).run(progress, stop); });
}

} // namespace diascope::pipeline
