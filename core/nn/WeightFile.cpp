// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/WeightFile.h"

#include "base/AtomicFile.h"
#include "base/Text.h"
#include "nn/PackageSeal.h"
#include "nn/Safetensors.h"
#include "nn/pth/PthReader.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::nn {

namespace {

constexpr std::size_t kLargestWeights = std::size_t{8} << 30;

/// Takes `prefix` off all names when all have it.
bool strip(State& tensors, std::string_view prefix)
{
    const bool all = !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
        return entry.first.starts_with(prefix) && entry.first.size() > prefix.size();
    });
    for (auto& [name, tensor] : tensors) {
        name.erase(0, all ? prefix.size() : 0);
    }
    return all;
}

/// A package of ours: its first member.
void takeFirstMember(WeightFile& file)
{
    const bool several = std::any_of(file.tensors.begin(), file.tensors.end(), [](const auto& entry) { return entry.first.starts_with("members.1."); });
    file.under = "members.0";
    std::erase_if(file.tensors, [](const auto& entry) { return !entry.first.starts_with("members.0."); });
    (void)strip(file.tensors, "members.0.");
    if (several) {
        file.notes.emplace_back("The package holds several networks; the first one was taken.");
    }
}

void describeIgnored(WeightFile& file, const std::vector<std::string>& ignored)
{
    if (ignored.empty()) {
        return;
    }
    constexpr std::size_t kShown = 8;
    std::string text = "Left aside:";
    for (std::size_t i = 0; i < std::min(ignored.size(), kShown); ++i) {
        text += (i == 0 ? " " : ", ") + base::shortened(ignored[i], 40);
    }
    file.notes.push_back(text + (ignored.size() > kShown ? " and " + std::to_string(ignored.size() - kShown) + " more." : "."));
}

} // namespace

WeightFile parseWeights(std::string_view bytes, const std::string& subject)
{
    WeightFile file;
    if (looksLikePth(bytes)) {
        PthFile pth = parsePth(bytes, subject);
        file.tensors = std::move(pth.tensors);
        file.format = "PyTorch checkpoint";
        file.under = std::move(pth.under);
        if (!file.under.empty()) {
            file.notes.push_back("The weights under '" + file.under + "' were taken.");
        }
        describeIgnored(file, pth.ignored);
    } else {
        TensorFile tensors = parseSafetensors(bytes, subject);
        file.tensors = std::move(tensors.tensors);
        file.metadata = std::move(tensors.metadata);
        file.format = "safetensors";
        if (file.metadata.contains(std::string(kManifestKey))) {
            takeFirstMember(file);
        }
    }
    for (const std::string_view prefix : {"module.", "_orig_mod.", "module."}) {
        file.stripped += strip(file.tensors, prefix) ? prefix : std::string_view();
    }
    return file;
}

WeightFile readWeights(const std::filesystem::path& file)
{
    return parseWeights(base::readFile(file, kLargestWeights), file.string());
}

} // namespace diascope::nn
