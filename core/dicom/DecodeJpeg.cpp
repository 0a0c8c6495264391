// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Codecs.h"
#include "dicom/JpegMarkers.h"
#include "dicom/TagNames.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;
using Colour = CodecOutput::Colour;
using Process = JpegMarkers::Process;

/// What libjpeg would take the three components for when left alone (jdapimin.c, default_decompress_parms).
bool libjpegTakesForYcc(const JpegMarkers& m)
{
    if (m.jfif || m.adobeTransform >= 0) {
        return m.jfif || m.adobeTransform != 0;
    }
    return !(m.componentIds[0] == 'R' && m.componentIds[1] == 'G' && m.componentIds[2] == 'B');
}

/// YCbCr or RGB by the stream's own marks: Adobe, component names, JFIF, subsampling (nobody subsamples green and blue).
/// Nothing when it has none of them.
std::optional<bool> markedYcc(const JpegMarkers& m)
{
    if (m.adobeTransform >= 0) {
        return m.adobeTransform != 0;
    }
    if (m.componentIds[0] == 'R' && m.componentIds[1] == 'G' && m.componentIds[2] == 'B') {
        return false;
    }
    return m.jfif || m.subsampled ? std::optional(true) : std::nullopt;
}

struct TurboHandle {
    tjhandle handle = tjInitDecompress();
    ~TurboHandle()
    {
        if (handle != nullptr) {
            tjDestroy(handle);
        }
    }
    TurboHandle() = default;
    TurboHandle(const TurboHandle&) = delete;
    TurboHandle& operator=(const TurboHandle&) = delete;
};

bool isGood(const TurboHandle& turbo, int status)
{
    // A warning means damaged or missing data that was filled: the picture is shown, the file is marked elsewhere.
    return status == 0 || tjGetErrorCode(turbo.handle) == TJERR_WARNING;
}

using Planes = std::array<std::vector<unsigned char>, 3>;

/// The three components as they are coded, at a size that the stream can be scaled to; 4:4:4 only.
std::optional<Planes> turboPlanes(const TurboHandle& turbo, std::span<const std::byte> data, int width, int height)
{
    Planes planes;
    std::array<unsigned char*, 3> pointers{};
    for (std::size_t c = 0; c < 3; ++c) {
        planes[c].resize(static_cast<std::size_t>(tjPlaneSizeYUV(static_cast<int>(c), width, 0, height, TJSAMP_444)));
        pointers[c] = planes[c].data();
    }
    const int status = tjDecompressToYUVPlanes(turbo.handle, reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                                               pointers.data(), width, nullptr, height, TJFLAG_ACCURATEDCT);
    return isGood(turbo, status) ? std::optional(std::move(planes)) : std::nullopt;
}

/// For a stream without marks: the Photometric Interpretation, unless the picture itself contradicts it. Too many devices copy the tag
/// from elsewhere (the well-known green ultrasound). Grey is (y, 128, 128) in YCbCr and black is (0, 0, 0) in RGB; read as the other
/// model, half a picture of them would be teal or vivid green.
bool unmarkedYcc(const TurboHandle& turbo, std::span<const std::byte> data, const JpegMarkers& markers, ColourModel declared)
{
    const bool declaredYcc = declared != ColourModel::Rgb;
    const tjscalingfactor eighth{1, 8};
    const int width = TJSCALED(markers.width, eighth);
    const int height = TJSCALED(markers.height, eighth);
    const auto planes = turboPlanes(turbo, data, width, height);
    if (!planes) {
        return declaredYcc;
    }
    const auto& [first, second, third] = *planes;
    std::size_t neutral = 0, black = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        neutral += std::abs(second[i] - 128) <= 2 && std::abs(third[i] - 128) <= 2;
        black += second[i] <= 8 && third[i] <= 8;
    }
    const auto [low, high] = std::minmax_element(first.begin(), first.end());
    const bool varies = *high - *low > 16;
    if (!declaredYcc) {
        return varies && neutral * 2 > first.size();
    }
    return !(varies && black * 2 > first.size());
}

void interleave(const std::optional<Planes>& planes, CodecOutput& out)
{
    for (std::size_t c = 0; planes && c < 3; ++c) {
        for (std::size_t i = 0; 3 * i + c < out.samples.size(); ++i) {
            out.samples[3 * i + c] = std::byte{(*planes)[c][i]};
        }
    }
}

