// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/DisplayRows.h"

#include "image/PixelAccess.h"

#include <cstring>
#include <type_traits>

namespace diascope::image {

namespace {

/// Colour pictures come here at every frame of a cine: most need no table at all.
bool isIdentityTable(const std::vector<std::uint8_t>& lut)
{
    for (std::size_t i = 0; i < lut.size(); ++i) {
        if (lut[i] != i) {
            return false;
        }
    }
    return !lut.empty();
}

} // namespace

DisplayRows::DisplayRows(const Image& image, const Window& window, bool invert, const std::vector<std::uint8_t>& lut)
    : m_image(image)
    , m_window(window)
    , m_lut(lut)
    , m_mask(inversionMask(image, invert))
    , m_isIdentity(image.type == PixelType::UInt8 && isIdentityTable(lut))
{
}

void DisplayRows::read(int y, int x0, int x1, std::uint8_t* out) const
{
    const auto channels = static_cast<std::size_t>(m_image.channels);
    const std::size_t first
        = (static_cast<std::size_t>(y) * static_cast<std::size_t>(m_image.width) + static_cast<std::size_t>(x0)) * channels;
    const std::size_t count = static_cast<std::size_t>(x1 - x0) * channels;
    visitSamples(m_image, [&](auto samples) {
        using T = std::remove_const_t<typename decltype(samples)::element_type>;
        const T* in = samples.data() + first;
        if (m_isIdentity) {
            std::memcpy(out, in, count);
        } else if constexpr (sizeof(T) <= 2) {
            const std::uint8_t* lut = m_lut.data();
            for (std::size_t i = 0; i < count; ++i) {
                out[i] = lut[static_cast<std::make_unsigned_t<T>>(in[i])];
            }
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                const double value = m_image.rescale.apply(static_cast<double>(in[i]));
                out[i] = static_cast<std::uint8_t>(toByte(windowed(value, m_window)) ^ m_mask);
            }
        }
    });
}

} // namespace diascope::image
