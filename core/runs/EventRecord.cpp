// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/EventRecord.h"

#include "runs/Crc32c.h"

#include <bit>

namespace diascope::runs {

namespace {

/// Protobuf wire types (protobuf.dev/programming-guides/encoding).
enum class Wire : unsigned { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// Field numbers of event.proto and summary.proto.
constexpr unsigned kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
constexpr unsigned kSummaryValue = 1, kTag = 1, kSimpleValue = 2, kStatus = 1;
constexpr std::uint64_t kSessionStart = 1;

template <typename T> void putLittleEndian(std::string& out, T value)
{
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        out += static_cast<char>((value >> (8U * i)) & 0xFFU);
    }
}

void putVarint(std::string& out, std::uint64_t value)
{
    while (value >= 0x80U) {
        out += static_cast<char>((value & 0x7FU) | 0x80U);
        value >>= 7U;
    }
    out += static_cast<char>(value);
}

void putKey(std::string& out, unsigned field, Wire wire)
{
    putVarint(out, (field << 3U) | static_cast<unsigned>(wire));
}

void putBytes(std::string& out, unsigned field, std::string_view bytes)
{
    putKey(out, field, Wire::Bytes);
    putVarint(out, bytes.size());
    out += bytes;
}

std::string eventHead(double wallTime, std::int64_t step)
{
    std::string out;
    putKey(out, kWallTime, Wire::Fixed64);
    putLittleEndian(out, std::bit_cast<std::uint64_t>(wallTime));
    if (step != 0) {
        putKey(out, kStep, Wire::Varint);
        putVarint(out, static_cast<std::uint64_t>(step));
    }
    return out;
}

} // namespace

std::string versionEvent(double wallTime)
{
    std::string out = eventHead(wallTime, 0);
    putBytes(out, kFileVersion, "brain.Event:2");
    return out;
}

std::string scalarEvent(double wallTime, std::int64_t step, std::span<const Scalar> scalars)
{
    std::string summary;
    for (const Scalar& scalar : scalars) {
        std::string value;
        putBytes(value, kTag, scalar.tag);
        putKey(value, kSimpleValue, Wire::Fixed32); // one of several kinds of value: written also when it is 0
        putLittleEndian(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
        putBytes(summary, kSummaryValue, value);
    }
    std::string out = eventHead(wallTime, step);
    putBytes(out, kSummary, summary);
    return out;
}

std::string sessionStartEvent(double wallTime, std::int64_t step)
{
    std::string log;
    putKey(log, kStatus, Wire::Varint);
    putVarint(log, kSessionStart);
    std::string out = eventHead(wallTime, step);
    putBytes(out, kSessionLog, log);
    return out;
}

std::string framedRecord(std::string_view bytes)
{
    std::string out;
    putLittleEndian(out, static_cast<std::uint64_t>(bytes.size()));
    putLittleEndian(out, maskedCrc32c(out));
    out += bytes;
    putLittleEndian(out, maskedCrc32c(bytes));
    return out;
}

} // namespace diascope::runs
