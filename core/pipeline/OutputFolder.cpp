// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/OutputFolder.h"

#include "base/SystemFile.h"
#include "base/Text.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace diascope::pipeline {

namespace {

constexpr std::size_t kLongestStem = 160; ///< Bytes; file systems take 255 for the whole name.

/// A name that every usual file system takes, and that leads nowhere else.
std::string harmless(std::string_view text)
{
    std::string name;
    while (!text.empty() && name.size() < kLongestStem) {
        const std::string_view before = text;
        const bool isText = base::takeUtf8(text).has_value();
        const std::string_view taken = before.substr(0, before.size() - text.size());
        const bool refused = !isText || static_cast<unsigned char>(taken.front()) < 0x20 || taken.front() == 0x7F
            || std::string_view("/\\:*?\"<>|").find(taken.front()) != std::string_view::npos;
        name += refused ? "_" : taken;
    }
    if (name.empty() || name.front() == '.') {
        name.insert(0, "_"); // no hidden files, and no ".."
    }
    if (name.back() == '.' || name.back() == ' ') {
        name.back() = '_';
    }
    return name;
}

} // namespace

OutputFolder::OutputFolder(std::filesystem::path folder)
    : m_folder(std::move(folder))
{
    std::error_code failure;
    const bool there = std::filesystem::exists(m_folder, failure);
    if (there && (!std::filesystem::is_directory(m_folder, failure) || !std::filesystem::is_empty(m_folder, failure))) {
        throw base::Error(base::ErrorCode::Usage, m_folder.string(), "it is there already and is not an empty folder",
            "Name a new folder.");
    }
    if (failure && there) {
        throw base::systemError(failure.value(), m_folder, "look into it");
    }
}

OutputFolder::~OutputFolder()
{
    if (m_kept) {
        return;
    }
    std::error_code ignored;
    for (const auto& file : m_files) {
        std::filesystem::remove(file, ignored);
    }
    std::for_each(
        m_folders.rbegin(), m_folders.rend(), [&ignored](const auto& made) { std::filesystem::remove(made, ignored); });
}

std::string OutputFolder::reserve(const std::string& inside, const std::string& stem, const std::string& ending)
{
    const std::string before = inside.empty() ? std::string() : inside + "/";
    const std::string plain = harmless(stem);
    std::string name = plain + ending;
    for (int number = 2; !m_names.insert(base::asciiLower(before + name)).second; ++number) {
        name = plain + "_" + std::to_string(number) + ending;
    }
    return before + name;
}

void OutputFolder::makeFolders(const std::filesystem::path& folder)
{
    std::error_code failure;
    if (folder.empty() || std::filesystem::is_directory(folder, failure)) {
        return;
    }
    makeFolders(folder.parent_path());
    if (std::filesystem::create_directory(folder, failure)) {
        m_folders.push_back(folder);
    }
    if (failure) {
        throw base::systemError(failure.value(), folder, "make the folder");
    }
}

void OutputFolder::write(const std::string& name, std::span<const std::byte> bytes)
{
    const std::filesystem::path file = m_folder / name;
    {
        const std::scoped_lock lock(m_mutex);
        makeFolders(file.parent_path());
    }
    base::Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (descriptor.number() < 0) {
        throw base::systemError(errno, file, "write it");
    }
    {
        const std::scoped_lock lock(m_mutex);
        m_files.push_back(file);
    }
    base::writeAll(descriptor, bytes, file);
    if (descriptor.close() != 0) { // some file systems say only now that they are full
        throw base::systemError(errno, file, "write it");
    }
}

} // namespace diascope::pipeline
