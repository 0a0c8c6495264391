// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Safetensors.h"

#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Json.h"
#include "base/Text.h"
#include "nn/SafetensorsHeader.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_set>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and tensors are copied as they are");

struct ElementType {
    std::string_view name;
    at::ScalarType type;
    std::uint64_t bytes;
};
constexpr std::array<ElementType, 13> kTypes{{{"F64", at::kDouble, 8},
                                              {"F32", at::kFloat, 4},
                                              {"F16", at::kHalf, 2},
                                              {"BF16", at::kBFloat16, 2},
                                              {"I64", at::kLong, 8},
                                              {"I32", at::kInt, 4},
                                              {"I16", at::kShort, 2},
                                              {"I8", at::kChar, 1},
                                              {"U8", at::kByte, 1},
                                              {"U16", at::kUInt16, 2},
                                              {"U32", at::kUInt32, 4},
                                              {"U64", at::kUInt64, 8},
                                              {"BOOL", at::kBool, 1}}};
constexpr std::size_t kLengthBytes = 8;

[[noreturn]] void malformed(const std::string& subject, const std::string& reason)
{
    throw Error(ErrorCode::Malformed, subject, reason);
}

/// What a file of another kind is, when its first bytes tell; empty otherwise.
std::string_view otherKind(std::string_view bytes)
{
    constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
        {"PK\x03\x04", "a ZIP archive, as PyTorch writes it (.pth)"},
        {"\x80\x02", "a Python pickle"},
        {"\x1f\x8b", "a gzip archive"},
        {"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes it (.h5)"},
        {"version https://git-lfs", "a Git LFS pointer; the weights themselves were never downloaded"},
        {"<", "a web page or XML"},
    };
    for (const auto& [magic, kind] : kKinds) {
        if (bytes.starts_with(magic)) {
            return kind;
        }
    }
    return {};
}

/// Refuses what does not even begin as the format does; says what it is instead where the first bytes tell.
[[noreturn]] void notSafetensors(std::string_view bytes, const std::string& subject, const std::string& reason)
{
    const auto kind = otherKind(bytes);
    malformed(subject, kind.empty() ? reason : "it is not a safetensors file but " + std::string(kind));
}

/// Length of the JSON header.
std::size_t headerLength(std::string_view bytes, const std::string& subject)
{
    if (bytes.size() < kLengthBytes) {
        notSafetensors(bytes, subject, "it has " + std::to_string(bytes.size()) + " bytes; a safetensors file starts with 8 bytes of header length");
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    if (length > bytes.size() - kLengthBytes) {
        notSafetensors(bytes, subject, "its header claims " + std::to_string(length) + " bytes, the file has " + std::to_string(bytes.size()));
    }
    if (length == 0 || bytes[kLengthBytes] != '{') {
        notSafetensors(bytes, subject, "its header does not start with {");
    }
    if (length > kMaxSafetensorsHeader) {
        throw Error(ErrorCode::TooLarge, subject, "its header has " + std::to_string(length) + " bytes; the limit is 16 MiB");
    }
    return static_cast<std::size_t>(length);
}

/// a * b, or nothing when it does not fit into 63 bits.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b)
{
    constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (a != 0 && b > kLargest / a) {
        return std::nullopt;
    }
    return a * b;
}

const ElementType& typeOf(const TensorEntry& entry, const std::string& subject)
{
    const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ElementType& t) { return t.name == entry.dtype; });
    if (found == kTypes.end()) {
        throw Error(ErrorCode::Unsupported, subject,
                    "the tensor '" + base::shortened(entry.name) + "' has the element type '" + base::shortened(entry.dtype) + "', which is not read");
    }
    return *found;
}

/// Bytes that the shape asks for. Also refuses shapes whose extent without their zeros overflows: strides are computed from it.
std::uint64_t byteCount(const TensorEntry& entry, const ElementType& type, const std::string& subject)
{
    std::optional<std::uint64_t> count = type.bytes, extent = type.bytes;
    for (const std::uint64_t size : entry.shape) {
        count = count ? product(*count, size) : std::nullopt;
        extent = extent ? product(*extent, std::max<std::uint64_t>(size, 1)) : std::nullopt;
    }
    if (!count || !extent) {
        malformed(subject, "the shape of '" + base::shortened(entry.name) + "' is larger than any file");
    }
    return *count;
}

at::Tensor tensorOf(const TensorEntry& entry, const ElementType& type, std::string_view data, const std::string& subject)
{
    const std::string_view bytes = data.substr(entry.begin, entry.end - entry.begin);
    if (type.type == at::kBool && std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0 && c != 1; })) {
        malformed(subject, "the truth values of '" + base::shortened(entry.name) + "' are not all 0 or 1");
    }
    const std::vector<std::int64_t> shape(entry.shape.begin(), entry.shape.end());
    at::Tensor tensor = at::empty(shape, type.type);
    if (!bytes.empty()) {
        std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
    }
    return tensor;
}

