// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

namespace diascope::image {

/// Contrast limited adaptive histogram equalisation (Zuiderveld 1994), as cv::createCLAHE. The defaults are
/// Neuroflux's.
struct ClaheStep {
    double clipLimit = 2.0; ///< 0.01..1000: how often the mean count a level may have in a tile before it is cut off.
    int tiles = 8;          ///< Fields across and down, 1..64.
};

/// Takes noise off. Each method reads its own fields.
struct DenoiseStep {
    enum class Method {
        Median,        ///< The median of size x size pixels: speckle and single wrong pixels.
        Gaussian,      ///< A Gaussian of size x size pixels.
        NonLocalMeans, ///< Buades et al. 2005, as cv::fastNlMeansDenoising: keeps edges; slow.
    } method
        = Method::Median;
    int size = 3;           ///< Median, Gaussian: odd, 3..31 pixels.
    double sigma = 0.0;     ///< Gaussian: 0..100 pixels; 0 = 0.3 ((size - 1) / 2 - 1) + 0.8.
    double strength = 10.0; ///< NonLocalMeans: 0.01..255 grey levels: how different averaged patches may be.
    int patch = 5;          ///< NonLocalMeans: odd, 3..21 pixels.
    int distance = 7;       ///< NonLocalMeans: 1..31 pixels, how far alike patches are looked for.
};

/// Global histogram equalisation, as cv::equalizeHist: level -> round(255 (c(level) - c0) / (N - c0)), where c counts
/// the pixels up to a level and c0 those of the lowest level that occurs. Flat pictures stay as they are.
struct EqualiseStep { };

/// Each takes and gives a UInt8 picture of the same shape. Of colour only the luminance is changed (Y of ITU-R BT.601
/// YCrCb over the full range, 8 bits, as cv::COLOR_RGB2YCrCb); Cr and Cb stay, so that a grey picture stored as RGB
/// gives what it gives as grey. Same bytes on every number of threads. Throw Error{Mismatch} for other types,
/// Error{OutOfMemory}.
[[nodiscard]] Image enhanced(const Image& image, const ClaheStep& step);
[[nodiscard]] Image enhanced(const Image& image, const DenoiseStep& step);
[[nodiscard]] Image enhanced(const Image& image, const EqualiseStep& step);

} // namespace diascope::image
