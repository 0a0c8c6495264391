// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace diascope::nn {

/// What a safetensors file holds.
struct TensorFile {
    State tensors;                               ///< On the CPU, contiguous, independent of the bytes they came from.
    std::map<std::string, std::string> metadata; ///< The header's "__metadata__".
};

/// Longest header that is read: far above that of any real network, low enough that a hostile one costs little.
inline constexpr std::size_t kMaxSafetensorsHeader = std::size_t{16} << 20;

/// Reads a safetensors file of unknown origin: u64 little-endian header size, JSON header, tensor bytes row-major without holes, overlaps
/// or a rest. Strict: duplicate names, leading blanks, ranks over 64 and everything else that is not exactly the format are refused.
/// Types: F64 F32 F16 BF16 I64 I32 I16 I8 U8 U16 U32 U64 BOOL. Nothing is mapped: a file that shrinks meanwhile cannot hurt.
/// Throws Error{Malformed|Unsupported|TooLarge} naming the file and the reason, and whatever base::readFile throws.
[[nodiscard]] TensorFile readSafetensors(const std::filesystem::path& file);
/// The same for bytes at hand; `subject` names them in errors.
[[nodiscard]] TensorFile parseSafetensors(std::string_view bytes, const std::string& subject);

/// The bytes of a safetensors file, for base::writeFileAtomically. Deterministic: the same names, values and metadata give the same
/// bytes, whatever the order. Tensors may live on any device and have any strides; they are laid out by falling element size, then
/// name, so that each is aligned. Throws Error{Usage} for names twice or empty and for element types that the format does not have.
[[nodiscard]] std::string serialiseSafetensors(const State& tensors, const std::map<std::string, std::string>& metadata = {});

/// The part of a file that holds tensor bytes. Only for bytes that parseSafetensors accepts.
[[nodiscard]] std::string_view tensorSection(std::string_view bytes);

} // namespace diascope::nn
