// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Codecs.h"
#include "dicom/JpegMarkers.h"

#include <charls/charls.h>

#include <cstring>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

/// Component planes to interleaved samples.
std::vector<std::byte> interleaved(const std::vector<std::byte>& planes, std::size_t channels, std::size_t sampleBytes)
{
    std::vector<std::byte> result(planes.size());
    const std::size_t pixels = planes.size() / (channels * sampleBytes);
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < pixels; ++i) {
            std::memcpy(result.data() + (i * channels + c) * sampleBytes, planes.data() + (c * pixels + i) * sampleBytes, sampleBytes);
        }
    }
    return result;
}

} // namespace

CodecOutput decodeJpegLs(const CodecInput& input)
{
    const JpegMarkers markers = readJpegMarkers(input.data);
    if (!markers.refusal.empty() || markers.process != JpegMarkers::Process::JpegLs) {
        throw Error(ErrorCode::Malformed, input.subject,
                    "JPEG-LS stream: " + (markers.refusal.empty() ? std::string("it is another JPEG") : markers.refusal));
    }
    requireSameSize(input, markers.width, markers.height, markers.components, "JPEG-LS");
    CodecOutput out;
    out.width = markers.width;
    out.height = markers.height;
    out.channels = markers.components;
    out.precision = markers.precision;
    out.bytesPerSample = markers.precision > 8 ? 2 : 1;
    // CharLS 2.4.1 counts zero bits for 15 s after the end of 30 bytes without an end marker: it always gets one.
    std::vector<std::byte> ended;
    auto data = input.data.first(markers.length);
    if (!markers.complete) {
        ended.assign(data.begin(), data.end());
        ended.insert(ended.end(), {std::byte{0xFF}, std::byte{0xD9}});
        data = ended;
    }
    try {
        charls::jpegls_decoder decoder(data.data(), data.size(), true);
        const std::size_t expected = static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height)
                                     * static_cast<std::size_t>(out.channels) * static_cast<std::size_t>(out.bytesPerSample);
        if (decoder.destination_size() != expected) {
            throw Error(ErrorCode::Malformed, input.subject, "JPEG-LS stream has two sizes");
        }
        out.samples.resize(expected);
        decoder.decode(out.samples.data(), out.samples.size());
        if (out.channels == 3 && decoder.interleave_mode() == charls::interleave_mode::none) {
            out.samples = interleaved(out.samples, 3, static_cast<std::size_t>(out.bytesPerSample));
        }
    } catch (const charls::jpegls_error& error) {
        throw Error(ErrorCode::Malformed, input.subject, std::string("JPEG-LS stream cannot be decoded: ") + error.what());
    }
    return out;
}

} // namespace diascope::dicom
