// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/PixelFile.h"

#include "base/Json.h"
#include "base/TemporaryName.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <type_traits>
#include <unistd.h>

namespace diascope::dataset {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;

static_assert(std::endian::native == std::endian::little, "the layout of a pixel file is little-endian");

constexpr std::uint64_t kDataOffset = 4096;
constexpr std::array<char, 8> kMagic{'D', 'I', 'A', 'P', 'I', 'X', '0', '1'};

struct Header {
    std::array<char, 8> magic = kMagic;
    std::int32_t height = 0, width = 0, channels = 0, sampleBytes = 0;
    std::uint64_t rows = 0, samples = 0, tableOffset = 0, tableBytes = 0, tableChecksum = 0;
    std::array<char, 128> key{};
    std::uint64_t checksum = 0; ///< Of everything before it.
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 200);

std::uint64_t checksumOf(const Header& header)
{
    return checksum64(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum)));
}

Error damaged(const std::filesystem::path& file, const std::string& detail)
{
    return {ErrorCode::Malformed, file.string(), "the pixel store is damaged: " + detail,
        "It is only a cache: delete it."};
}

void checkRoom(const std::filesystem::path& file, std::uint64_t bytes)
{
    struct statvfs status {};
    if (::statvfs(file.parent_path().c_str(), &status) == 0 && status.f_blocks != 0
        && std::uint64_t{status.f_bavail} * status.f_frsize < bytes) {
        throw Error(ErrorCode::DiskFull, file.string(), "the decoded images need " + std::to_string(bytes >> 20U)
            + " MiB, and the disk has " +
                    std::to_string((std::uint64_t{status.f_bavail} * status.f_frsize) >> 20U) + " MiB left");
    }
}

} // namespace

std::uint64_t checksum64(std::span<const std::byte> bytes)
{
    constexpr std::uint64_t kFirst = 0x9E3779B185EBCA87U, kSecond = 0xC2B2AE3D27D4EB4FU; // primes of xxHash64
    std::array<std::uint64_t, 4> lanes{kFirst, kSecond, ~kFirst, ~kSecond};
    const auto mix = [](std::uint64_t lane, std::uint64_t word) { return std::rotl(lane + word * kSecond, 31) * kFirst;
        };
    std::size_t at = 0;
    for (; at + 32 <= bytes.size(); at += 32) {
        std::array<std::uint64_t, 4> words{};
        std::memcpy(words.data(), bytes.data() + at, 32);
        for (std::size_t i = 0; i < 4; ++i) {
            lanes[i] = mix(lanes[i], words[i]);
        }
    }
    for (; at < bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
        lanes[0] = mix(lanes[0], word);
    }
    std::uint64_t sum = bytes.size();
    for (const std::uint64_t lane : lanes) {
        sum = mix(sum, lane);
    }
    return sum ^ (sum >> 29U);
}

