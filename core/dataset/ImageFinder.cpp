// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataset/ImageFinder.h"

#include "base/Text.h"
#include "dataset/Listing.h"
#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"

#include <algorithm>
#include <mutex>

namespace diascope::dataset {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kMostFiles = 2'000'000;

bool isFile(const fs::path& path)
{
    std::error_code failure;
    return fs::is_regular_file(path, failure);
}

bool isDirectory(const fs::path& path)
{
    std::error_code failure;
    return fs::is_directory(path, failure);
}

/// U+00C0 to U+017F without their accents; '?' = no base letter, kept as it is.
constexpr std::string_view kBaseLetters
    = "AAAAAA?CEEEEIIII?NOOOOO?OUUUUY??aaaaaa?ceeeeiiii?nooooo?ouuuuy?y"
      "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKk?LlLlLlLlLl"
      "NnNnNn???OoOoOo??RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZz?";
static_assert(kBaseLetters.size() == 0x180 - 0xC0);

std::optional<fs::path> withEnding(const fs::path& plain)
{
    if (isFile(plain)) {
        return plain;
    }
    for (const std::string& ending : pictureEndings()) {
        fs::path candidate = plain;
        candidate += ending;
        if (isFile(candidate)) {
            return candidate;
        }
    }
    return std::nullopt;
}

bool isPictureEnding(const std::string& ending)
{
    const auto endings = pictureEndings();
    return std::find(endings.begin(), endings.end(), lowered(ending)) != endings.end();
}

} // namespace

std::string foldedName(std::string_view name)
{
    std::string folded;
    while (!name.empty()) {
        const char byte = name.front();
        const auto character = base::takeUtf8(name);
        if (!character) {
            folded += byte; // not UTF-8: only the very same byte matches
        } else if (*character >= 0x300 && *character < 0x370) {
            continue; // a combining accent
        } else if (*character >= 0xC0 && *character < 0x180 && kBaseLetters[*character - 0xC0] != '?') {
            folded += kBaseLetters[*character - 0xC0];
        } else if (*character == '\\') {
            folded += '/';
        } else {
            folded += base::toUtf8(*character);
        }
    }
    return lowered(folded);
}

ImageFinder::ImageFinder(const Source& source, decode::DecoderPool& pool, std::stop_token stop)
    : m_pool(pool), m_stop(std::move(stop))
{
    const fs::path beside = source.path.has_parent_path() ? source.path.parent_path() : fs::path(".");
    if (source.imageFolder.empty()) {
        m_folders = {beside, beside / "images", beside / "Images", beside / source.path.stem()};
        return;
    }
    m_folders = {isDirectory(source.imageFolder) ? source.imageFolder : beside / source.imageFolder};
    if (!isDirectory(m_folders.front())) {
        throw Error(ErrorCode::NotFound, source.imageFolder.string(), "the image folder is not there",
            "Check data.imageFolder.");
    }
}

ImageFinder::Found ImageFinder::find(const std::string& name)
{
    if (m_stop.stop_requested()) { // a million names that are not there take minutes
        throw Error(ErrorCode::Stopped, "Looking for images", "stopped on request");
    }
    std::string plain = name.starts_with("file://") ? name.substr(7) : name;
    std::string slashes = plain;
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    for (const std::string& candidate : slashes == plain ? std::vector{plain} : std::vector{plain, slashes}) {
        for (const fs::path& folder : m_folders) {
            if (const auto file = withEnding(folder / fs::path(candidate))) {
                return {{file->lexically_normal()}, {}, false};
            }
        }
    }
    listNames();
    const auto byName = m_byName.find(foldedName(slashes));
    if (byName != m_byName.end()) {
        if (byName->second.size() == 1) {
            return {byName->second, {}, false};
        }
        return {{}, "fits several files, " + base::visibleText(byName->second[0].string()) + " and "
            + base::visibleText(byName->second[1].string()), false};
    }
    listIdentifiers();
    if (const auto byUid = m_byUid.find(name); byUid != m_byUid.end()) {
        return {byUid->second, {}, false};
    }
    if (const auto byPatient = m_byPatient.find(name); byPatient != m_byPatient.end()) {
        return {byPatient->second, {}, true};
    }
    return {{}, "is not in " + places(), false};
}

std::string ImageFinder::places() const
{
    std::string list;
    for (const fs::path& folder : m_folders) {
        if (isDirectory(folder)) {
            list += (list.empty() ? "" : " or ") + folder.filename().string() + "/";
        }
    }
    return list;
}

std::vector<fs::path> ImageFinder::filesBelow() const
{
    std::vector<fs::path> files;
    std::error_code failure;
    const auto options = fs::directory_options::skip_permission_denied;
    const fs::path& root = m_folders.front(); // the others lie below it
    for (fs::recursive_directory_iterator it(root, options, failure), end; !failure && it != end
        && files.size() < kMostFiles; it.increment(failure)) {
        std::error_code ignored;
        if (it->is_regular_file(ignored) && !isCompanion(it->path())) {
            files.push_back(it->path().lexically_normal());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

void ImageFinder::listNames()
{
    if (m_namesListed) {
        return;
    }
    m_namesListed = true;
    const auto add = [this](const std::string& name, const fs::path& file) {
        std::vector<fs::path>& files = m_byName[foldedName(name)];
        if (files.empty() || files.back() != file) {
            files.push_back(file);
        }
    };
    for (const fs::path& file : filesBelow()) {
        for (const fs::path& folder : m_folders) {
            const fs::path relative = file.lexically_relative(folder.lexically_normal());
            for (const fs::path& shown : {relative, file.filename()}) {
                add(shown.generic_string(), file);
                if (isPictureEnding(shown.extension().string())) {
                    add(fs::path(shown).replace_extension().generic_string(), file);
                }
            }
        }
    }
}

void ImageFinder::listIdentifiers()
{
    if (m_identifiersListed) {
        return;
    }
    m_identifiersListed = true;
    std::vector<fs::path> files = filesBelow();
    std::erase_if(files, [](const fs::path& file) {
        const std::string ending = lowered(file.extension().string());
        return isPictureEnding(ending) && ending != ".dcm";
    });
    std::vector<std::vector<std::string>> identifiers(files.size()); // each written by one thread
    const auto read = [&](std::size_t i) {
        try {
            const image::SourceInfo info = m_pool.info(files[i]).info;
            identifiers[i] = {info.sopInstanceUid, info.seriesUid, info.studyUid,
                std::string(base::trimmed(info.patient.id))};
        } catch (const Error&) {
            identifiers[i].clear(); // no DICOM file: the row that means it is reported as not found
        }
    };
    parallelFor({"Reading headers", files.size(), 0}, read, {}, m_stop);
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (std::size_t k = 0; k < identifiers[i].size(); ++k) {
            if (!identifiers[i][k].empty()) {
                std::vector<fs::path>& known = (k < 3 ? m_byUid : m_byPatient)[identifiers[i][k]];
                if (known.empty() || known.back() != files[i]) {
                    known.push_back(files[i]);
                }
            }
        }
    }
}

} // namespace diascope::dataset
