// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/PictureFacts.h"

#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "image/Resample.h"

#include <algorithm>
#include <fstream>

namespace diascope::audit {

namespace {

constexpr int kColourful = 24; ///< Grey levels between channels: above what JPEG does to a grey picture.

double colourShare(const image::Image& image)
{
    if (image.channels != 3 || image.type != image::PixelType::UInt8) {
        return 0.0;
    }
    const auto samples = image.samples<std::uint8_t>();
    std::size_t coloured = 0;
    for (std::size_t i = 0; i + 2 < samples.size(); i += 3) {
        const auto [low, high] = std::minmax({samples[i], samples[i + 1], samples[i + 2]});
        coloured += high - low > kColourful ? 1 : 0;
    }
    return static_cast<double>(coloured) / static_cast<double>(samples.size() / 3);
}

/// Whether a file may say of what modality it is: not PNG, JPEG, BMP or TIFF by its first bytes.
bool mayNameModality(const std::filesystem::path& file)
{
    std::array<char, 4> head{};
    std::ifstream stream(file, std::ios::binary);
    stream.read(head.data(), head.size());
    const std::string_view bytes(head.data(), static_cast<std::size_t>(stream.gcount()));
    return !bytes.starts_with("\x89PNG") && !bytes.starts_with("\xFF\xD8\xFF") && !bytes.starts_with("BM")
        && !bytes.starts_with("II*") && !bytes.starts_with("MM");
}

} // namespace

PictureFacts factsOf(const image::Image& image)
{
    PictureFacts facts;
    facts.width = image.width;
    facts.height = image.height;
    facts.colour = colourShare(image);
    const image::Image grey = greyOf(image);
    facts.statistics = statisticsOf(grey.samples<std::uint8_t>());
    facts.burntIn = findBurntIn(image);
    facts.fingerprint = dataset::fingerprintOf(image);
    const image::Image small
        = image::resizeAntialiased(grey, PictureFacts::kSide, PictureFacts::kSide, image::Filter::Box);
    std::ranges::copy(small.samples<std::uint8_t>(), facts.pixels.begin());
    return facts;
}

std::vector<PictureFacts> takeFacts(const dataset::Dataset& data, decode::DecoderPool& pool, int threads,
    const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    std::vector<PictureFacts> facts(data.samples.size()); // each written by one thread
    const auto take = [&](std::size_t index) {
        const dataset::Sample& sample = data.samples[index];
        try {
            decode::FrameOptions options;
            options.frame = sample.frame;
            facts[index] = factsOf(pool.frame(sample.file, options));
            if (mayNameModality(sample.file)) {
                facts[index].modality = pool.info(sample.file).info.modality;
            }
        } catch (const base::Error& error) {
            facts[index] = {};
            facts[index].problem = {error.code(), sample.id, error.detail()};
        }
    };
    const int workers = dataset::decodingThreads(threads, pool.workers());
    dataset::parallelFor({"Looking at pictures", facts.size(), workers}, take, progress, stop);
    return facts;
}

Matrix qualityColumns(const std::vector<PictureFacts>& facts, const std::vector<std::size_t>& rows)
{
    Matrix columns(rows.size(), kQualityColumns.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ImageStatistics& s = facts[rows[i]].statistics;
        const std::array<double, 4> values{s.mean, s.std, s.snr.value.value(), s.entropy};
        std::ranges::copy(values, columns.row(i).begin());
    }
    return columns;
}

Matrix pixelColumns(const std::vector<PictureFacts>& facts, const std::vector<std::size_t>& rows)
{
    Matrix columns(rows.size(), PictureFacts::kSide * PictureFacts::kSide);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::ranges::copy(facts[rows[i]].pixels, columns.row(i).begin());
    }
    return columns;
}

} // namespace diascope::audit