/// 8-bit DCT streams through libjpeg-turbo. False when it does not know the stream's kind.
bool decodeTurbo(const CodecInput& input, std::span<const std::byte> data, const JpegMarkers& markers, CodecOutput& out)
{
    const TurboHandle turbo;
    int width = 0, height = 0, subsampling = 0, space = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    if (turbo.handle == nullptr
        || tjDecompressHeader3(turbo.handle, bytes, data.size(), &width, &height, &subsampling, &space) != 0
        || width != markers.width || height != markers.height) {
        return false;
    }
    const int shrink = 1 << std::clamp(input.reduce, 0, 3);
    const tjscalingfactor factor{1, shrink};
    out.width = TJSCALED(width, factor);
    out.height = TJSCALED(height, factor);
    out.channels = markers.components;
    out.samples.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height)
                       * static_cast<std::size_t>(out.channels));
    if (out.channels == 3 && libjpegTakesForYcc(markers)) {
        const auto marked = markedYcc(markers);
        if (!(marked ? *marked : unmarkedYcc(turbo, data, markers, input.header.colour))) {
            const auto planes = subsampling == TJSAMP_444 ? turboPlanes(turbo, data, out.width, out.height) : std::nullopt;
            out.colour = Colour::Rgb;
            interleave(planes, out);
            return planes.has_value();
        }
    }
    out.colour = out.channels == 3 ? Colour::Rgb : Colour::AsDeclared;
    const int status = tjDecompress2(turbo.handle, bytes, data.size(), reinterpret_cast<unsigned char*>(out.samples.data()),
                                     out.width, 0, out.height, out.channels == 3 ? TJPF_RGB : TJPF_GRAY, TJFLAG_ACCURATEDCT);
    return isGood(turbo, status);
}

std::unique_ptr<DJDecoder> ijgDecoder(const DJCodecParameter& parameter, int precision, bool isYbr)
{
    if (precision <= 8) {
        return std::make_unique<DJDecompressIJG8Bit>(parameter, isYbr);
    }
    if (precision <= 12) {
        return std::make_unique<DJDecompressIJG12Bit>(parameter, isYbr);
    }
    return std::make_unique<DJDecompressIJG16Bit>(parameter, isYbr);
}

/// DCMTK's three builds of the IJG library: lossless, and 12 bits. Components come as they are coded.
void decodeIjg(const CodecInput& input, std::span<const std::byte> data, const JpegMarkers& markers, CodecOutput& out)
{
    quietDcmtk();
    const DJCodecParameter parameter(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);
    const auto decoder = ijgDecoder(parameter, markers.precision, false);
    out.width = markers.width;
    out.height = markers.height;
    out.channels = markers.components;
    out.bytesPerSample = markers.precision <= 8 ? 1 : 2;
    out.samples.assign(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height)
                           * static_cast<std::size_t>(out.channels) * static_cast<std::size_t>(out.bytesPerSample),
                       std::byte{0});
    // The decoder suspends for ever on a stream without end: it gets a copy with one.
    std::vector<std::byte> compressed(data.begin(), data.end());
    if (!markers.complete) {
        compressed.push_back(std::byte{0xFF});
        compressed.push_back(std::byte{0xD9});
    }
    OFCondition condition = decoder->init();
    if (condition.good()) {
        condition = decoder->decode(reinterpret_cast<Uint8*>(compressed.data()), static_cast<Uint32>(compressed.size()),
                                    reinterpret_cast<Uint8*>(out.samples.data()), static_cast<Uint32>(out.samples.size()),
                                    input.header.isSigned);
    }
    if (condition.bad()) {
        throw Error(ErrorCode::Malformed, input.subject, std::string("JPEG stream cannot be decoded: ") + condition.text());
    }
    const bool lossless = markers.process == Process::Lossless;
    if (out.channels == 3 && !lossless) {
        out.colour = markedYcc(markers).value_or(input.header.colour != ColourModel::Rgb) ? Colour::Ybr : Colour::Rgb;
    }
}

} // namespace

CodecOutput decodeJpeg(const CodecInput& input)
{
    const JpegMarkers markers = readJpegMarkers(input.data);
    if (!markers.refusal.empty() || markers.process == Process::JpegLs) {
        throw Error(ErrorCode::Malformed, input.subject,
                    "JPEG stream: " + (markers.refusal.empty() ? std::string("it is JPEG-LS") : markers.refusal));
    }
    requireSameSize(input, markers.width, markers.height, markers.components, "JPEG");
    const auto data = input.data.first(markers.length);
    CodecOutput out;
    out.precision = markers.precision;
    if (markers.precision == 8 && markers.process != Process::Lossless && decodeTurbo(input, data, markers, out)) {
        return out;
    }
    out = CodecOutput{};
    out.precision = markers.precision;
    decodeIjg(input, data, markers, out);
    return out;
}

} // namespace diascope::dicom
