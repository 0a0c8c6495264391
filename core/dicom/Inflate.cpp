// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Inflate.h"

#include <zlib.h>

#include <algorithm>
#include <climits>

namespace diascope::dicom {

namespace {

struct Stream {
    z_stream z{};
    bool open = false;
    explicit Stream(int windowBits) { open = inflateInit2(&z, windowBits) == Z_OK; }
    ~Stream()
    {
        if (open) {
            inflateEnd(&z);
        }
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
};

Inflated inflateWith(int windowBits, std::span<const std::byte> deflated, std::size_t limit)
{
    Inflated result;
    Stream stream(windowBits);
    if (!stream.open || deflated.size() > UINT_MAX) {
        result.end = Inflated::End::Damaged;
        return result;
    }
    // zlib only reads through next_in; its C interface lacks the const.
    stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(deflated.data()));
    stream.z.avail_in = static_cast<uInt>(deflated.size());
    std::size_t used = 0;
    while (true) {
        if (used == result.bytes.size()) {
            if (used >= limit) {
                result.end = Inflated::End::TooLarge;
                break;
            }
            // Growth by doubling from twice the input keeps the copies few and the slack bounded.
            result.bytes.resize(std::min(limit, std::max<std::size_t>(used * 2, std::max<std::size_t>(deflated.size() * 2, 65536))));
        }
        const std::size_t room = std::min<std::size_t>(result.bytes.size() - used, UINT_MAX);
        stream.z.next_out = reinterpret_cast<Bytef*>(result.bytes.data() + used);
        stream.z.avail_out = static_cast<uInt>(room);
        const int status = inflate(&stream.z, Z_NO_FLUSH);
        used += room - stream.z.avail_out;
        if (status == Z_STREAM_END) {
            break;
        }
        if (status != Z_OK && status != Z_BUF_ERROR) {
            result.end = Inflated::End::Damaged;
            break;
        }
        if (stream.z.avail_in == 0 && stream.z.avail_out != 0) {
            result.end = Inflated::End::Truncated;
            break;
        }
    }
    result.bytes.resize(used);
    return result;
}

} // namespace

Inflated inflateBytes(std::span<const std::byte> deflated, std::size_t limit)
{
    Inflated raw = inflateWith(-MAX_WBITS, deflated, limit);
    if (raw.end == Inflated::End::Damaged) {
        Inflated wrapped = inflateWith(MAX_WBITS, deflated, limit);
        if (wrapped.end != Inflated::End::Damaged) {
            return wrapped;
        }
    }
    return raw;
}

} // namespace diascope::dicom
