// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Hash.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

/// Checkpoints of PyTorch, put together byte by byte: good ones and ones that no one should trust.
namespace diascope::tests::pth {

/// `value` in little-endian order.
inline std::string le(std::uint64_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i) {
        text.push_back(static_cast<char>(value >> (8 * i)));
    }
    return text;
}

inline std::string text(const std::string& value) { return "X" + le(value.size(), 4) + value; }
inline std::string integer(std::int64_t value)
{
    return value >= 0 && value < 256 ? "K" + le(static_cast<std::uint64_t>(value), 1) : std::string("\x8a\x08", 2) + le(static_cast<std::uint64_t>(value), 8);
}
inline std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
inline std::string call(const std::string& function, const std::string& arguments) { return function + tuple(arguments) + "R"; }

struct Storage {
    std::string key = "0";
    std::int64_t count = 4;
    std::string type = "FloatStorage";
};
struct View {
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape{2, 2}, stride{2, 1};
    Storage storage;
};

inline std::string numbers(const std::vector<std::int64_t>& values)
{
    std::string items;
    for (const auto value : values) {
        items += integer(value);
    }
    return tuple(items);
}

/// torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, False, OrderedDict()).
inline std::string tensor(const View& view = {})
{
    const auto& s = view.storage;
    const std::string storage = tuple(text("storage") + global("torch", s.type) + text(s.key) + text("cpu") + integer(s.count)) + "Q";
    return call(global("torch._utils", "_rebuild_tensor_v2"), storage + integer(view.offset) + numbers(view.shape) + numbers(view.stride) + "\x89"
                                                                  + global("collections", "OrderedDict") + ")R");
}

/// A whole pickle (protocol 2) with this value.
inline std::string pickle(const std::string& value) { return std::string("\x80\x02", 2) + value + "."; }
/// A dictionary of already pickled values.
inline std::string dictionary(const std::vector<std::pair<std::string, std::string>>& items)
{
    std::string body = "}(";
    for (const auto& [key, value] : items) {
        body += text(key) + value;
    }
    return body + "u";
}

using Members = std::vector<std::pair<std::string, std::string>>;

/// A ZIP archive of stored members.
inline std::string zip(const Members& members)
{
    std::string bytes, directory;
    for (const auto& [name, data] : members) {
        const std::string facts = le(base::crc32(data), 4) + le(data.size(), 4) + le(data.size(), 4) + le(name.size(), 2) + le(0, 2);
        const std::string common = std::string("\x14\0\0\0\0\0\0\0\x21\0", 10) + facts; // version, flags, method, time, date
        directory += std::string("PK\x01\x02\x14\x03", 6) + common + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(bytes.size(), 4) + name;
        bytes += std::string("PK\x03\x04", 4) + common + name + data;
    }
    return bytes + directory + std::string("PK\x05\x06\0\0\0\0", 8) + le(members.size(), 2) + le(members.size(), 2) + le(directory.size(), 4)
        + le(bytes.size(), 4) + le(0, 2);
}

/// Four floats 1, 2, 3, 4.
inline std::string fourFloats()
{
    const float values[] = {1, 2, 3, 4};
    std::string bytes(sizeof values, '\0');
    std::memcpy(bytes.data(), values, sizeof values);
    return bytes;
}

/// What torch.save would write for this pickle and one storage.
inline std::string archive(const std::string& dataPickle, const std::string& storage = fourFloats())
{
    return zip({{"archive/data.pkl", dataPickle}, {"archive/byteorder", "little"}, {"archive/data/0", storage}, {"archive/version", "3\n"}});
}

/// The stream of PyTorch before 1.6.
inline std::string stream(const std::string& object, const std::string& keys, const std::string& storages)
{
    const std::string magic("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);
    const std::string system = pickle("}(" + text("protocol_version") + std::string("M\xe9\x03", 3) + text("little_endian") + "\x88u");
    return magic + pickle(std::string("M\xe9\x03", 3)) + system + pickle(object) + pickle(keys) + storages;
}

} // namespace diascope::tests::pth