/// The tensors must fill the section one after the other, without holes, overlaps or a rest.
void checkLayout(std::vector<TensorEntry>& entries, std::size_t available, const std::string& subject)
{
    std::stable_sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t cursor = 0;
    for (const TensorEntry& entry : entries) {
        const std::string name = "the tensor '" + base::shortened(entry.name) + "'";
        if (entry.end < entry.begin || entry.end > available) {
            malformed(subject, name + " lies at bytes " + std::to_string(entry.begin) + " to " + std::to_string(entry.end) + " of "
                                   + std::to_string(available));
        }
        if (entry.begin != cursor) {
            malformed(subject, name + " begins at byte " + std::to_string(entry.begin) + " where " + std::to_string(cursor)
                                   + " is the next: an overlap or a hole");
        }
        const auto& type = typeOf(entry, subject);
        const std::uint64_t wanted = byteCount(entry, type, subject);
        if (entry.end - entry.begin != wanted) {
            malformed(subject, name + " has " + std::to_string(entry.end - entry.begin) + " bytes, its shape asks for " + std::to_string(wanted));
        }
        cursor = entry.end;
    }
    if (cursor != available) {
        malformed(subject, std::to_string(available - cursor) + " bytes at its end belong to no tensor");
    }
}

struct Outgoing {
    const std::string* name;
    at::Tensor tensor; ///< Contiguous, on the CPU.
    const ElementType* type;
};

std::vector<Outgoing> laidOut(const State& tensors)
{
    std::vector<Outgoing> out;
    std::unordered_set<std::string> names;
    for (const auto& [name, tensor] : tensors) {
        const auto type = std::find_if(kTypes.begin(), kTypes.end(), [wanted = tensor.scalar_type()](const ElementType& t) { return t.type == wanted; });
        if (type == kTypes.end()) {
            throw Error(ErrorCode::Usage, name, std::string("the element type ") + c10::toString(tensor.scalar_type()) + " cannot be written");
        }
        if (name.empty() || name == "__metadata__" || !names.insert(name).second) {
            throw Error(ErrorCode::Usage, name.empty() ? "tensor" : name, "a name of a tensor is empty, reserved or given twice");
        }
        out.push_back({&name, tensor.detach().to(at::kCPU).contiguous(), &*type});
    }
    std::sort(out.begin(), out.end(), [](const Outgoing& a, const Outgoing& b) {
        return a.type->bytes != b.type->bytes ? a.type->bytes > b.type->bytes : *a.name < *b.name;
    });
    return out;
}

/// Appends a JSON string. Throws nlohmann's type_error for what is not UTF-8.
void appendQuoted(std::string& json, const std::string& text)
{
    json.append(base::Json(text).dump());
}

std::string headerOf(const std::vector<Outgoing>& tensors, const std::map<std::string, std::string>& metadata)
{
    std::string json = "{";
    if (!metadata.empty()) {
        json.append("\"__metadata__\":{");
        for (const auto& [key, value] : metadata) {
            json.append(json.back() == '{' ? "" : ",");
            appendQuoted(json, key);
            json.append(":");
            appendQuoted(json, value);
        }
        json.append("}");
    }
    std::uint64_t offset = 0;
    for (const Outgoing& out : tensors) {
        const std::uint64_t end = offset + out.tensor.nbytes();
        json.append(json.size() == 1 ? "" : ",");
        appendQuoted(json, *out.name);
        json.append(":{\"dtype\":\"").append(out.type->name).append("\",\"shape\":").append(base::Json(out.tensor.sizes().vec()).dump());
        json.append(",\"data_offsets\":[").append(std::to_string(offset)).append(",").append(std::to_string(end)).append("]}");
        offset = end;
    }
    json.append("}");
    json.append((8 - json.size() % 8) % 8, ' '); // Aligns the tensors.
    return json;
}

} // namespace

TensorFile parseSafetensors(std::string_view bytes, const std::string& subject)
{
    const std::size_t length = headerLength(bytes, subject);
    SafetensorsHeader header = parseSafetensorsHeader(bytes.substr(kLengthBytes, length), subject);
    const std::string_view data = bytes.substr(kLengthBytes + length);
    checkLayout(header.entries, data.size(), subject);
    TensorFile file;
    file.metadata = std::move(header.metadata);
    translated("reading tensors", [&] {
        const c10::InferenceMode ordinary(false);
        for (const TensorEntry& entry : header.entries) {
            file.tensors.emplace_back(entry.name, tensorOf(entry, typeOf(entry, subject), data, subject));
        }
    });
    return file;
}

TensorFile readSafetensors(const std::filesystem::path& file)
{
    return parseSafetensors(base::readFile(file), file.string());
}

std::string serialiseSafetensors(const State& tensors, const std::map<std::string, std::string>& metadata)
{
    return translated("writing tensors", [&] {
        const std::vector<Outgoing> out = laidOut(tensors);
        std::string header;
        try {
            header = headerOf(out, metadata);
        } catch (const nlohmann::json::exception& error) {
            throw Error(ErrorCode::Usage, "metadata", std::string("a name or a metadata text is not UTF-8: ") + error.what());
        }
        if (header.size() > kMaxSafetensorsHeader) {
            throw Error(ErrorCode::TooLarge, "metadata", "the header would have " + std::to_string(header.size()) + " bytes; the limit is 16 MiB");
        }
        std::size_t total = kLengthBytes + header.size();
        for (const Outgoing& tensor : out) {
            total += tensor.tensor.nbytes();
        }
        std::string bytes;
        bytes.reserve(total);
        const auto length = static_cast<std::uint64_t>(header.size());
        bytes.append(reinterpret_cast<const char*>(&length), kLengthBytes);
        bytes += header;
        for (const Outgoing& tensor : out) {
            bytes.append(static_cast<const char*>(tensor.tensor.data_ptr()), tensor.tensor.nbytes());
        }
        return bytes;
    });
}

std::string_view tensorSection(std::string_view bytes)
{
    return bytes.substr(kLengthBytes + headerLength(bytes, "safetensors"));
}

} // namespace diascope::nn
