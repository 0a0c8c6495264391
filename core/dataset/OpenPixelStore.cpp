// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/PixelStore.h"

#include "base/AtomicFile.h"
#include "base/Clock.h"
#include "base/Hash.h"
#include "base/Json.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "image/Grey.h"
#include "image/Preprocess.h"
#include "image/Resample.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <optional>

namespace diascope::dataset {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

/// Changes when the decoder or a resampler gives other pixels for the same file.
constexpr std::string_view kMakerVersion = "pixels-1";

/// The identity of the store: what goes in, not where it lies or when it was written.
std::string keyOf(const Dataset& dataset, const RowMaker& maker, const StoreConfig& config,
    const ProgressFunction& progress, const std::stop_token& stop)
{
    std::vector<fs::path> files;
    std::map<fs::path, std::size_t> places;
    for (const Sample& sample : dataset.samples) {
        if (places.emplace(sample.file, files.size()).second) {
            files.push_back(sample.file);
        }
    }
    std::vector<std::string> contents(files.size()); // each written by one thread
    const auto hashFile = [&](std::size_t i) {
        try {
            contents[i] = base::sha256OfFile(files[i]);
        } catch (const Error& error) {
            contents[i] = std::string("unreadable: ") + std::string(base::name(error.code()));
        }
    };
    parallelFor({"Checking for changes", files.size(), config.threads}, hashFile, progress, stop);
    base::Sha256 hash;
    hash.update(kMakerVersion);
    hash.update("\n" + maker.key + "\n");
    for (const Sample& sample : dataset.samples) {
        hash.update(contents[places[sample.file]] + "#" + std::to_string(sample.frame) + "\n");
    }
    return hash.hex();
}

/// Reasons that lie in the image itself and will be the same tomorrow.
bool isLasting(ErrorCode code)
{
    return code == ErrorCode::Malformed || code == ErrorCode::Unsupported || code == ErrorCode::TooLarge
        || code == ErrorCode::Mismatch;
}

class StoreOpener {
public:
    StoreOpener(const Dataset& dataset, const RowMaker& maker, const StoreConfig& config, std::string key)
        : m_dataset(dataset), m_maker(maker), m_config(config), m_key(std::move(key)),
            m_file(config.folder / (m_key.substr(0, 32) + ".pixels"))
    {
    }

    /// The file that is there, when it is whole.
    std::optional<PixelStore> find(const ProgressFunction& progress, const std::stop_token& stop)
    {
        std::error_code failure;
        if (!fs::exists(m_file, failure)) {
            return std::nullopt;
        }
        try {
            PixelStore store = open();
            std::atomic<bool> intact{true};
            if (m_config.verify) {
                const auto check = [&](std::size_t row) {
                    if (!store.file->isIntact(row)) {
                        intact = false;
                    }
                };
                parallelFor({"Checking the pixel store", store.count(), m_config.threads}, check, progress, stop);
            }
            if (intact) {
                store.reused = true;
                store.note = "The pixel store was found; nothing was decoded.";
                return store;
            }
            m_note = "The pixel store was damaged (pixels changed on the disk) and was built anew.";
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Stopped) {
                throw;
            }
            m_note = "The pixel store could not be used (" + error.detail() + ") and was built anew.";
        }
        return std::nullopt;
    }

    PixelStore build(decode::DecoderPool& pool, const ProgressFunction& progress, const std::stop_token& stop)
    {
        PixelFileWriter writer(m_file, m_maker.shape, m_dataset.samples.size());
        // one slot per sample, each written by one thread
        std::vector<std::optional<Error>> failures(m_dataset.samples.size());
        const auto fill = [&](std::size_t index) {
            image::Image row;
            try {
                decode::FrameOptions options;
                options.frame = m_dataset.samples[index].frame;
                options.joinEqualChannels = true;
                options.greyLevels = m_maker.startsFromGrey;
                row = m_maker.make(pool.frame(m_dataset.samples[index].file, options));
            } catch (const Error& error) {
                failures[index] = error;
                return;
            }
            writer.writeRow(index, row.bytes());
        };
        const int threads = decodingThreads(m_config.threads, pool.workers());
        parallelFor({"Decoding images", m_dataset.samples.size(), threads}, fill, progress, stop);
        std::vector<PixelTable::Refused> refused;
        bool lasting = true;
        for (std::size_t i = 0; i < failures.size(); ++i) {
            if (failures[i]) {
                refused.push_back({i, failures[i]->code(), base::toProblem(*failures[i]).detail});
                lasting = lasting && isLasting(failures[i]->code());
            }
        }
        writer.finish(m_key, refused);
        PixelStore store = open();
        store.note = m_note.empty() ? "The pixel store was built." : m_note;
        if (!lasting) { // the open file lives on without its name
            std::error_code ignored;
            fs::remove(m_file, ignored);
            store.note += " Some images may be readable another time, so it is not kept.";
        }
        return store;
    }

private:
    PixelStore open() const
    {
        const PixelShape& shape = m_maker.shape;
        const std::uint64_t bytes = std::uint64_t{m_dataset.samples.size()} * shape.bytesPerImage();
        PixelStore store;
        store.height = shape.height;
        store.width = shape.width;
        store.channels = shape.channels;
        store.sampleBytes = shape.sampleBytes;
        store.file = std::make_shared<const PixelFile>(m_file, m_key, shape, bytes <= m_config.budgetBytes);
        if (store.file->rows() != nullptr) {
            store.block = std::shared_ptr<const std::uint8_t>(store.file, store.file->rows());
        }
        store.samples = store.file->table().samples;
        for (const PixelTable::Refused& entry : store.file->table().refused) {
            store.problems.push_back({entry.code, m_dataset.samples.at(entry.sample).file.string(), entry.detail});
        }
        return store;
    }

