// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/PthReader.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/TorchErrors.h"
#include "nn/pth/Pickle.h"
#include "nn/pth/PthStorages.h"
#include "nn/pth/ZipReader.h"

#include <torch/torch.h>

#include <array>
#include <unordered_set>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;
using Kind = PickleDocument::Kind;
using Node = PickleDocument::Node;

/// Protocol 2 and the magic number 0x1950a86a20f9469cfc6c as torch.save wrote it before version 1.6.
constexpr std::string_view kStreamMagic{"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15};
constexpr std::string_view kZipMagic{"PK\x03\x04", 4};
constexpr std::int64_t kStreamProtocol = 1001;
constexpr std::uint64_t kLargestPickle = std::uint64_t{64} << 20;
/// Where checkpoints keep their weights; averaged weights first, because they are the better ones.
constexpr std::array<std::string_view, 8> kNests{"state_dict_ema", "model_ema", "ema_state_dict", "state_dict", "model_state_dict", "model", "net", "network"};

[[noreturn]] void malformedPth(const std::string& subject, const std::string& reason)
{
    throw Error(ErrorCode::Malformed, subject, reason);
}

/// The value under a text key, or nullptr.
const Node* valueOf(const PickleDocument& document, const Node& dictionary, std::string_view key)
{
    for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
        const Node& name = document.at(dictionary.items[i]);
        if (name.kind == Kind::Text && name.text == key) {
            return &document.at(dictionary.items[i + 1]);
        }
    }
    return nullptr;
}

bool holdsTensors(const PickleDocument& document, const Node& node)
{
    for (std::size_t i = 1; node.kind == Kind::Dictionary && i < node.items.size(); i += 2) {
        if (document.at(node.items[i]).kind == Kind::Tensor) {
            return true;
        }
    }
    return false;
}

/// Finds the dictionary of tensors, from `dictionary` down.
const Node& stateDictOf(const PickleDocument& document, const Node& dictionary, PthFile& file, const std::string& subject)
{
    if (dictionary.kind != Kind::Dictionary) {
        malformedPth(subject, "it holds no dictionary of tensors");
    }
    for (const std::string_view nest : kNests) {
        const Node* inner = valueOf(document, dictionary, nest);
        if (inner == nullptr || !holdsTensors(document, *inner)) {
            continue;
        }
        file.under = nest;
        for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
            const Node& key = document.at(dictionary.items[i]);
            if (key.kind == Kind::Text && key.text != nest) {
                file.ignored.push_back(key.text);
            }
        }
        return *inner;
    }
    if (!holdsTensors(document, dictionary)) {
        malformedPth(subject, "no tensor stands at its top or under state_dict, model and the like");
    }
    return dictionary;
}

void takeTensors(const PickleDocument& document, PthStorages& storages, PthFile& file, const std::string& subject)
{
    const Node& dictionary = stateDictOf(document, document.at(document.root), file, subject);
    std::unordered_set<std::string> names;
    for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
        const Node& key = document.at(dictionary.items[i]);
        const Node& value = document.at(dictionary.items[i + 1]);
        if (value.kind != Kind::Tensor) {
            file.ignored.push_back(key.kind == Kind::Text ? key.text : "(a key that is not a text)");
            continue;
        }
        constexpr std::size_t kLongestName = 4096;
        if (key.kind != Kind::Text || key.text.empty() || key.text.size() > kLongestName || key.text.find('\0') != std::string::npos) {
            malformedPth(subject, "a tensor in it has no usable name");
        }
        if (!names.insert(key.text).second) {
            malformedPth(subject, "the name '" + base::shortened(base::visibleText(key.text)) + "' stands twice in it");
        }
        file.tensors.emplace_back(key.text, storages.tensor(document, document.tensors[static_cast<std::size_t>(value.integer)]));
    }
}

