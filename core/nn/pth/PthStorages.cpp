// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/PthStorages.h"

#include "base/Error.h"
#include "base/Text.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace diascope::nn {

namespace {

static_assert(std::endian::native == std::endian::little, "storages are copied as they are");

struct StorageType {
    std::string_view name;
    at::ScalarType type;
    std::uint64_t bytes;
};
constexpr std::array<StorageType, 10> kStorageTypes{{{"DoubleStorage", at::kDouble, 8},
                                                     {"FloatStorage", at::kFloat, 4},
                                                     {"HalfStorage", at::kHalf, 2},
                                                     {"BFloat16Storage", at::kBFloat16, 2},
                                                     {"LongStorage", at::kLong, 8},
                                                     {"IntStorage", at::kInt, 4},
                                                     {"ShortStorage", at::kShort, 2},
                                                     {"CharStorage", at::kChar, 1},
                                                     {"ByteStorage", at::kByte, 1},
                                                     {"BoolStorage", at::kBool, 1}}};

const StorageType& storageType(const PickledStorage& storage)
{
    return *std::find_if(kStorageTypes.begin(), kStorageTypes.end(), [&](const StorageType& t) { return t.name == storage.type; }); // checked at unpickling
}

void swapBytes(char* bytes, std::size_t count, std::size_t elementBytes)
{
    for (std::size_t at = 0; at < count; at += elementBytes) {
        std::reverse(bytes + at, bytes + at + elementBytes);
    }
}

} // namespace

void PthStorages::fail(const std::string& reason) const
{
    throw base::Error(base::ErrorCode::Malformed, m_subject, reason);
}

void PthStorages::useArchive(const ZipReader& archive, std::string root, bool bigEndian)
{
    m_archive = &archive;
    m_root = std::move(root);
    m_bigEndian = bigEndian;
}

void PthStorages::useStream(const PickleDocument& document, const std::vector<std::string>& keys, std::string_view bytes)
{
    for (const auto& key : keys) {
        const auto found = std::find_if(document.storages.begin(), document.storages.end(), [&](const PickledStorage& s) { return s.key == key; });
        if (found == document.storages.end() || m_stream.contains(key)) {
            fail("the list of its storages names '" + base::shortened(base::visibleText(key)) + "' twice, or no tensor uses it");
        }
        std::uint64_t count = 0;
        if (bytes.size() < sizeof count) {
            fail("it is cut off before storage '" + key + "'");
        }
        std::memcpy(&count, bytes.data(), sizeof count);
        bytes.remove_prefix(sizeof count);
        if (count != static_cast<std::uint64_t>(found->count)) {
            fail("storage '" + key + "' has " + std::to_string(static_cast<std::int64_t>(count)) + " numbers, its tensors count on " + std::to_string(found->count));
        }
        if (count > bytes.size() / storageType(*found).bytes) {
            fail("it is cut off within storage '" + key + "'");
        }
        const std::size_t length = count * storageType(*found).bytes;
        m_stream.emplace(key, bytes.substr(0, length));
        bytes.remove_prefix(length);
    }
    if (!bytes.empty()) {
        fail(std::to_string(bytes.size()) + " bytes at its end belong to no storage");
    }
}

std::string_view PthStorages::bytesOf(const PickledStorage& storage, std::string& buffer)
{
    if (m_archive == nullptr) {
        const auto found = m_stream.find(storage.key);
        if (found == m_stream.end()) {
            fail("storage '" + storage.key + "' is not in it");
        }
        return found->second;
    }
    const std::string name = m_root + "/data/" + storage.key;
    const auto found = m_archive->members().find(name);
    if (found == m_archive->members().end()) {
        fail("storage '" + storage.key + "' is not in it");
    }
    const std::uint64_t elementBytes = storageType(storage).bytes;
    if (found->second.size % elementBytes != 0 || found->second.size / elementBytes != static_cast<std::uint64_t>(storage.count)) {
        fail("storage '" + storage.key + "' has " + std::to_string(found->second.size) + " bytes, its tensors count on " + std::to_string(storage.count)
             + " numbers of " + std::to_string(elementBytes));
    }
    return m_archive->read(name, found->second, buffer);
}

at::Tensor PthStorages::numbers(const PickledStorage& storage)
{
    if (const auto known = m_numbers.find(storage.key); known != m_numbers.end()) {
        return known->second;
    }
    std::string buffer;
    const std::string_view bytes = bytesOf(storage, buffer);
    const StorageType& type = storageType(storage);
    if (type.type == at::kBool && std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0 && c != 1; })) {
        fail("the truth values of storage '" + storage.key + "' are not all 0 or 1");
    }
    const at::Tensor values = at::empty({storage.count}, type.type);
    if (!bytes.empty()) {
        std::memcpy(values.data_ptr(), bytes.data(), bytes.size());
        if (m_bigEndian && type.bytes > 1) {
            swapBytes(static_cast<char*>(values.data_ptr()), bytes.size(), type.bytes);
        }
    }
    m_storageBytes += bytes.size();
    m_numbers.emplace(storage.key, values);
    return values;
}

/// Every element must lie within the storage; strides may repeat elements.
void PthStorages::checkView(const PickledTensor& view, const PickledStorage& storage) const
{
    const std::string where = "a tensor of storage '" + storage.key + "' ";
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    std::int64_t extent = 1; // Product of the sizes, zeros left out: must not overflow even then.
    bool empty = false;
    for (const auto size : view.shape) {
        empty = empty || size == 0;
        if (extent > kLargest / 16 / std::max<std::int64_t>(size, 1)) {
            fail(where + "has a shape larger than any file");
        }
        extent *= std::max<std::int64_t>(size, 1);
    }
    std::int64_t last = view.offset; // Index of the last element.
    for (std::size_t i = 0; !empty && i < view.shape.size(); ++i) {
        const std::int64_t steps = view.shape[i] - 1;
        if (steps > 0 && view.stride[i] > (kLargest - last) / steps) {
            fail(where + "reaches outside of it");
        }
        last += steps * view.stride[i];
    }
    if (empty ? view.offset > storage.count : last >= storage.count) {
        fail(where + "reaches outside of it");
    }
}

at::Tensor PthStorages::tensor(const PickleDocument& document, const PickledTensor& view)
{
    const PickledStorage& storage = document.storages[view.storage];
    checkView(view, storage);
    const at::Tensor values = numbers(storage);
    std::uint64_t bytes = storageType(storage).bytes;
    for (const auto size : view.shape) {
        bytes *= static_cast<std::uint64_t>(size); // checkView: fits.
    }
    constexpr std::uint64_t kRepeats = 4, kAlways = std::uint64_t{1} << 20;
    if (bytes > kRepeats * m_storageBytes + kAlways || m_tensorBytes + bytes > kRepeats * m_storageBytes + kAlways) {
        throw base::Error(base::ErrorCode::TooLarge, m_subject,
                          "its tensors repeat their numbers to more than four times what is stored (storage '" + storage.key + "')");
    }
    m_tensorBytes += bytes;
    if (bytes == 0) {
        return at::empty(view.shape, values.options());
    }
    return values.as_strided(view.shape, view.stride, view.offset).clone(at::MemoryFormat::Contiguous);
}

} // namespace diascope::nn
