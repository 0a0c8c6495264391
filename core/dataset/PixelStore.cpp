// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/PixelStore.h"

#include "base/Clock.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"
#include "image/Preprocess.h"

#include <cstring>
#include <new>
#include <optional>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;

std::shared_ptr<std::vector<std::uint8_t>> allocate(std::size_t images, std::size_t bytesPerImage)
{
    try {
        return std::make_shared<std::vector<std::uint8_t>>(images * bytesPerImage);
    } catch (const std::exception&) { // bad_alloc, length_error
        throw Error(ErrorCode::OutOfMemory, "pixel store", std::to_string((images * bytesPerImage) >> 20)
            + " MiB for " +
                    std::to_string(images) + " decoded images are not available");
    }
}

/// Moves the rows together over the images that could not be read, and lists those.
void closeGaps(PixelStore& store, std::vector<std::optional<base::Problem>>& refused)
{
    const std::size_t bytes = store.bytesPerImage();
    std::uint8_t* const block = store.pixels->data();
    for (std::size_t i = 0; i < refused.size(); ++i) {
        if (refused[i]) {
            store.problems.push_back(std::move(*refused[i]));
            continue;
        }
        if (store.samples.size() != i) {
            std::memmove(block + store.samples.size() * bytes, block + i * bytes, bytes);
        }
        store.samples.push_back(i);
    }
    store.pixels->resize(store.samples.size() * bytes);
}

} // namespace

void PixelStore::copyRow(std::size_t row, std::span<std::byte> out) const
{
    if (block) {
        std::memcpy(out.data(), block.get() + row * bytesPerImage(), bytesPerImage());
    } else {
        file->readRow(row, out);
    }
}

PixelStore buildPixelStore(const Dataset& dataset, const image::Preprocess& preprocess, decode::DecoderPool& pool,
    int threads,
                           const ProgressFunction& progress, std::stop_token stop)
{
    const base::Stopwatch watch;
    PixelStore store;
    store.height = preprocess.outputHeight();
    store.width = preprocess.outputWidth();
    store.channels = preprocess.outputChannels();
    store.pixels = allocate(dataset.samples.size(), store.bytesPerImage());
    // one slot per sample, each written by one thread
    std::vector<std::optional<base::Problem>> refused(dataset.samples.size());
    const auto fill = [&](std::size_t index) {
        const Sample& sample = dataset.samples[index];
        try {
            decode::FrameOptions options;
            options.frame = sample.frame;
            options.joinEqualChannels = true;
            options.greyLevels = preprocess.startsFromGrey();
            const image::Image seen = preprocess.networkImage(pool.frame(sample.file, options));
            std::memcpy(store.pixels->data() + index * store.bytesPerImage(), seen.bytes().data(),
                store.bytesPerImage());
        } catch (const Error& error) {
            refused[index] = base::toProblem(error);
        }
    };
    parallelFor({"Decoding images", dataset.samples.size(), decodingThreads(threads, pool.workers())}, fill, progress, stop);
    closeGaps(store, refused);
    store.block = std::shared_ptr<const std::uint8_t>(store.pixels, store.pixels->data());
    store.seconds = watch.seconds();
    return store;
}

} // namespace diascope::dataset
