// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::image {

/// Type of one stored sample. 1-bit data is unpacked to UInt8 0/1 for use.
enum class PixelType { UInt8, Int8, UInt16, Int16, UInt32, Int32, Float32, Float64 };

[[nodiscard]] std::size_t bytesPerSample(PixelType type);
[[nodiscard]] bool isSigned(PixelType type);

/// What a sample means after decoding. YBR_* and PALETTE are resolved to Rgb by the decoder.
enum class Photometric {
    Monochrome1, ///< Lowest value is white (DICOM PS3.3 C.7.6.3.1.2).
    Monochrome2, ///< Lowest value is black.
    Rgb,         ///< Three interleaved samples.
};

/// A display window in modality units (DICOM PS3.3 C.11.2.1.2, function LINEAR unless said otherwise).
struct Window {
    double centre = 0.0;
    double width = 1.0;      ///< >= 1 for LINEAR; > 0 otherwise.
    std::string explanation; ///< From the file, or the preset's name.
    enum class Function { Linear, LinearExact, Sigmoid } function = Function::Linear;
    bool operator==(const Window&) const = default;
};

/// Stored value -> modality value (for CT: HU): value * slope + intercept, unless a table is given.
struct ModalityRescale {
    double slope = 1.0;
    double intercept = 0.0;
    std::string unit;                                ///< "HU", "US", ...; empty when unknown.
    std::shared_ptr<const std::vector<float>> table; ///< Modality LUT: index = stored value - tableFirst, clamped.
    std::int64_t tableFirst = 0;
    [[nodiscard]] double apply(double stored) const;
};

/// Millimetres between the centres of neighbouring pixels, and where the figure comes from.
/// Without it, lengths are in pixels, never in millimetres.
struct Spacing {
    double rowMm = 0.0;    ///< Between rows (vertical).
    double columnMm = 0.0; ///< Between columns (horizontal).
    enum class Source { PixelSpacing, ImagerPixelSpacing, UltrasoundRegion, File } source = Source::PixelSpacing;
};

/// Position of the image in the patient (LPS, millimetres); direction cosines of a row (to the right) and a column (down).
struct Geometry {
    std::array<double, 3> position{};
    std::array<double, 3> rowDirection{1, 0, 0};
    std::array<double, 3> columnDirection{0, 1, 0};
};

/// One decoded frame: stored values and all that is needed to understand them. A cheap value: the pixels are shared and immutable.
struct Image {
    int width = 0;
    int height = 0;
    int channels = 1; ///< 1 or 3, interleaved.
    PixelType type = PixelType::UInt8;
    int bitsStored = 8;
    Photometric photometric = Photometric::Monochrome2;
    /// height * width * channels samples, row by row from the top, no padding.
    std::shared_ptr<const std::vector<std::byte>> pixels;
    ModalityRescale rescale;
    std::vector<Window> windows;         ///< As the file orders them; the first is its default.
    std::optional<Spacing> spacing;
    std::optional<Geometry> geometry;
    std::optional<double> paddingStored; ///< Pixel padding value (stored), to be left out of statistics.
    bool lossy = false;

    [[nodiscard]] bool empty() const { return !pixels || width <= 0 || height <= 0; }
    [[nodiscard]] std::size_t sampleCount() const
    {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return pixels ? std::span<const std::byte>(*pixels) : std::span<const std::byte>(); }
    /// The samples as T; the caller has checked `type`.
    template <typename T> [[nodiscard]] std::span<const T> samples() const
    {
        return {reinterpret_cast<const T*>(pixels->data()), sampleCount()};
    }
    /// One stored sample as a number, whatever its type. 0 <= x < width, 0 <= y < height.
    [[nodiscard]] double stored(int x, int y, int channel = 0) const;
    /// The same in modality units.
    [[nodiscard]] double modality(int x, int y, int channel = 0) const { return rescale.apply(stored(x, y, channel)); }
};

/// A fresh image of the given shape over `pixels` (moved in). Throws Error{Internal} when the sizes disagree.
[[nodiscard]] Image makeImage(int width, int height, int channels, PixelType type, std::vector<std::byte> pixels);

/// SHA-256 of shape, type and stored samples: the identity that a result is bound to.
[[nodiscard]] std::string pixelHash(const Image& image);

} // namespace diascope::image
