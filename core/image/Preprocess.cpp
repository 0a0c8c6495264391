// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Preprocess.h"

#include "image/Grey.h"
#include "image/PixelAccess.h"
#include "image/Windowing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace diascope::image {

namespace {

struct Size {
    int width = 0, height = 0;
    bool operator==(const Size&) const = default;
};

Size shorterSize(Size in, int size)
{
    const auto longer = [size](int a, int b) {
        return static_cast<int>(static_cast<std::int64_t>(size) * a / std::max(b, 1));
    };
    return in.width <= in.height ? Size{size, longer(in.height, in.width)} : Size{longer(in.width, in.height), size};
}

/// Where a centred window of `out` pixels begins in `in` pixels; negative where it is padded.
int centreOffset(int in, int out)
{
    return out > in ? -((out - in) / 2) : static_cast<int>(std::nearbyint((in - out) / 2.0));
}

Size fittedSize(Size in, const FitStep& step)
{
    const double scale = std::min(static_cast<double>(step.width) / in.width, static_cast<double>(step.height) / in.height);
    return {std::clamp(static_cast<int>(std::lround(in.width * scale)), 1, step.width),
            std::clamp(static_cast<int>(std::lround(in.height * scale)), 1, step.height)};
}

Size sizeAfter(const PreprocessStep& step, Size in)
{
    return std::visit(
        [in](const auto& s) -> Size {
            using S = std::decay_t<decltype(s)>;
            if constexpr (std::is_same_v<S, ResizeShorterStep>) {
                return shorterSize(in, s.size);
            } else if constexpr (std::is_same_v<S, ResizeStep> || std::is_same_v<S, CentreCropStep> || std::is_same_v<S, FitStep>) {
                return {s.width, s.height};
            } else {
                return in;
            }
        },
        step);
}

/// A rectangle of the step's output in pixels of its input, which has the size `in`.
SourceRect rectBefore(const PreprocessStep& step, Size in, SourceRect rect)
{
    const auto mapped = [&rect](double scaleX, double offsetX, double scaleY, double offsetY) {
        return SourceRect{rect.x0 * scaleX + offsetX, rect.y0 * scaleY + offsetY, rect.x1 * scaleX + offsetX, rect.y1 * scaleY + offsetY};
    };
    if (const auto* crop = std::get_if<CentreCropStep>(&step)) {
        return mapped(1.0, centreOffset(in.width, crop->width), 1.0, centreOffset(in.height, crop->height));
    }
    if (const auto* fit = std::get_if<FitStep>(&step)) {
        const Size fitted = fittedSize(in, *fit);
        const double sx = static_cast<double>(in.width) / fitted.width;
        const double sy = static_cast<double>(in.height) / fitted.height;
        return mapped(sx, -sx * ((fit->width - fitted.width) / 2), sy, -sy * ((fit->height - fitted.height) / 2));
    }
    const Size out = sizeAfter(step, in);
    return mapped(static_cast<double>(in.width) / out.width, 0.0, static_cast<double>(in.height) / out.height, 0.0);
}

Image resized(const Image& image, Size size, const ResizeMethod& method)
{
    if (size == Size{image.width, image.height}) {
        return image;
    }
    return method.antialias ? resizeAntialiased(image, size.width, size.height, method.filter)
                            : resizePlain(image, size.width, size.height, method.plainFilter);
}

/// The window of `size` whose top left corner lies at (left, top) of the image; `fill` where there is no image. UInt8.
struct Cut {
    Size size;
    int left = 0, top = 0, fill = 0;
};

Image cut(const Image& image, const Cut& c)
{
    const auto channels = static_cast<std::size_t>(image.channels);
    const std::size_t rowBytes = static_cast<std::size_t>(c.size.width) * channels;
    std::vector<std::uint8_t> out(rowBytes * static_cast<std::size_t>(c.size.height), static_cast<std::uint8_t>(c.fill));
    const int x0 = std::max(c.left, 0);
    const int x1 = std::min(c.left + c.size.width, image.width);
    const auto in = image.samples<std::uint8_t>();
    for (int y = std::max(c.top, 0); x0 < x1 && y < std::min(c.top + c.size.height, image.height); ++y) {
        const auto* from = in.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x0)) * channels;
        auto* to = out.data() + static_cast<std::size_t>(y - c.top) * rowBytes + static_cast<std::size_t>(x0 - c.left) * channels;
        std::memcpy(to, from, static_cast<std::size_t>(x1 - x0) * channels);
    }
    return withSamples(image, c.size.width, c.size.height, image.channels, out);
}

