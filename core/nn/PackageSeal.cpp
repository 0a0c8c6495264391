// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/PackageSeal.h"

#include "base/Error.h"
#include "base/Hash.h"
#include "nn/Safetensors.h"

namespace diascope::nn {

namespace {

constexpr std::size_t kDigits = 64;

/// Position of the digits in `head`; npos when they are not there.
std::size_t positionOf(std::string_view head, const std::string& seal)
{
    const std::string entry = "\"" + std::string(kSealKey) + "\":\"" + seal + "\"";
    const auto found = head.find(entry);
    return found == std::string_view::npos ? found : found + entry.size() - 1 - kDigits;
}

} // namespace

std::string blankSeal()
{
    return std::string(kDigits, '0');
}

std::string sealed(std::string bytes)
{
    const std::string_view head = std::string_view(bytes).substr(0, bytes.size() - tensorSection(bytes).size());
    const std::size_t position = positionOf(head, blankSeal());
    if (position == std::string_view::npos) {
        throw base::Error(base::ErrorCode::Internal, "package", "there is no place for the seal");
    }
    bytes.replace(position, kDigits, base::sha256Hex(head));
    return bytes;
}

bool isIntact(std::string_view bytes, const std::string& seal)
{
    if (seal.size() != kDigits) {
        return false;
    }
    std::string head(bytes.substr(0, bytes.size() - tensorSection(bytes).size()));
    const std::size_t position = positionOf(head, seal);
    if (position == std::string::npos) {
        return false;
    }
    head.replace(position, kDigits, blankSeal());
    return base::sha256Hex(head) == seal;
}

} // namespace diascope::nn
