// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::nn {

/// A storage as a checkpoint refers to it; its numbers lie elsewhere in the file.
struct PickledStorage {
    std::string type; ///< "FloatStorage", "LongStorage", ...
    std::string key;  ///< Letters, digits, _ and - only: never a path.
    std::int64_t count = 0;
};

/// A tensor as a view of a storage, in elements. Nothing is checked against the storage yet.
struct PickledTensor {
    std::size_t storage = 0; ///< Index into PickleDocument::storages.
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape, stride;
};

/// What a pickle says, as plain data: nodes that refer to each other by index, so that neither depth nor cycles can hurt.
struct PickleDocument {
    enum class Kind { None, Boolean, Integer, Other, Text, List, Tuple, Dictionary, Global, Storage, Tensor };
    struct Node {
        Kind kind = Kind::None;
        std::int64_t integer = 0;         ///< Boolean, Integer; Storage and Tensor: index into the lists below.
        std::string text;                 ///< Text; Global: "module name".
        std::vector<std::uint32_t> items; ///< Elements; a Dictionary's keys and values in turn.
    };
    std::vector<Node> nodes;
    std::vector<PickledStorage> storages;
    std::vector<PickledTensor> tensors;
    std::uint32_t root = 0;

    [[nodiscard]] const Node& at(std::uint32_t index) const { return nodes[index]; }
};

/// Reads one pickle from the front of `bytes` and moves the view behind it. Runs nothing: an own interpreter of the opcodes that torch.save
/// uses (protocols 2 to 5), for which these globals alone exist: collections.OrderedDict, torch._utils._rebuild_tensor_v2,
/// _rebuild_tensor, _rebuild_parameter and torch's typed storages. Memory is bounded by a fixed multiple of the pickle's length.
/// Throws Error{Malformed|Unsupported|TooLarge} naming `subject` and the reason.
[[nodiscard]] PickleDocument readPickle(std::string_view& bytes, const std::string& subject);

} // namespace diascope::nn
