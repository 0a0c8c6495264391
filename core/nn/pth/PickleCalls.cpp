// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/PickleCalls.h"

#include "base/Error.h"
#include "base/Text.h"

#include <algorithm>
#include <array>

namespace diascope::nn {

namespace {

constexpr std::string_view kOrderedDict = "collections OrderedDict", kTensorV2 = "torch._utils _rebuild_tensor_v2",
                           kTensorV1 = "torch._utils _rebuild_tensor", kParameter = "torch._utils _rebuild_parameter", kTorch = "torch ";
constexpr std::array<std::string_view, 10> kStorages{"DoubleStorage", "FloatStorage", "HalfStorage",  "BFloat16Storage", "LongStorage",
                                                     "IntStorage",    "ShortStorage", "CharStorage", "ByteStorage",     "BoolStorage"};
constexpr std::size_t kMaxRank = 64, kMaxKeyBytes = 64, kMostDimensions = 1'000'000;

bool isStorage(std::string_view global)
{
    return global.starts_with(kTorch) && std::find(kStorages.begin(), kStorages.end(), global.substr(kTorch.size())) != kStorages.end();
}

/// A key becomes part of a member's name: letters, digits, _ and -.
bool isPlainKey(std::string_view key)
{
    const auto plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; };
    return !key.empty() && key.size() <= kMaxKeyBytes && std::all_of(key.begin(), key.end(), plain);
}

} // namespace

void PickleCalls::fail(const std::string& reason) const
{
    throw base::Error(base::ErrorCode::Malformed, m_subject, reason);
}

void PickleCalls::checkGlobal(const std::string& module, const std::string& name) const
{
    const std::string both = module + " " + name;
    for (const std::string_view allowed : {kOrderedDict, kTensorV2, kTensorV1, kParameter}) {
        if (both == allowed) {
            return;
        }
    }
    if (isStorage(both)) {
        return;
    }
    throw base::Error(base::ErrorCode::Unsupported, m_subject,
                      "it asks for the Python object '" + base::shortened(base::visibleText(module + "." + name))
                          + "'; only plain tensors are read, and nothing in a weights file is ever run",
                      "In Python, save the state dict alone: safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\").");
}

PickleDocument::Node PickleCalls::call(std::uint32_t function, std::uint32_t arguments)
{
    const Node& callee = m_document.at(function);
    const Node& given = m_document.at(arguments);
    if (callee.kind != Kind::Global || given.kind != Kind::Tuple) {
        fail("its pickle calls something that is not a function");
    }
    if (callee.text == kOrderedDict) {
        return orderedDict(given);
    }
    if (callee.text == kTensorV2 || callee.text == kTensorV1) {
        const std::size_t count = given.items.size();
        if (callee.text == kTensorV1 ? count != 4 : count != 6 && count != 7) {
            fail("a tensor in it is described by " + std::to_string(count) + " values");
        }
        return tensor(given);
    }
    if (callee.text == kParameter) {
        if (given.items.size() != 3 || m_document.at(given.items[0]).kind != Kind::Tensor) {
            fail("a parameter in it is not a tensor");
        }
        return m_document.at(given.items[0]);
    }
    fail("its pickle calls '" + callee.text + "', which is not a function");
}

/// OrderedDict(), or Python 2's OrderedDict([[key, value], ...]).
PickleDocument::Node PickleCalls::orderedDict(const Node& arguments) const
{
    Node made;
    made.kind = Kind::Dictionary;
    if (arguments.items.empty()) {
        return made;
    }
    const Node& pairs = m_document.at(arguments.items[0]);
    if (arguments.items.size() != 1 || pairs.kind != Kind::List) {
        fail("an OrderedDict in it is made from something else than pairs");
    }
    for (const auto index : pairs.items) {
        const Node& pair = m_document.at(index);
        if ((pair.kind != Kind::List && pair.kind != Kind::Tuple) || pair.items.size() != 2) {
            fail("an OrderedDict in it is made from something else than pairs");
        }
        made.items.insert(made.items.end(), pair.items.begin(), pair.items.end());
    }
    return made;
}

