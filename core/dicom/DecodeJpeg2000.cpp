// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Codecs.h"
#include "dicom/Limits.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

/// What the main header of a codestream says (ITU-T T.800 annex A).
struct StreamHeader {
    bool valid = false;
    bool boxed = false;             ///< Wrapped in JP2 boxes, which DICOM does not allow but some writers do.
    std::uint64_t width = 0, height = 0;
    std::uint64_t tileWidth = 0, tileHeight = 0;
    int components = 0;
    int precision = 0;
    bool componentTransform = false;
    int decompositions = 0;
};

std::size_t findCodestream(std::span<const std::byte> data)
{
    constexpr std::byte kStart[] = {std::byte{0xFF}, std::byte{0x4F}, std::byte{0xFF}, std::byte{0x51}};
    const auto found = std::search(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(data.size(), 65536)),
                                   std::begin(kStart), std::end(kStart));
    return static_cast<std::size_t>(found - data.begin());
}

void readSize(std::span<const std::byte> body, StreamHeader& header)
{
    if (body.size() < 39) {
        return;
    }
    const auto at = [&](std::size_t i) { return std::uint64_t{read32(body.data() + i, true)}; };
    if (at(2) <= at(10) || at(6) <= at(14) || at(18) == 0 || at(22) == 0) {
        return;
    }
    header.width = at(2) - at(10);
    header.height = at(6) - at(14);
    header.tileWidth = at(18);
    header.tileHeight = at(22);
    header.components = read16(body.data() + 34, true);
    header.precision = (std::to_integer<int>(body[36]) & 0x7F) + 1;
    header.valid = true;
}

StreamHeader readStreamHeader(std::span<const std::byte> data)
{
    StreamHeader header;
    std::size_t at = 0;
    if (data.size() >= 12 && read32(data.data(), true) == 12 && std::memcmp(data.data() + 4, "jP  ", 4) == 0) {
        header.boxed = true;
        at = findCodestream(data);
    }
    if (data.size() < at + 4 || read16(data.data() + at, true) != 0xFF4F) {
        return header;
    }
    at += 2;
    while (at + 4 <= data.size()) {
        const unsigned marker = read16(data.data() + at, true);
        const std::size_t length = read16(data.data() + at + 2, true);
        if (marker == 0xFF90 || length < 2 || length > data.size() - at - 2) {
            break; // First tile part: the main header is over.
        }
        const auto body = data.subspan(at + 4, length - 2);
        if (marker == 0xFF51) {
            readSize(body, header);
        } else if (marker == 0xFF52 && body.size() >= 6) {
            header.componentTransform = std::to_integer<int>(body[4]) != 0;
            header.decompositions = std::to_integer<int>(body[5]);
        }
        at += 2 + length;
    }
    return header;
}

/// A read position over the bytes, as OpenJPEG's stream wants it.
struct Source {
    std::span<const std::byte> data;
    std::size_t at = 0;
};

OPJ_SIZE_T readSource(void* buffer, OPJ_SIZE_T wanted, void* user)
{
    auto& source = *static_cast<Source*>(user);
    const std::size_t count = std::min<std::size_t>(wanted, source.data.size() - source.at);
    if (count == 0) {
        return static_cast<OPJ_SIZE_T>(-1);
    }
    std::memcpy(buffer, source.data.data() + source.at, count);
    source.at += count;
    return count;
}

OPJ_OFF_T skipSource(OPJ_OFF_T wanted, void* user)
{
    auto& source = *static_cast<Source*>(user);
    const auto left = static_cast<OPJ_OFF_T>(source.data.size() - source.at);
    const OPJ_OFF_T count = std::clamp<OPJ_OFF_T>(wanted, 0, left);
    source.at += static_cast<std::size_t>(count);
    return count == 0 && wanted > 0 ? -1 : count;
}

OPJ_BOOL seekSource(OPJ_OFF_T to, void* user)
{
    auto& source = *static_cast<Source*>(user);
    if (to < 0 || static_cast<std::uint64_t>(to) > source.data.size()) {
        return OPJ_FALSE;
    }
    source.at = static_cast<std::size_t>(to);
    return OPJ_TRUE;
}

void keepFirstMessage(const char* message, void* user)
{
    auto& text = *static_cast<std::string*>(user);
    if (text.empty() && message != nullptr) {
        text = message;
        while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
            text.pop_back();
        }
    }
}

void ignoreMessage(const char*, void*) {}

using ImagePtr = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

