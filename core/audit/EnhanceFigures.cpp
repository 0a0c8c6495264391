// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/EnhanceFigures.h"

#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"

#include <algorithm>
#include <cstdlib>

namespace diascope::audit {

namespace {

double medianOfValues(std::vector<double> values)
{
    if (values.empty()) {
        return 0.0;
    }
    std::sort(values.begin(), values.end());
    return 0.5 * (values[(values.size() - 1) / 2] + values[values.size() / 2]);
}

std::vector<double> medians(
    const std::vector<EnhanceFigures::Picture>& pictures, ImageStatistics EnhanceFigures::Picture::*which)
{
    std::array<std::vector<double>, 4> columns;
    for (const EnhanceFigures::Picture& picture : pictures) {
        const ImageStatistics& s = picture.*which;
        columns[0].push_back(s.mean);
        columns[1].push_back(s.std);
        if (s.snr.value) {
            columns[2].push_back(*s.snr.value);
        }
        columns[3].push_back(s.entropy);
    }
    std::vector<double> result;
    for (const std::vector<double>& column : columns) {
        result.push_back(medianOfValues(column));
    }
    return result;
}

} // namespace

std::string_view name(const EnhanceStep& step)
{
    constexpr std::array<std::string_view, 3> names{"clahe", "denoise", "equalise"};
    return names[step.index()];
}

EnhanceFigures::Picture enhanceOne(const image::Image& grey, const EnhanceStep& step)
{
    const image::Image changed = std::visit([&](const auto& one) { return image::enhanced(grey, one); }, step);
    EnhanceFigures::Picture picture;
    const auto before = grey.samples<std::uint8_t>(), after = changed.samples<std::uint8_t>();
    picture.before = statisticsOf(before);
    picture.after = statisticsOf(after);
    for (std::size_t i = 0; i < before.size(); ++i) {
        picture.meanAbsoluteChange += std::abs(static_cast<int>(before[i]) - static_cast<int>(after[i]));
    }
    picture.meanAbsoluteChange /= static_cast<double>(before.size());
    return picture;
}

std::vector<EnhanceFigures> enhanceFigures(const dataset::Dataset& data, decode::DecoderPool& pool, std::size_t count,
    int threads, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    const std::array<EnhanceStep, 3> steps{image::ClaheStep{}, image::DenoiseStep{}, image::EqualiseStep{}};
    const std::size_t chosen = std::min(count, data.samples.size());
    std::vector<std::array<EnhanceFigures::Picture, 3>> rows(
        chosen); // each written by one thread; no sample: unreadable
    const auto look = [&](std::size_t k) {
        const dataset::Sample& sample = data.samples[k * data.samples.size() / chosen];
        try {
            decode::FrameOptions options;
            options.frame = sample.frame;
            const image::Image grey = greyOf(pool.frame(sample.file, options));
            for (std::size_t s = 0; s < steps.size(); ++s) {
                rows[k][s] = enhanceOne(grey, steps[s]);
                rows[k][s].sample = sample.id;
            }
        } catch (const base::Error&) {
            rows[k] = {}; // takeFacts() has said so
        }
    };
    dataset::parallelFor({"Trying contrast steps", chosen, threads}, look, progress, stop);
    std::vector<EnhanceFigures> result;
    for (std::size_t s = 0; s < steps.size(); ++s) {
        EnhanceFigures figures{std::string(name(steps[s])), {}, {}, {}};
        for (const auto& row : rows) {
            if (!row[s].sample.empty()) {
                figures.pictures.push_back(row[s]);
            }
        }
        if (!figures.pictures.empty()) {
            figures.medianBefore = medians(figures.pictures, &EnhanceFigures::Picture::before);
            figures.medianAfter = medians(figures.pictures, &EnhanceFigures::Picture::after);
        }
        result.push_back(std::move(figures));
    }
    return result;
}

} // namespace diascope::audit