std::vector<std::int64_t> PickleCalls::wholeNumbers(std::uint32_t index) const
{
    const Node& tuple = m_document.at(index);
    if (tuple.kind != Kind::Tuple || tuple.items.size() > kMaxRank) {
        fail("the shape or the strides of a tensor in it are not up to 64 numbers");
    }
    std::vector<std::int64_t> numbers;
    for (const auto item : tuple.items) {
        if (m_document.at(item).kind != Kind::Integer || m_document.at(item).integer < 0) {
            fail("the shape or the strides of a tensor in it hold something else than whole numbers from 0 up");
        }
        numbers.push_back(m_document.at(item).integer);
    }
    return numbers;
}

PickleDocument::Node PickleCalls::tensor(const Node& arguments)
{
    const Node& storage = m_document.at(arguments.items[0]);
    const Node& offset = m_document.at(arguments.items[1]);
    if (storage.kind != Kind::Storage || offset.kind != Kind::Integer || offset.integer < 0) {
        fail("a tensor in it is not described by a storage and an offset");
    }
    PickledTensor view{static_cast<std::size_t>(storage.integer), offset.integer, wholeNumbers(arguments.items[2]), wholeNumbers(arguments.items[3])};
    if (view.shape.size() != view.stride.size()) {
        fail("a tensor in it has " + std::to_string(view.shape.size()) + " dimensions but " + std::to_string(view.stride.size()) + " strides");
    }
    m_dimensions += view.shape.size() + 1;
    if (m_dimensions > kMostDimensions) {
        throw base::Error(base::ErrorCode::TooLarge, m_subject, "its tensors have more than a million dimensions in all");
    }
    m_document.tensors.push_back(std::move(view));
    Node node;
    node.kind = Kind::Tensor;
    node.integer = static_cast<std::int64_t>(m_document.tensors.size() - 1);
    return node;
}

PickleDocument::Node PickleCalls::storage(std::uint32_t identity)
{
    const Node& tuple = m_document.at(identity);
    const bool long6 = tuple.kind == Kind::Tuple && tuple.items.size() == 6;
    if (tuple.kind != Kind::Tuple || (tuple.items.size() != 5 && !long6)) {
        fail("it refers to something outside itself that is not a storage");
    }
    const auto item = [&](std::size_t i) -> const Node& { return m_document.at(tuple.items[i]); };
    if (item(0).kind != Kind::Text || item(0).text != "storage" || item(1).kind != Kind::Global || !isStorage(item(1).text)
        || item(2).kind != Kind::Text || item(3).kind != Kind::Text || item(4).kind != Kind::Integer || item(4).integer < 0) {
        fail("it refers to something outside itself that is not a storage");
    }
    if (long6 && item(5).kind != Kind::None) {
        throw base::Error(base::ErrorCode::Unsupported, m_subject, "it holds a storage that is a view of another one, which is not read");
    }
    if (!isPlainKey(item(2).text)) {
        fail("the key of a storage, '" + base::shortened(base::visibleText(item(2).text)) + "', is not a plain name");
    }
    const PickledStorage wanted{item(1).text.substr(kTorch.size()), item(2).text, item(4).integer};
    Node node;
    node.kind = Kind::Storage;
    const auto known = m_storageByKey.find(wanted.key);
    if (known != m_storageByKey.end()) {
        const PickledStorage& first = m_document.storages[known->second];
        if (first.type != wanted.type || first.count != wanted.count) {
            fail("it describes its storage '" + wanted.key + "' in two ways that contradict each other");
        }
        node.integer = static_cast<std::int64_t>(known->second);
        return node;
    }
    m_storageByKey.emplace(wanted.key, m_document.storages.size());
    node.integer = static_cast<std::int64_t>(m_document.storages.size());
    m_document.storages.push_back(wanted);
    return node;
}

void PickleCalls::checkState(std::uint32_t object, std::uint32_t state) const
{
    const Node& values = m_document.at(state);
    bool good = m_document.at(object).kind == Kind::Dictionary && values.kind == Kind::Dictionary;
    for (std::size_t i = 0; good && i < values.items.size(); i += 2) {
        const Node& key = m_document.at(values.items[i]);
        good = key.kind == Kind::Text && key.text == "_metadata";
    }
    if (!good) {
        fail("it sets attributes of an object other than a state dict's '_metadata'");
    }
}

} // namespace diascope::nn
