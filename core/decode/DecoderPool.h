// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/SourceInfo.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::decode {

/// Limits and place of the decoder processes.
struct PoolConfig {
    std::filesystem::path program;               ///< diascope-decoder; empty = beside the running executable.
    int workers = 2;                             ///< Processes kept warm, 1..64.
    std::size_t memoryLimitBytes = 512u << 20;   ///< What each process may allocate beyond its start-up footprint. The
                                                 ///< file itself is mapped read-only and does not count.
    std::chrono::milliseconds timeout{2000};     ///< Wall clock of one request (info or one frame), once a process has it.
                                                 ///< With `pixelSha256`: for each frame of the file.
    std::chrono::milliseconds startTimeout{15000}; ///< Wall clock of a process's start.
    std::vector<std::string> arguments;          ///< More arguments for the program; tests plant faults with them.
};

enum class FrameStage {
    Stored,     ///< Values as stored (PALETTE as indices when `rawPalette`).
};

struct FrameOptions {
    int frame = 0;               ///< 0-based.
    bool rawPalette = false;     ///< PALETTE as indices instead of Rgb.
    int reduce = 0;              ///< Halve the size this many times where the codec can (JPEG 2000, JPEG); thumbnails.
    bool joinEqualChannels = false; ///< A plain 8-bit picture whose three channels are equal in every pixel comes as one
                                    ///< channel: the same picture, faster.
    bool greyLevels = false;     ///< A plain 8-bit picture in colour comes as image::toGrey() makes it: a third of the bytes to hand over.
    bool operator==(const FrameOptions&) const = default;
};

/// What `info` should compute beyond the header.
struct InfoOptions {
    bool pixelSha256 = false;    ///< See cli.md: SHA-256 over all frames of stored values.
    bool tags = false;           ///< The data set as a JSON tree.
};

struct InfoResult {
    image::SourceInfo info;
    std::string pixelSha256;     ///< Empty unless asked for.
    base::Json tags;             ///< Null unless asked for.
};

/// Client of a warm pool of decoder processes. Every untrusted byte is parsed there: one job at a time each, address-space and
/// wall-clock limits, no file system, no network; files go in as descriptors, pixels come back through shared memory.
/// A process that hangs or dies costs one Error{Timeout|Crashed|OutOfMemory} and is replaced.
/// All functions block and may be called from any thread; more callers than workers queue up.
class DecoderPool {
public:
    /// Starts the processes; they load their tables while the caller goes on. Throws Error{NotFound} when the
    /// program is missing and Error{Usage} for a configuration out of range.
    explicit DecoderPool(PoolConfig config);
    /// Ends the processes at once. No call may be running.
    ~DecoderPool();
    DecoderPool(const DecoderPool&) = delete;
    DecoderPool& operator=(const DecoderPool&) = delete;

    /// Throws Error naming the file, the reason and a remedy.
    [[nodiscard]] InfoResult info(const std::filesystem::path& file, const InfoOptions& options = {});
    [[nodiscard]] image::Image frame(const std::filesystem::path& file, const FrameOptions& options = {});

    /// Processes that are running now.
    [[nodiscard]] int workers() const;
    /// How many processes had to be replaced since the start.
    [[nodiscard]] int replaced() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace diascope::decode
