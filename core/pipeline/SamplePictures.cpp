// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/SamplePictures.h"

#include "base/Text.h"
#include "dataset/ImageFinder.h"

#include <optional>
#include <utility>

namespace diascope::pipeline {

namespace {

/// "x.dcm#3" -> "x.dcm" and 3.
std::optional<std::pair<std::string, int>> frameOf(const std::string& name)
{
    const std::size_t hash = name.rfind('#');
    const auto number = hash == std::string::npos ? std::nullopt : base::parseNumber(name.substr(hash + 1));
    constexpr double kMostFrames = 1e6;
    if (!number || *number < 0.0 || *number > kMostFrames || *number != static_cast<int>(*number)) {
        return std::nullopt;
    }
    return std::pair(name.substr(0, hash), static_cast<int>(*number));
}

} // namespace

std::map<std::string, PictureFile> picturesOfSamples(const std::vector<std::string>& samples, const dataset::Source& table,
                                                     decode::DecoderPool& pool, const std::stop_token& stop)
{
    std::optional<dataset::ImageFinder> finder;
    if (!table.imageFolder.empty()) { // without a folder nothing is searched: a table may lie anywhere
        finder.emplace(table, pool, stop);
    }
    const std::filesystem::path beside = table.path.parent_path();
    const auto fileOf = [&](const std::string& name) -> std::optional<std::filesystem::path> {
        std::error_code ignored;
        if (const std::filesystem::path plain = beside / name; !name.empty() && std::filesystem::is_regular_file(plain, ignored)) {
            return plain;
        }
        const auto found = finder && !name.empty() ? finder->find(name).files : std::vector<std::filesystem::path>();
        return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
    };
    std::map<std::string, PictureFile> pictures;
    for (const std::string& sample : samples) {
        const auto frame = frameOf(sample);
        if (const auto file = fileOf(frame ? frame->first : sample)) {
            pictures[sample] = {*file, frame ? frame->second : 0};
        } else if (const auto whole = frame ? fileOf(sample) : std::nullopt) { // a '#' of the name itself
            pictures[sample] = {*whole, 0};
        }
    }
    return pictures;
}

} // namespace diascope::pipeline