Image applied(const PreprocessStep& step, const Image& image)
{
    const Size size = sizeAfter(step, {image.width, image.height});
    if (const auto* resize = std::get_if<ResizeStep>(&step)) {
        return resized(image, size, resize->method);
    }
    if (const auto* shorter = std::get_if<ResizeShorterStep>(&step)) {
        return resized(image, size, shorter->method);
    }
    if (std::holds_alternative<CentreCropStep>(step)) {
        return cut(image, {size, centreOffset(image.width, size.width), centreOffset(image.height, size.height), 0});
    }
    if (const auto* fit = std::get_if<FitStep>(&step)) {
        const Size fitted = fittedSize({image.width, image.height}, *fit);
        return cut(resized(image, fitted, fit->method),
                   {size, -((size.width - fitted.width) / 2), -((size.height - fitted.height) / 2), fit->fill});
    }
    if (const auto* clahe = std::get_if<ClaheStep>(&step)) {
        return enhanced(image, *clahe);
    }
    if (const auto* denoise = std::get_if<DenoiseStep>(&step)) {
        return enhanced(image, *denoise);
    }
    if (const auto* equalise = std::get_if<EqualiseStep>(&step)) {
        return enhanced(image, *equalise);
    }
    if (std::holds_alternative<GreyStep>(step)) {
        return toGrey(image);
    }
    return std::holds_alternative<RgbStep>(step) ? toRgb(image) : image;
}

/// True when the stored values are grey levels or colours already, not measurements.
bool isPicture(const Image& image)
{
    const ModalityRescale& r = image.rescale;
    const bool isRaw = r.slope == 1.0 && r.intercept == 0.0 && !r.table;
    return image.type == PixelType::UInt8 && image.bitsStored == 8 && (image.channels == 3 || (isRaw && image.windows.empty()));
}

Window windowFor(const WindowStep& step, const Image& image)
{
    if (step.mode == WindowStep::Mode::File || image.channels != 1) {
        return defaultWindow(image);
    }
    if (step.mode == WindowStep::Mode::Auto) {
        return autoWindow(image);
    }
    return {step.centre, step.width, "Fixed", Window::Function::Linear};
}

Image toEightBits(const Image& image, const std::vector<PreprocessStep>& steps)
{
    const auto* window = steps.empty() ? nullptr : std::get_if<WindowStep>(&steps.front());
    if (!isPicture(image) && window != nullptr) {
        return toDisplay8(image, windowFor(*window, image));
    }
    if (image.type != PixelType::UInt8) {
        throw base::Error(base::ErrorCode::Mismatch, "preprocessing",
                          "the image has more than 8 bits and the graph has no \"window\" step to bring it to 8");
    }
    if (image.photometric == Photometric::Monochrome1) {
        std::vector<std::uint8_t> turned(image.samples<std::uint8_t>().begin(), image.samples<std::uint8_t>().end());
        for (std::uint8_t& value : turned) {
            value = static_cast<std::uint8_t>(255 - value);
        }
        Image result = withSamples(image, image.width, image.height, image.channels, turned);
        result.photometric = Photometric::Monochrome2;
        return result;
    }
    return image;
}

} // namespace

Image Preprocess::networkImage(const Image& source) const
{
    requirePixels(source, "preprocessing");
    Image image = toEightBits(source, m_steps);
    for (const PreprocessStep& step : m_steps) {
        image = applied(step, image);
    }
    // Nothing is measured on what the network saw, so that nothing may claim to be a length or a Hounsfield unit there.
    Image plain = makeImage(image.width, image.height, image.channels, PixelType::UInt8,
                            std::vector<std::byte>(image.bytes().begin(), image.bytes().end()));
    plain.lossy = source.lossy;
    return plain;
}

bool Preprocess::startsFromGrey() const
{
    const auto first = std::find_if(m_steps.begin(), m_steps.end(), [](const PreprocessStep& step) { return !std::holds_alternative<WindowStep>(step); });
    return first != m_steps.end() && std::holds_alternative<GreyStep>(*first);
}

std::vector<float> Preprocess::tensor(const Image& networkImage) const
{
    requirePixels(networkImage, "preprocessing");
    if (networkImage.type != PixelType::UInt8 || networkImage.width != m_width || networkImage.height != m_height
        || networkImage.channels != m_channels) {
        throw base::Error(base::ErrorCode::Mismatch, "preprocessing", "the image does not have the shape that the graph makes");
    }
    const auto channels = static_cast<std::size_t>(m_channels);
    const std::size_t plane = static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height);
    const auto samples = networkImage.samples<std::uint8_t>();
    std::vector<float> result(plane * channels); // C,H,W
    for (std::size_t c = 0; c < channels; ++c) {
        std::array<float, 256> levels{};
        for (std::size_t i = 0; i < levels.size(); ++i) {
            levels[i] = (static_cast<float>(i) / 255.0F - m_mean[c]) / m_stdDev[c];
        }
        for (std::size_t i = 0; i < plane; ++i) {
            result[c * plane + i] = levels[samples[i * channels + c]];
        }
    }
    return result;
}

SourceRect Preprocess::sourceRect(int sourceWidth, int sourceHeight) const
{
    if (sourceWidth <= 0 || sourceHeight <= 0) {
        throw base::Error(base::ErrorCode::Internal, "preprocessing", "the source image is empty");
    }
    std::vector<Size> before;
    Size size{sourceWidth, sourceHeight};
    for (const PreprocessStep& step : m_steps) {
        before.push_back(size);
        size = sizeAfter(step, size);
    }
    SourceRect rect{0.0, 0.0, static_cast<double>(size.width), static_cast<double>(size.height)};
    for (std::size_t i = m_steps.size(); i-- > 0;) {
        rect = rectBefore(m_steps[i], before[i], rect);
    }
    return rect;
}

} // namespace diascope::image