/// Decodes the whole image; null with `message` when it cannot.
ImagePtr decodeImage(std::span<const std::byte> data, const StreamHeader& header, int reduce, std::string& message)
{
    ImagePtr nothing(nullptr, opj_image_destroy);
    const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(
        opj_create_decompress(header.boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
    const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> stream(
        opj_stream_create(OPJ_J2K_STREAM_CHUNK_SIZE, OPJ_TRUE), opj_stream_destroy);
    if (!codec || !stream) {
        throw std::bad_alloc();
    }
    Source source{data};
    opj_stream_set_user_data(stream.get(), &source, nullptr);
    opj_stream_set_user_data_length(stream.get(), data.size());
    opj_stream_set_read_function(stream.get(), readSource);
    opj_stream_set_skip_function(stream.get(), skipSource);
    opj_stream_set_seek_function(stream.get(), seekSource);
    opj_set_error_handler(codec.get(), keepFirstMessage, &message);
    opj_set_warning_handler(codec.get(), ignoreMessage, nullptr);
    opj_set_info_handler(codec.get(), ignoreMessage, nullptr);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    parameters.cp_reduce = static_cast<OPJ_UINT32>(std::clamp(reduce, 0, std::min(header.decompositions, 5)));
    opj_image_t* raw = nullptr;
    if (!opj_setup_decoder(codec.get(), &parameters) || !opj_read_header(stream.get(), codec.get(), &raw)) {
        ImagePtr dropped(raw, opj_image_destroy);
        return nothing;
    }
    ImagePtr image(raw, opj_image_destroy);
    if (!opj_decode(codec.get(), stream.get(), image.get())) {
        return nothing;
    }
    opj_end_decompress(codec.get(), stream.get()); // Trailing junk after the last tile does not matter.
    return image;
}

/// Component `c` into every `channels`-th sample, upsampled when it is smaller than the image.
template <typename T> void copyComponent(const opj_image_comp_t& component, CodecOutput& out, int c, bool wantSigned)
{
    auto* samples = reinterpret_cast<T*>(out.samples.data());
    const std::int64_t mask = (std::int64_t{1} << component.prec) - 1;
    const std::int64_t sign = std::int64_t{1} << (component.prec - 1);
    for (int y = 0; y < out.height; ++y) {
        const auto fromY = static_cast<std::size_t>(static_cast<std::uint64_t>(y) * component.h / static_cast<unsigned>(out.height));
        const OPJ_INT32* row = component.data + fromY * component.w;
        T* to = samples + (static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width)) * static_cast<std::size_t>(out.channels) + c;
        for (int x = 0; x < out.width; ++x, to += out.channels) {
            const auto fromX = static_cast<std::size_t>(static_cast<std::uint64_t>(x) * component.w / static_cast<unsigned>(out.width));
            std::int64_t value = row[fromX];
            // The data set's sign counts; some writers label the codestream wrongly.
            if (wantSigned != (component.sgnd != 0)) {
                value &= mask;
                value = wantSigned && (value & sign) != 0 ? value - mask - 1 : value;
            }
            *to = static_cast<T>(value);
        }
    }
}

void copyImage(const CodecInput& input, const opj_image_t& image, CodecOutput& out)
{
    const bool wantSigned = input.header.isSigned;
    for (int c = 0; c < out.channels; ++c) {
        const opj_image_comp_t& component = image.comps[c];
        if (component.data == nullptr || component.w == 0 || component.h == 0 || component.prec < 1 || component.prec > 31) {
            throw Error(ErrorCode::Malformed, input.subject, "JPEG 2000 stream has an empty component");
        }
        if (out.bytesPerSample == 1) {
            copyComponent<std::uint8_t>(component, out, c, wantSigned);
        } else if (out.bytesPerSample == 2) {
            copyComponent<std::uint16_t>(component, out, c, wantSigned);
        } else {
            copyComponent<std::uint32_t>(component, out, c, wantSigned);
        }
    }
}

} // namespace

CodecOutput decodeJpeg2000(const CodecInput& input)
{
    const StreamHeader header = readStreamHeader(input.data);
    if (!header.valid || header.width > 65535 || header.height > 65535) {
        throw Error(ErrorCode::Malformed, input.subject,
                    header.valid ? "JPEG 2000 stream claims " + std::to_string(header.width) + " x " + std::to_string(header.height) + " pixels"
                                 : std::string("JPEG 2000 stream has no readable header"));
    }
    requireSameSize(input, static_cast<int>(header.width), static_cast<int>(header.height), header.components, "JPEG 2000");
    const std::uint64_t samples = header.width * header.height * static_cast<unsigned>(header.components);
    const std::uint64_t tiles = ((header.width - 1) / header.tileWidth + 1) * ((header.height - 1) / header.tileHeight + 1);
    if (samples > kMaxWaveletSamples || tiles > 16384 || header.precision > input.header.bitsAllocated || header.precision > 31) {
        throw Error(samples > kMaxWaveletSamples ? ErrorCode::TooLarge : ErrorCode::Malformed, input.subject,
                    "JPEG 2000 stream of " + std::to_string(samples) + " samples, " + std::to_string(tiles) + " tiles and "
                        + std::to_string(header.precision) + " bits is outside what is read");
    }
    std::string message;
    const ImagePtr image = decodeImage(input.data, header, input.reduce, message);
    if (!image || image->numcomps < static_cast<OPJ_UINT32>(header.components)) {
        throw Error(ErrorCode::Malformed, input.subject,
                    "JPEG 2000 stream cannot be decoded: " + base::visibleText(message.empty() ? "no image" : message));
    }
    CodecOutput out;
    out.width = static_cast<int>(image->comps[0].w);
    out.height = static_cast<int>(image->comps[0].h);
    out.channels = header.components;
    out.precision = header.precision;
    out.bytesPerSample = std::max(1, input.header.bitsAllocated / 8);
    out.samples.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height)
                       * static_cast<std::size_t>(out.channels) * static_cast<std::size_t>(out.bytesPerSample));
    copyImage(input, *image, out);
    // The codec undoes its own component transform, whatever the data set calls it.
    const ColourModel declared = input.header.colour;
    const bool isYbr = declared == ColourModel::YbrFull || declared == ColourModel::YbrFull422;
    out.colour = isYbr && !header.componentTransform ? CodecOutput::Colour::Ybr : CodecOutput::Colour::Rgb;
    return out;
}

} // namespace diascope::dicom
