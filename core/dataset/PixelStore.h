// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"
#include "dataset/PixelFile.h"

#include <cstdint>
#include <memory>
#include <span>

namespace diascope::image {
struct Image;
class Preprocess;
}

namespace diascope::dataset {

/// Every readable sample, decoded and preprocessed once: what the network saw, in one block or, beyond the memory
/// budget, in a file.
struct PixelStore {
    int height = 0, width = 0, channels = 0;
    int sampleBytes = 1;                               ///< 1 = uint8, 2 = uint16.
    /// All rows, N,H,W,C without padding; holding a copy keeps them alive. Null in streaming mode: then copyRow().
    std::shared_ptr<const std::uint8_t> block;
    std::shared_ptr<std::vector<std::uint8_t>> pixels; ///< The same memory when it is not a file: of buildPixelStore();
                                                       ///< else null.
    std::shared_ptr<const PixelFile> file;             ///< Of openPixelStore(); else null.
    std::vector<std::size_t> samples;                  ///< Row n of the block is this sample of the data set;
                                                       ///< ascending.
    std::vector<base::Problem> problems;               ///< One per sample that could not be read: it is not in the
                                                       ///< block.
    double seconds = 0.0;
    bool reused = false;                               ///< An earlier file was found and is whole.
    std::string note;                                  ///< What is worth a line in the log: "found", "damaged, built
                                                       ///< anew because …".
    [[nodiscard]] std::size_t count() const { return samples.size(); }
    [[nodiscard]] bool streams() const { return block == nullptr && count() > 0; }
    [[nodiscard]] PixelShape shape() const { return {height, width, channels, sampleBytes}; }
    [[nodiscard]] std::size_t bytesPerImage() const { return shape().bytesPerImage(); }
    /// One row into `out` (bytesPerImage() bytes), in either mode, from any thread. Throws Error{Unreadable|Malformed}
    /// in streaming mode.
    void copyRow(std::size_t row, std::span<std::byte> out) const;
};

/// Decodes through `pool` on `threads` threads (0 = all cores; the calling thread waits and reports progress) and
/// preprocesses each image. Same bytes for any number of threads. Throws Error{Stopped|OutOfMemory}; a bad file is a
/// problem, not an error.
[[nodiscard]] PixelStore buildPixelStore(const Dataset& dataset, const image::Preprocess& preprocess,
    decode::DecoderPool& pool,
                                         int threads = 0, const ProgressFunction& progress = {},
                                             std::stop_token stop = {});

struct StoreConfig {
    std::filesystem::path folder;                         ///< Where stores lie; made when it is missing. Shared by
                                                          ///< folds, runs and trials.
    std::uint64_t budgetBytes = std::uint64_t{4} << 30U;  ///< Up to here the rows are mapped into memory; beyond,
                                                          ///< streaming mode.
    int threads = 0;                                      ///< 0 = all cores and decoders.
    bool verify = true;                                   ///< Check every row of a store that is found against its
                                                          ///< checksum.
};

/// How rows are made. Any two makers that can make different bytes of one image differ in `key`.
struct RowMaker {
    std::string key;                                                  ///< Any length; it is hashed.
    PixelShape shape;
    std::function<image::Image(const image::Image& decoded)> make;    ///< From any thread; UInt8 or UInt16 of `shape`.
    bool startsFromGrey = false;                                      ///< Preprocess::startsFromGrey(): the decoder delivers grey levels.
};
/// What the network saw: Preprocess::networkImage, uint8. `preprocess` must outlive it.
[[nodiscard]] RowMaker networkRows(const image::Preprocess& preprocess);
/// One channel of 16 bits before any window, resized antialiased: unsigned stored values as they are, signed ones plus
/// 32768, 8-bit ones times 257.
[[nodiscard]] RowMaker deepRows(int width, int height);

/// The same pictures in a file of `config.folder`, named by the SHA-256 of the maker's key and of the content and frame
/// of every sample in order. Finds an earlier one, whatever run made it; rebuilds it when it is damaged, truncated or
/// unreadable, and says so in `note`. Memory stays at a few images while it is built. Two processes may build the same
/// store: each writes its own temporary file, the later name wins. Throws Error{Stopped|DiskFull|Unreadable|NotFound};
/// a bad image is a problem, not an error, but never kept in the file when its reason may pass (time-out, crash,
/// memory, permission): then the store is rebuilt next time.
[[nodiscard]] PixelStore openPixelStore(const Dataset& dataset, const RowMaker& maker, decode::DecoderPool& pool,
    const StoreConfig& config,
                                        const ProgressFunction& progress = {}, std::stop_token stop = {});
[[nodiscard]] PixelStore openPixelStore(const Dataset& dataset, const image::Preprocess& preprocess,
    decode::DecoderPool& pool, const StoreConfig& config,
                                        const ProgressFunction& progress = {}, std::stop_token stop = {});

} // namespace diascope::dataset
