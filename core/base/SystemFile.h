// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace diascope::base {

/// An open file of the operating system, closed by the destructor.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : m_number(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : m_number(other.m_number) { other.m_number = -1; }
    Descriptor& operator=(Descriptor&&) = delete;
    void swap(Descriptor& other) noexcept { std::swap(m_number, other.m_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return m_number; }
    /// The system's answer; 0 when it was closed without a complaint.
    int close() noexcept;

private:
    int m_number;
};

/// The failure of a system call on `file` as an Error: which code follows from `number` (errno) alone.
/// `action` is a verb phrase, "write the file".
[[nodiscard]] Error systemError(int number, const std::filesystem::path& file, const std::string& action);

/// Opens an ordinary file for reading, never waiting for the other end of a pipe.
/// Throws Error{NotFound|Unreadable}; folders, devices and pipes are Unreadable.
[[nodiscard]] Descriptor openRegularFile(const std::filesystem::path& file);
/// Fills the front of `buffer`; 0 at the end of the file. Throws Error{Unreadable}.
[[nodiscard]] std::size_t readSome(const Descriptor& descriptor, std::span<std::byte> buffer, const std::filesystem::path& file);
/// Writes everything. Throws Error{DiskFull|Unreadable}.
void writeAll(const Descriptor& descriptor, std::span<const std::byte> bytes, const std::filesystem::path& file);

} // namespace diascope::base
