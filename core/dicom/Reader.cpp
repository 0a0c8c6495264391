// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Reader.h"

#include "base/Hash.h"
#include "dicom/FrameDecoder.h"
#include "dicom/Header.h"
#include "dicom/Palette.h"
#include "dicom/PixelHeader.h"
#include "dicom/PreScan.h"
#include "dicom/Samples.h"
#include "dicom/Tags.h"

#include <cstring>
#include <new>
#include <optional>
#include <utility>

namespace diascope::dicom {

using base::Error;
using base::ErrorCode;

struct Reader::Private {
    Private(Scan scanned, const std::string& name)
        : scan(std::move(scanned)),
          subject(name),
          pixels(readPixelHeader(scan.dataSet(), name, scan.problems)),
          decoder(scan, pixels, name),
          header(scan.dataSet(), name)
    {
    }

    void requirePixels() const
    {
        if (!pixels.present && scan.truncated) {
            throw Error(ErrorCode::Malformed, subject, "the file ends before any pixel data");
        }
        if (!pixels.present) {
            throw Error(ErrorCode::Unsupported, subject, "holds no pixels: it is " + objectKind(info.sopClassUid));
        }
    }

    Scan scan;
    std::string subject;
    PixelHeader pixels;
    FrameDecoder decoder;
    HeaderReader header;
    image::SourceInfo info;
};

namespace {

constexpr const char* kMediaDirectory = "1.2.840.10008.1.3.10";

void fillPixels(const PixelHeader& pixels, std::int64_t frames, image::SourceInfo& info)
{
    info.photometric = pixels.photometric;
    info.rows = pixels.rows;
    info.columns = pixels.columns;
    info.frames = static_cast<int>(frames);
    info.samplesPerPixel = pixels.samples;
    info.bitsAllocated = pixels.bitsAllocated;
    info.bitsStored = pixels.bitsStored;
    info.isSigned = pixels.isSigned;
}

image::Photometric meaning(ColourModel colour)
{
    return colour == ColourModel::Monochrome1 ? image::Photometric::Monochrome1 : image::Photometric::Monochrome2;
}

} // namespace

Reader::Reader(std::unique_ptr<Private> data) : d(std::move(data)) {}
Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::open(std::span<const std::byte> file, std::string subject)
{
    try {
        auto data = std::make_unique<Private>(scanFile(file, subject), subject);
        image::SourceInfo& info = data->info;
        info.transferSyntax = data->scan.transferSyntax;
        data->header.fill(info);
        if (data->pixels.present) {
            fillPixels(data->pixels, data->decoder.frames(), info);
            fillFrameTimes(data->scan.dataSet(), info.frames, info);
        } else {
            info.spacing.reset();
        }
        const bool isDirectory = info.sopClassUid == kMediaDirectory || data->scan.dataSet().has(0x00041220)
                                 || data->scan.meta().code(0x00020002) == kMediaDirectory;
        info.kind = isDirectory ? "dicomdir" : "dicom";
        for (base::Problem& problem : data->scan.problems) {
            info.problems.push_back(problem);
        }
        if (!data->pixels.refusal.empty()) {
            addProblem(info.problems, subject, data->pixels.refusal, data->pixels.refusalCode);
        }
        return std::unique_ptr<Reader>(new Reader(std::move(data)));
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::OutOfMemory, subject, "not enough memory to read the header");
    }
}

const image::SourceInfo& Reader::info() const
{
    return d->info;
}

image::Image Reader::frame(int index, const FrameOptions& options) const
{
    d->requirePixels();
    try {
        StoredFrame stored = d->decoder.decode(index, options.reduce);
        d->decoder.completeValues(stored);
        const FrameContext context = d->header.frameContext(index);
        image::Image out;
        out.width = stored.width;
        out.height = stored.height;
        out.channels = stored.channels;
        out.bitsStored = stored.bitsStored;
        out.type = d->pixels.pixelType();
        out.lossy = d->info.lossy;
        out.geometry = context.geometry;
        out.spacing = context.spacing;
        if (out.spacing && stored.width > 0 && stored.height > 0) {
            out.spacing->rowMm *= static_cast<double>(d->pixels.rows) / stored.height;
            out.spacing->columnMm *= static_cast<double>(d->pixels.columns) / stored.width;
        }
        if (d->pixels.bitsAllocated == 1) {
            stored.samples = unpackBits(stored.samples, 0, static_cast<std::size_t>(d->pixels.pixels()));
        }
        const bool isPalette = d->pixels.colour == ColourModel::Palette && d->pixels.bitsAllocated <= 16;
        if (isPalette && !options.rawPalette) {
            const Palette palette(d->scan.dataSet(), d->pixels.isSigned, d->subject);
            stored.samples = palette.apply(stored.samples, d->pixels.bitsAllocated == 16 ? 2 : 1, d->pixels.isSigned);
            out.channels = 3;
            out.type = image::PixelType::UInt8;
            out.bitsStored = 8;
        }
        out.photometric = out.channels == 3 ? image::Photometric::Rgb : meaning(d->pixels.colour);
        if (out.channels == 1 && !isPalette) {
            out.rescale = context.rescale;
            out.windows = context.windows;
            out.paddingStored = d->header.paddingStored(d->pixels);
        }
        out.pixels = std::make_shared<const std::vector<std::byte>>(std::move(stored.samples));
        return out;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::OutOfMemory, d->subject, "not enough memory to decode the frame");
    }
}

std::string Reader::pixelSha256() const
{
    d->requirePixels();
    try {
        base::Sha256 hash;
        d->decoder.hashAll(hash);
        return hash.hex();
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::OutOfMemory, d->subject, "not enough memory to decode the frames");
    }
}

base::Json Reader::tags() const
{
    return tagsAsJson(d->scan, d->header.charsets());
}

bool looksLikeDicom(std::span<const std::byte> head)
{
    const auto has = [&](std::size_t at) { return head.size() >= at + 4 && std::memcmp(head.data() + at, "DICM", 4) == 0; };
    if (has(128) || has(0)) {
        return true;
    }
    if (head.size() < 8) {
        return false;
    }
    const std::uint16_t little = read16(head.data(), false);
    const std::uint16_t big = read16(head.data(), true);
    const bool isLittle = little == 2 || little == 8;
    return (isLittle || big == 8) && read16(head.data() + 2, !isLittle) <= 0x0100;
}

} // namespace diascope::dicom
