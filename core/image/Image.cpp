// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Image.h"

#include "base/Hash.h"
#include "image/PixelAccess.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace diascope::image {

namespace {

std::string_view typeName(PixelType type)
{
    switch (type) {
    case PixelType::UInt8: return "u8";
    case PixelType::Int8: return "i8";
    case PixelType::UInt16: return "u16";
    case PixelType::Int16: return "i16";
    case PixelType::UInt32: return "u32";
    case PixelType::Int32: return "i32";
    case PixelType::Float32: return "f32";
    case PixelType::Float64: break;
    }
    return "f64";
}

} // namespace

std::size_t bytesPerSample(PixelType type)
{
    switch (type) {
    case PixelType::UInt8:
    case PixelType::Int8: return 1;
    case PixelType::UInt16:
    case PixelType::Int16: return 2;
    case PixelType::UInt32:
    case PixelType::Int32:
    case PixelType::Float32: return 4;
    case PixelType::Float64: break;
    }
    return 8;
}

bool isSigned(PixelType type)
{
    return type != PixelType::UInt8 && type != PixelType::UInt16 && type != PixelType::UInt32;
}

double ModalityRescale::apply(double stored) const
{
    if (!table || table->empty()) {
        return stored * slope + intercept;
    }
    // NaN has no place in a table; it takes the first entry, as every value below the table does.
    const double last = static_cast<double>(table->size() - 1);
    const double index = stored - static_cast<double>(tableFirst);
    return index > 0.0 ? (*table)[static_cast<std::size_t>(std::min(index, last))] : table->front();
}

double Image::stored(int x, int y, int channel) const
{
    const auto index = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x))
            * static_cast<std::size_t>(channels)
        + static_cast<std::size_t>(channel);
    return visitSamples(*this, [index](auto samples) { return static_cast<double>(samples[index]); });
}

Image makeImage(int width, int height, int channels, PixelType type, std::vector<std::byte> pixels)
{
    Image image;
    image.width = width;
    image.height = height;
    image.channels = channels;
    image.type = type;
    image.bitsStored = static_cast<int>(bytesPerSample(type) * 8);
    image.photometric = channels == 3 ? Photometric::Rgb : Photometric::Monochrome2;
    if (width <= 0 || height <= 0 || (channels != 1 && channels != 3)
        || pixels.size() != image.sampleCount() * bytesPerSample(type)) {
        throw base::Error(base::ErrorCode::Internal, "image",
                          std::to_string(pixels.size()) + " bytes do not make " + std::to_string(width) + " x "
                              + std::to_string(height) + " x " + std::to_string(channels) + " samples");
    }
    image.pixels = std::make_shared<const std::vector<std::byte>>(std::move(pixels));
    return image;
}

std::string pixelHash(const Image& image)
{
    base::Sha256 hash;
    hash.update(std::to_string(image.width) + "x" + std::to_string(image.height) + "x" + std::to_string(image.channels)
                + ":" + std::string(typeName(image.type)) + ":");
    hash.update(image.bytes());
    return hash.hex();
}

} // namespace diascope::image
