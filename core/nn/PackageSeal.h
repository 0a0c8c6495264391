// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace diascope::nn {

/// Metadata keys of a package.
inline constexpr std::string_view kManifestKey = "diascope";
inline constexpr std::string_view kSealKey = "diascope.sha256";

/// What stands under kSealKey until sealed() fills it in: 64 zeros.
[[nodiscard]] std::string blankSeal();

/// The seal is the SHA-256 of everything before the tensor section (header length and header) with the seal's own digits taken as
/// zeros; the header holds the manifest, and that the SHA-256 of the tensor section. So the two hashes cover every bit of the file.
/// `bytes`: a safetensors file whose metadata holds blankSeal(). Returns it with the seal filled in.
[[nodiscard]] std::string sealed(std::string bytes);

/// Whether the seal found in the metadata fits the file.
[[nodiscard]] bool isIntact(std::string_view bytes, const std::string& seal);

} // namespace diascope::nn