/// The one folder of the archive that holds data.pkl; all members must lie in it.
std::string rootOf(const ZipReader& archive, const std::string& subject)
{
    std::string root;
    for (const auto& [name, member] : archive.members()) {
        const std::size_t slash = name.find('/');
        if (slash == std::string::npos || (!root.empty() && name.substr(0, slash) != root)) {
            malformedPth(subject, "the ZIP archive does not have the one folder that torch.save writes ('" + base::shortened(base::visibleText(name)) + "')");
        }
        root = name.substr(0, slash);
    }
    if (!archive.members().contains(root + "/data.pkl")) {
        malformedPth(subject, "the ZIP archive holds no data.pkl: it is not a PyTorch checkpoint");
    }
    for (const auto& [name, member] : archive.members()) {
        if (name == root + "/constants.pkl" || name.starts_with(root + "/code/")) {
            throw Error(ErrorCode::Unsupported, subject, "it is a TorchScript program ('" + base::shortened(name) + "'), and code is never loaded",
                        "In Python, save the state dict alone: torch.save(model.state_dict(), \"weights.pth\").");
        }
    }
    return root;
}

bool isBigEndian(const ZipReader& archive, const std::string& root, const std::string& subject)
{
    const auto found = archive.members().find(root + "/byteorder");
    if (found == archive.members().end()) {
        return false; // Before PyTorch 2.1 files had none, and were little-endian.
    }
    constexpr std::uint64_t kLongest = 16;
    std::string buffer;
    const std::string_view order = found->second.size > kLongest ? std::string_view() : archive.read(found->first, found->second, buffer);
    if (order != "little" && order != "big") {
        malformedPth(subject, "its byte order '" + base::shortened(base::visibleText(order)) + "' is neither little nor big");
    }
    return order == "big";
}

PthFile parseArchive(std::string_view bytes, const std::string& subject)
{
    const ZipReader archive(bytes, subject);
    const std::string root = rootOf(archive, subject);
    const auto& member = *archive.members().find(root + "/data.pkl");
    if (member.second.size > kLargestPickle) {
        throw Error(ErrorCode::TooLarge, subject, "its data.pkl has " + std::to_string(member.second.size) + " bytes; the limit is 64 MiB");
    }
    std::string buffer;
    std::string_view pickle = archive.read(member.first, member.second, buffer);
    const PickleDocument document = readPickle(pickle, subject);
    if (!pickle.empty()) {
        malformedPth(subject, std::to_string(pickle.size()) + " bytes follow the end of its data.pkl");
    }
    PthStorages storages(subject);
    storages.useArchive(archive, root, isBigEndian(archive, root, subject));
    PthFile file;
    takeTensors(document, storages, file, subject);
    return file;
}

PthFile parseStream(std::string_view bytes, const std::string& subject)
{
    bytes.remove_prefix(kStreamMagic.size());
    const PickleDocument protocol = readPickle(bytes, subject);
    if (protocol.at(protocol.root).kind != Kind::Integer || protocol.at(protocol.root).integer != kStreamProtocol) {
        throw Error(ErrorCode::Unsupported, subject, "its stream is of another protocol than 1001");
    }
    const PickleDocument system = readPickle(bytes, subject);
    const Node* little = valueOf(system, system.at(system.root), "little_endian");
    if (system.at(system.root).kind != Kind::Dictionary || little == nullptr || little->kind != Kind::Boolean || little->integer != 1) {
        throw Error(ErrorCode::Unsupported, subject, "its stream was not written by a little-endian machine, or does not say so");
    }
    const PickleDocument document = readPickle(bytes, subject);
    const PickleDocument list = readPickle(bytes, subject);
    std::vector<std::string> keys;
    for (const auto item : list.at(list.root).items) {
        if (list.at(list.root).kind != Kind::List || list.at(item).kind != Kind::Text) {
            malformedPth(subject, "the list of its storages holds something else than names");
        }
        keys.push_back(list.at(item).text);
    }
    PthStorages storages(subject);
    storages.useStream(document, keys, bytes);
    PthFile file;
    takeTensors(document, storages, file, subject);
    return file;
}

} // namespace

bool looksLikePth(std::string_view bytes)
{
    return bytes.starts_with(kZipMagic) || bytes.starts_with(kStreamMagic);
}

PthFile parsePth(std::string_view bytes, const std::string& subject)
{
    return translated("reading a PyTorch checkpoint", [&] {
        const c10::InferenceMode ordinary(false);
        if (bytes.starts_with(kZipMagic)) {
            return parseArchive(bytes, subject);
        }
        if (bytes.starts_with(kStreamMagic)) {
            return parseStream(bytes, subject);
        }
        malformedPth(subject, "it is neither of the two kinds of file that torch.save writes");
    });
}

} // namespace diascope::nn