    const Dataset& m_dataset;
    const RowMaker& m_maker;
    const StoreConfig& m_config;
    std::string m_key;
    fs::path m_file;
    std::string m_note;
};

/// Stored values as 16 unsigned bits.
image::Image deepGrey(const image::Image& decoded)
{
    const image::Image grey = image::toGrey(decoded);
    std::vector<std::byte> bytes(grey.sampleCount() * 2);
    for (std::size_t i = 0; i < grey.sampleCount(); ++i) {
        const auto x = static_cast<int>(i % static_cast<std::size_t>(grey.width)),
            y = static_cast<int>(i / static_cast<std::size_t>(grey.width));
        const double stored = grey.stored(x, y);
        const double shifted = image::isSigned(grey.type) ? stored + 32768.0 : image::bytesPerSample(grey.type) == 1
            ? stored * 257.0 : stored;
        const auto level = static_cast<std::uint16_t>(std::clamp(shifted, 0.0, 65535.0));
        std::memcpy(bytes.data() + 2 * i, &level, 2);
    }
    return image::makeImage(grey.width, grey.height, 1, image::PixelType::UInt16, std::move(bytes));
}

} // namespace

RowMaker networkRows(const image::Preprocess& preprocess)
{
    const PixelShape shape{preprocess.outputHeight(), preprocess.outputWidth(), preprocess.outputChannels(), 1};
    base::Json steps = base::Json::array();
    for (const base::Json& step : preprocess.toJson()) {
        if (step.at("op") != "normalise") { // it comes after the bytes
            steps.push_back(step);
        }
    }
    return {"network " + steps.dump(), shape,
        [&preprocess](const image::Image& decoded) { return preprocess.networkImage(decoded); },
        preprocess.startsFromGrey()};
}

RowMaker deepRows(int width, int height)
{
    return {"deep " + std::to_string(width) + "x" + std::to_string(height), {height, width, 1, 2},
        [width, height](const image::Image& decoded) {
        const image::PixelType type = decoded.type;
        if (image::bytesPerSample(type) > 2) {
            throw Error(ErrorCode::Unsupported, "pixel store", "the image has more than 16 bits a sample");
        }
        return image::resizeAntialiased(deepGrey(decoded), width, height);
    }};
}

PixelStore openPixelStore(const Dataset& dataset, const RowMaker& maker, decode::DecoderPool& pool,
    const StoreConfig& config,
                          const ProgressFunction& progress, std::stop_token stop)
{
    const base::Stopwatch watch;
    std::error_code failure;
    fs::create_directories(config.folder, failure);
    if (failure) {
        throw base::systemError(failure.value(), config.folder, "make the folder of the pixel stores");
    }
    base::removeStaleTemporaries(config.folder);
    StoreOpener opener(dataset, maker, config, keyOf(dataset, maker, config, progress, stop));
    std::optional<PixelStore> found = opener.find(progress, stop);
    PixelStore store = found ? std::move(*found) : opener.build(pool, progress, stop);
    store.seconds = watch.seconds();
    return store;
}

PixelStore openPixelStore(const Dataset& dataset, const image::Preprocess& preprocess, decode::DecoderPool& pool,
    const StoreConfig& config,
                          const ProgressFunction& progress, std::stop_token stop)
{
    return openPixelStore(dataset, networkRows(preprocess), pool, config, progress, std::move(stop));
}

} // namespace diascope::dataset
