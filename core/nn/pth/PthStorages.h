// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/pth/Pickle.h"
#include "nn/pth/ZipReader.h"

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>

namespace diascope::nn {

/// Where the numbers of a checkpoint's storages lie. They are copied into aligned memory of this machine's byte order on first use.
class PthStorages {
public:
    explicit PthStorages(std::string subject) : m_subject(std::move(subject)) {}

    /// The storages of a ZIP archive, members "<root>/data/<key>".
    void useArchive(const ZipReader& archive, std::string root, bool bigEndian);
    /// The storages of the older stream: what follows its last pickle. `keys` in the order of the stream; everything must be used up.
    void useStream(const PickleDocument& document, const std::vector<std::string>& keys, std::string_view bytes);

    /// The tensor as an independent, contiguous copy. All tensors together may take four times the storages' bytes and 1 MiB (views may
    /// repeat numbers). Throws Error{Malformed|TooLarge}.
    [[nodiscard]] at::Tensor tensor(const PickleDocument& document, const PickledTensor& view);

private:
    [[nodiscard]] at::Tensor numbers(const PickledStorage& storage);
    [[nodiscard]] std::string_view bytesOf(const PickledStorage& storage, std::string& buffer);
    void checkView(const PickledTensor& view, const PickledStorage& storage) const;
    [[noreturn]] void fail(const std::string& reason) const;

    std::string m_subject;
    const ZipReader* m_archive = nullptr;
    std::string m_root;
    bool m_bigEndian = false;
    std::map<std::string, std::string_view> m_stream;
    std::map<std::string, at::Tensor> m_numbers;
    std::uint64_t m_storageBytes = 0, m_tensorBytes = 0;
};

} // namespace diascope::nn
