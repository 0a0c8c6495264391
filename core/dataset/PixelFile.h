// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/SystemFile.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::dataset {

/// Shape of every row of a pixel file: height x width x channels samples of 1 or 2 bytes (native order), without
/// padding.
struct PixelShape {
    int height = 0, width = 0, channels = 0;
    int sampleBytes = 1; ///< 1 = uint8, 2 = uint16.
    bool operator==(const PixelShape&) const = default;
    [[nodiscard]] std::size_t bytesPerImage() const
    {
        const std::size_t pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
        return pixels * static_cast<std::size_t>(channels) * static_cast<std::size_t>(sampleBytes);
    }
};

/// What a pixel file says beside its pixels.
struct PixelTable {
    std::vector<std::size_t> samples;    ///< Row n is this sample of the data set; ascending.
    struct Refused {
        std::size_t sample = 0;
        base::ErrorCode code = base::ErrorCode::Internal;
        std::string detail;              ///< Without the file's name, which may be another when the store is found
                                         ///< again.
    };
    std::vector<Refused> refused;        ///< Samples that could not be read: they have no row.
};

/// A file of decoded pictures. Layout, little-endian: a page of 4096 bytes (magic "DIAPIX01", shape, numbers of rows
/// and samples, where the table lies, the key, a checksum of all this), the rows one after another, then the table as
/// JSON (samples, a checksum of each row, what was refused) and its checksum in the header. Written under a temporary
/// name and renamed when complete and flushed, so a file that has its name is whole.
class PixelFileWriter {
public:
    /// Room for one row of each of `samples` samples. Throws Error{DiskFull|NotFound|Unreadable} naming `file`.
    PixelFileWriter(const std::filesystem::path& file, const PixelShape& shape, std::size_t samples);
    /// Removes the temporary file unless finish() was called.
    ~PixelFileWriter();
    PixelFileWriter(const PixelFileWriter&) = delete;
    PixelFileWriter& operator=(const PixelFileWriter&) = delete;

    /// From any thread; each sample once. Throws Error{DiskFull|Unreadable}.
    void writeRow(std::size_t sample, std::span<const std::byte> pixels);
    /// Moves the rows together over the refused samples, which are ascending, writes table and header, flushes and
    /// renames. `key` has at most 128 bytes.
    void finish(const std::string& key, const std::vector<PixelTable::Refused>& refused);

private:
    void writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const;
    std::vector<std::size_t> closeGaps(const std::vector<PixelTable::Refused>& refused);
    std::filesystem::path m_file, m_temporary;
    PixelShape m_shape;
    base::Descriptor m_descriptor;
    std::vector<std::uint64_t> m_checksums; ///< One slot a sample, each written by one thread.
    bool m_finished = false;
};

/// An open pixel file. Safe to read from several threads; keeps the pages alive while somebody holds it.
class PixelFile {
public:
    /// Throws Error{Malformed|Mismatch} when the file is not whole, or made for another key or shape;
    /// Error{NotFound|Unreadable}.
    /// `map`: make all rows addressable at rows(); else they are read on demand.
    PixelFile(const std::filesystem::path& file, const std::string& key, const PixelShape& shape, bool map);
    ~PixelFile();
    PixelFile(const PixelFile&) = delete;
    PixelFile& operator=(const PixelFile&) = delete;

    [[nodiscard]] const PixelTable& table() const { return m_table; }
    [[nodiscard]] const std::uint8_t* rows() const { return m_rows; } ///< Null when it is not mapped.
    /// Whether row n still is what was written. Reads it.
    [[nodiscard]] bool isIntact(std::size_t row) const;
    /// Throws Error{Malformed|Unreadable}.
    void readRow(std::size_t row, std::span<std::byte> out) const;

private:
    void readTable(std::uint64_t offset, std::uint64_t bytes, std::uint64_t checksum);
    void readAt(std::uint64_t offset, std::span<std::byte> out) const;
    std::filesystem::path m_file;
    PixelShape m_shape;
    base::Descriptor m_descriptor;
    PixelTable m_table;
    std::vector<std::uint64_t> m_checksums; ///< One a row.
    void* m_mapping = nullptr;
    std::size_t m_mappedBytes = 0;
    const std::uint8_t* m_rows = nullptr;
};

/// A fast 64-bit checksum against accidental damage (four lanes of multiply and rotate over 8-byte words); not against
/// intent.
[[nodiscard]] std::uint64_t checksum64(std::span<const std::byte> bytes);

} // namespace diascope::dataset
