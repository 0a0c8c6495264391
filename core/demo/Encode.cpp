// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Encode.h"

#include "base/Error.h"

#include <openjpeg.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace diascope::demo {
namespace {

using Bytes = std::vector<std::byte>;

[[noreturn]] void fail(const char* what, const std::string& why)
{
    throw base::Error(base::ErrorCode::Internal, what, why);
}

/// OpenJPEG writes through these into a growing buffer.
struct Sink {
    Bytes bytes;
    std::size_t at = 0;
};

OPJ_SIZE_T sinkWrite(void* data, OPJ_SIZE_T size, void* user)
{
    auto* sink = static_cast<Sink*>(user);
    sink->bytes.resize(std::max(sink->bytes.size(), sink->at + size));
    std::memcpy(sink->bytes.data() + sink->at, data, size);
    sink->at += size;
    return size;
}

OPJ_OFF_T sinkSkip(OPJ_OFF_T size, void* user)
{
    auto* sink = static_cast<Sink*>(user);
    sink->at += static_cast<std::size_t>(size);
    sink->bytes.resize(std::max(sink->bytes.size(), sink->at));
    return size;
}

OPJ_BOOL sinkSeek(OPJ_OFF_T position, void* user)
{
    auto* sink = static_cast<Sink*>(user);
    sink->at = static_cast<std::size_t>(position);
    sink->bytes.resize(std::max(sink->bytes.size(), sink->at));
    return OPJ_TRUE;
}

void keepMessage(const char* message, void* user)
{
    *static_cast<std::string*>(user) += message;
}

using ImagePtr = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

ImagePtr toOpenJpeg(const GreyFrame& frame)
{
    opj_image_cmptparm_t part{};
    part.dx = part.dy = 1;
    part.w = static_cast<OPJ_UINT32>(frame.columns);
    part.h = static_cast<OPJ_UINT32>(frame.rows);
    part.prec = static_cast<OPJ_UINT32>(8 * frame.bytesPerSample);
    part.sgnd = frame.isSigned ? 1 : 0;
    ImagePtr image(opj_image_create(1, &part, OPJ_CLRSPC_GRAY), &opj_image_destroy);
    if (!image) {
        fail("JPEG 2000", "no memory for the image");
    }
    image->x1 = part.w;
    image->y1 = part.h;
    const std::size_t count = static_cast<std::size_t>(part.w) * part.h;
    for (std::size_t i = 0; i < count; ++i) {
        if (frame.bytesPerSample == 1) {
            image->comps[0].data[i] = std::to_integer<int>(frame.pixels[i]);
        } else {
            std::int16_t value = 0;
            std::memcpy(&value, frame.pixels.data() + 2 * i, 2);
            image->comps[0].data[i] = frame.isSigned ? value : static_cast<std::uint16_t>(value);
        }
    }
    return image;
}

/// PackBits of one plane; rows are packed on their own, as the standard asks.
Bytes packBits(const GreyFrame& frame, int byteOfSample)
{
    Bytes out;
    std::vector<std::uint8_t> row(static_cast<std::size_t>(frame.columns));
    for (int y = 0; y < frame.rows; ++y) {
        for (std::size_t x = 0; x < row.size(); ++x) {
            const std::size_t sample = static_cast<std::size_t>(y) * row.size() + x;
            row[x] = std::to_integer<std::uint8_t>(frame.pixels[sample * static_cast<std::size_t>(frame.bytesPerSample) + static_cast<std::size_t>(byteOfSample)]);
        }
        for (std::size_t x = 0; x < row.size();) {
            std::size_t run = 1;
            while (x + run < row.size() && run < 128 && row[x + run] == row[x]) {
                ++run;
            }
            if (run >= 3) {
                out.push_back(static_cast<std::byte>(257 - run));
                out.push_back(static_cast<std::byte>(row[x]));
                x += run;
                continue;
            }
            std::size_t literal = 0;
            while (x + literal < row.size() && literal < 128
                   && !(x + literal + 2 < row.size() && row[x + literal] == row[x + literal + 1] && row[x + literal] == row[x + literal + 2])) {
                ++literal;
            }
            out.push_back(static_cast<std::byte>(literal - 1));
            for (std::size_t i = 0; i < literal; ++i) {
                out.push_back(static_cast<std::byte>(row[x + i]));
            }
            x += literal;
        }
    }
    if (out.size() % 2 != 0) {
        out.push_back(std::byte{0});
    }
    return out;
}

} // namespace

Bytes encodeJpeg(const GreyFrame& frame, int quality)
{
    if (frame.bytesPerSample != 1) {
        fail("JPEG", "JPEG baseline holds 8 bits a sample");
    }
    const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitCompress(), &tjDestroy);
    unsigned char* data = nullptr;
    unsigned long size = 0;
    const int result = tjCompress2(handle.get(), reinterpret_cast<const unsigned char*>(frame.pixels.data()), frame.columns, 0, frame.rows,
                                   TJPF_GRAY, &data, &size, TJSAMP_GRAY, quality, TJFLAG_ACCURATEDCT);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(data, &tjFree);
    if (result != 0) {
        fail("JPEG", tjGetErrorStr2(handle.get()));
    }
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    return {begin, begin + size};
}

Bytes encodeJpeg2000(const GreyFrame& frame)
{
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.tcp_rates[0] = 0; // 0 = lossless.
    parameters.irreversible = 0;
    const int side = std::min(frame.rows, frame.columns);
    while (parameters.numresolution > 1 && (side >> (parameters.numresolution - 1)) == 0) {
        --parameters.numresolution;
    }
    const ImagePtr image = toOpenJpeg(frame);
    const std::unique_ptr<opj_codec_t, void (*)(opj_codec_t*)> codec(opj_create_compress(OPJ_CODEC_J2K), &opj_destroy_codec);
    std::string messages;
    opj_set_error_handler(codec.get(), keepMessage, &messages);
    Sink sink;
    const std::unique_ptr<opj_stream_t, void (*)(opj_stream_t*)> stream(opj_stream_create(1 << 16, OPJ_FALSE), &opj_stream_destroy);
    opj_stream_set_write_function(stream.get(), sinkWrite);
    opj_stream_set_skip_function(stream.get(), sinkSkip);
    opj_stream_set_seek_function(stream.get(), sinkSeek);
    opj_stream_set_user_data(stream.get(), &sink, nullptr);
    if (!opj_setup_encoder(codec.get(), &parameters, image.get()) || !opj_start_compress(codec.get(), image.get(), stream.get())
        || !opj_encode(codec.get(), stream.get()) || !opj_end_compress(codec.get(), stream.get())) {
        fail("JPEG 2000", messages);
    }
    return std::move(sink.bytes);
}

Bytes encodeRle(const GreyFrame& frame)
{
    const auto planes = static_cast<std::size_t>(frame.bytesPerSample);
    Bytes out(64, std::byte{0});
    const auto put = [&](std::size_t position, std::size_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            out[position + i] = static_cast<std::byte>(value >> (8 * i));
        }
    };
    put(0, planes);
    for (std::size_t plane = 0; plane < planes; ++plane) {
        put(4 + 4 * plane, out.size());
        const Bytes packed = packBits(frame, static_cast<int>(planes - 1 - plane));
        out.insert(out.end(), packed.begin(), packed.end());
    }
    return out;
}

} // namespace diascope::demo
