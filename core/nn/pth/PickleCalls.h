// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/pth/Pickle.h"

#include <unordered_map>

namespace diascope::nn {

/// The few things that a pickle of weights may ask for, as pure data transformations.
class PickleCalls {
public:
    PickleCalls(PickleDocument& document, const std::string& subject) : m_document(document), m_subject(subject) {}

    /// Throws Error{Unsupported} for everything outside the list, naming it.
    void checkGlobal(const std::string& module, const std::string& name) const;
    /// `function`(arguments...): the node that stands for the result.
    [[nodiscard]] PickleDocument::Node call(std::uint32_t function, std::uint32_t arguments);
    /// ('storage', type, key, location, count[, None]): the node of the storage. The same key with other facts is refused.
    [[nodiscard]] PickleDocument::Node storage(std::uint32_t identity);
    /// The state that BUILD sets on an OrderedDict: only torch's `_metadata` is known, and left aside.
    void checkState(std::uint32_t object, std::uint32_t state) const;

private:
    using Node = PickleDocument::Node;
    using Kind = PickleDocument::Kind;
    [[nodiscard]] Node orderedDict(const Node& arguments) const;
    [[nodiscard]] Node tensor(const Node& arguments);
    [[nodiscard]] std::vector<std::int64_t> wholeNumbers(std::uint32_t index) const;
    [[noreturn]] void fail(const std::string& reason) const;

    PickleDocument& m_document;
    const std::string& m_subject;
    std::unordered_map<std::string, std::size_t> m_storageByKey;
    std::size_t m_dimensions = 0; ///< Of all tensors: bounds the memory that a hostile pickle can ask for.
};

} // namespace diascope::nn