PixelFileWriter::PixelFileWriter(const std::filesystem::path& file, const PixelShape& shape, std::size_t samples)
    : m_file(file), m_temporary(file.parent_path() / base::temporaryName()), m_shape(shape),
      m_descriptor(::open(m_temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), m_checksums(samples)
{
    if (m_descriptor.number() < 0) {
        throw base::systemError(errno, file, "write into its folder");
    }
    try {
        checkRoom(file, kDataOffset + samples * shape.bytesPerImage());
    } catch (...) {
        ::unlink(m_temporary.c_str());
        throw;
    }
}

PixelFileWriter::~PixelFileWriter()
{
    if (!m_finished) {
        ::unlink(m_temporary.c_str());
    }
}

void PixelFileWriter::writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const
{
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(m_descriptor.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            throw base::systemError(count < 0 ? errno : ENOSPC, m_file, "write it");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void PixelFileWriter::writeRow(std::size_t sample, std::span<const std::byte> pixels)
{
    if (pixels.size() != m_shape.bytesPerImage() || sample >= m_checksums.size()) {
        throw Error(ErrorCode::Internal, m_file.string(), "a row of another shape was given to the pixel store");
    }
    writeAt(kDataOffset + sample * m_shape.bytesPerImage(), pixels);
    m_checksums[sample] = checksum64(pixels);
}

std::vector<std::size_t> PixelFileWriter::closeGaps(const std::vector<PixelTable::Refused>& refused)
{
    std::vector<std::size_t> kept;
    std::vector<std::byte> row(m_shape.bytesPerImage());
    auto gap = refused.begin();
    for (std::size_t sample = 0; sample < m_checksums.size(); ++sample) {
        if (gap != refused.end() && gap->sample == sample) {
            ++gap;
            continue;
        }
        if (kept.size() != sample) {
            const auto offset = static_cast<off_t>(kDataOffset + sample * row.size());
            if (::pread(m_descriptor.number(), row.data(), row.size(), offset) != static_cast<ssize_t>(row.size())) {
                throw base::systemError(errno, m_file, "read back what was written");
            }
            writeAt(kDataOffset + kept.size() * row.size(), row);
            m_checksums[kept.size()] = m_checksums[sample];
        }
        kept.push_back(sample);
    }
    m_checksums.resize(kept.size());
    return kept;
}

void PixelFileWriter::finish(const std::string& key, const std::vector<PixelTable::Refused>& refused)
{
    Header header;
    header.samples = m_checksums.size();
    Json table;
    table["samples"] = closeGaps(refused);
    table["checksums"] = m_checksums;
    table["refused"] = Json::array();
    for (const PixelTable::Refused& entry : refused) {
        table["refused"].push_back({{"sample", entry.sample}, {"code", static_cast<int>(entry.code)},
            {"detail", entry.detail}});
    }
    const std::string text = table.dump(-1, ' ', false, Json::error_handler_t::replace);
    header.height = m_shape.height;
    header.width = m_shape.width;
    header.channels = m_shape.channels;
    header.sampleBytes = m_shape.sampleBytes;
    header.rows = m_checksums.size();
    header.tableOffset = kDataOffset + m_checksums.size() * m_shape.bytesPerImage();
    header.tableBytes = text.size();
    header.tableChecksum = checksum64(std::as_bytes(std::span(text)));
    std::copy_n(key.begin(), std::min(key.size(), header.key.size()), header.key.begin());
    header.checksum = checksumOf(header);
    writeAt(header.tableOffset, std::as_bytes(std::span(text)));
    writeAt(0, std::as_bytes(std::span(&header, 1)));
    const int number = m_descriptor.number();
    if (::ftruncate(number, static_cast<off_t>(header.tableOffset + text.size())) != 0 || ::fsync(number) != 0) {
        throw base::systemError(errno, m_file, "flush it to the disk");
    }
    if (::rename(m_temporary.c_str(), m_file.c_str()) != 0) {
        throw base::systemError(errno, m_file, "put it in place");
    }
    m_finished = true;
}

PixelFile::PixelFile(const std::filesystem::path& file, const std::string& key, const PixelShape& shape, bool map)
    : m_file(file), m_shape(shape), m_descriptor(base::openRegularFile(file))
{
    struct stat status {};
    Header header;
    if (::fstat(m_descriptor.number(), &status) != 0 || status.st_size < static_cast<off_t>(kDataOffset)) {
        throw damaged(file, "it is too short");
    }
    readAt(0, std::as_writable_bytes(std::span(&header, 1)));
    if (header.magic != kMagic || header.checksum != checksumOf(header)) {
        throw damaged(file, "its header is not what was written");
    }
    const std::string_view named(header.key.data(), std::min(key.size(), header.key.size()));
    if (named != key || PixelShape{header.height, header.width, header.channels, header.sampleBytes} != shape) {
        throw Error(ErrorCode::Mismatch, file.string(),
            "the pixel store was made of other images, or with another preprocessing");
    }
    if (header.tableOffset != kDataOffset + header.rows * shape.bytesPerImage()
        || static_cast<std::uint64_t>(status.st_size) != header.tableOffset + header.tableBytes) {
        throw damaged(file, "it has another length than its header says");
    }
    readTable(header.tableOffset, header.tableBytes, header.tableChecksum);
    if (m_table.samples.size() != header.rows || m_checksums.size() != header.rows || m_table.samples.size()
        + m_table.refused.size() != header.samples) {
        throw damaged(file, "its table does not fit");
    }
    if (map && header.rows > 0) {
        m_mappedBytes = static_cast<std::size_t>(header.tableOffset);
        m_mapping = ::mmap(nullptr, m_mappedBytes, PROT_READ, MAP_SHARED, m_descriptor.number(), 0);
        if (m_mapping == MAP_FAILED) {
            m_mapping = nullptr;
            throw base::systemError(errno, file, "map it into memory");
        }
        m_rows = static_cast<const std::uint8_t*>(m_mapping) + kDataOffset;
    }
}

PixelFile::~PixelFile()
{
    if (m_mapping != nullptr) {
        ::munmap(m_mapping, m_mappedBytes);
    }
}

void PixelFile::readTable(std::uint64_t offset, std::uint64_t bytes, std::uint64_t checksum)
{
    std::string text(static_cast<std::size_t>(bytes), '\0');
    readAt(offset, std::as_writable_bytes(std::span(text)));
    if (checksum64(std::as_bytes(std::span(text))) != checksum) {
        throw damaged(m_file, "its table is not what was written");
    }
    try {
        const Json table = Json::parse(text);
        table.at("samples").get_to(m_table.samples);
        table.at("checksums").get_to(m_checksums);
        for (const Json& entry : table.at("refused")) {
            m_table.refused.push_back({entry.at("sample"), static_cast<ErrorCode>(entry.at("code").get<int>()),
                entry.at("detail")});
        }
    } catch (const Json::exception& error) {
        throw damaged(m_file, error.what());
    }
}

void PixelFile::readAt(std::uint64_t offset, std::span<std::byte> out) const
{
    while (!out.empty()) {
        const ssize_t count = ::pread(m_descriptor.number(), out.data(), out.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw base::systemError(errno, m_file, "read it");
        }
        if (count == 0) {
            throw damaged(m_file, "it ends too early");
        }
        out = out.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void PixelFile::readRow(std::size_t row, std::span<std::byte> out) const
{
    const std::size_t bytes = m_shape.bytesPerImage();
    if (m_rows != nullptr) {
        std::memcpy(out.data(), m_rows + row * bytes, bytes);
    } else {
        readAt(kDataOffset + row * bytes, out.first(bytes));
    }
}

bool PixelFile::isIntact(std::size_t row) const
{
    const std::size_t bytes = m_shape.bytesPerImage();
    if (m_rows != nullptr) {
        return checksum64(std::as_bytes(std::span(m_rows + row * bytes, bytes))) == m_checksums[row];
    }
    std::vector<std::byte> pixels(bytes);
    readRow(row, pixels);
    return checksum64(pixels) == m_checksums[row];
}

} // namespace diascope::dataset
