// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/PngDecode.h"

#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

/// All that the callbacks of the library need. Plain data: errors leave by longjmp, which runs no destructor.
struct Job {
    const std::byte* data = nullptr;
    std::size_t size = 0;
    std::size_t at = 0;
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::array<char, 128> message{};
};

void readBytes(png_structp png, png_bytep target, std::size_t count)
{
    auto* job = static_cast<Job*>(png_get_io_ptr(png));
    if (count > job->size - job->at) {
        png_error(png, "the file ends early");
    }
    std::memcpy(target, job->data + job->at, count);
    job->at += count;
}

void onError(png_structp png, png_const_charp text)
{
    auto* job = static_cast<Job*>(png_get_error_ptr(png));
    std::snprintf(job->message.data(), job->message.size(), "%s", text);
    longjmp(png_jmpbuf(png), 1);
}

void onWarning(png_structp /*png*/, png_const_charp /*text*/) {}

/// Reads the header and sets the conversions. False after an error.
bool begin(Job& job, int colourType)
{
    if (setjmp(png_jmpbuf(job.png)) != 0) {
        return false;
    }
    png_set_read_fn(job.png, &job, readBytes);
    png_read_info(job.png, job.info);
    if (colourType == PNG_COLOR_TYPE_PALETTE) {
        png_set_palette_to_rgb(job.png);
        if (png_get_valid(job.png, job.info, PNG_INFO_tRNS) != 0) {
            png_set_tRNS_to_alpha(job.png);
        }
    } else if (colourType == PNG_COLOR_TYPE_GRAY) {
        png_set_expand_gray_1_2_4_to_8(job.png);
    }
    if constexpr (std::endian::native == std::endian::little) {
        png_set_swap(job.png);
    }
    png_set_interlace_handling(job.png);
    png_read_update_info(job.png, job.info);
    return true;
}

bool readRows(Job& job, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(job.png)) != 0) {
        return false;
    }
    png_read_image(job.png, rows);
    png_read_end(job.png, nullptr);
    return true;
}

struct Release {
    Job& job;
    ~Release() { png_destroy_read_struct(&job.png, &job.info, nullptr); }
};

} // namespace

PngSamples decodePng(std::span<const std::byte> bytes, const PngHeader& header, const std::string& subject)
{
    Job job;
    job.data = bytes.data();
    job.size = bytes.size();
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, onError, onWarning);
    const Release release{job};
    job.info = job.png != nullptr ? png_create_info_struct(job.png) : nullptr;
    if (job.info == nullptr) {
        throw Error(ErrorCode::OutOfMemory, subject, "no memory for the PNG decoder");
    }
    const auto fail = [&] {
        throw Error(ErrorCode::Malformed, subject,
                    std::string("the PNG data are truncated or damaged (") + job.message.data() + ")");
    };
    if (!begin(job, header.colourType)) {
        fail();
    }
    PngSamples samples;
    samples.stored = png_get_channels(job.png, job.info);
    const std::size_t rowBytes = png_get_rowbytes(job.png, job.info);
    const std::size_t expected
        = std::size_t{header.width} * static_cast<std::size_t>(samples.stored) * static_cast<std::size_t>(header.bits) / 8;
    if (rowBytes != expected || samples.stored > header.storedChannels
        || png_get_image_height(job.png, job.info) != header.height) {
        throw Error(ErrorCode::Malformed, subject, "the picture does not have the shape that its header says");
    }
    samples.bytes.resize(rowBytes * header.height);
    std::vector<png_bytep> rows(header.height);
    for (std::size_t y = 0; y < rows.size(); ++y) {
        rows[y] = reinterpret_cast<png_bytep>(samples.bytes.data()) + y * rowBytes;
    }
    if (!readRows(job, rows.data())) {
        fail();
    }
    return samples;
}

} // namespace diascope::formats
