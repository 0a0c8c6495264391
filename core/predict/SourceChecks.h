// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <string>
#include <vector>

namespace diascope::nn {
struct PackageSources;
}

namespace diascope::predict {

/// What a picture must have over one grey level not to be blank: this share of its pixels further than this from the most frequent level.
inline constexpr double kLeastDrawn = 0.01;
inline constexpr int kBlankLevels = 4;

/// True when there is nothing to see: fewer than kLeastDrawn of the samples differ by more than kBlankLevels from the most frequent value.
/// `networkSaw`: UInt8, any channels.
[[nodiscard]] bool isBlank(const image::Image& networkSaw);

/// Unit of the modality values ("HU"); "" for none and for DICOM's "US" (unspecified).
[[nodiscard]] std::string unitOf(const image::ModalityRescale& rescale);

/// Share of the pixels with a visible colour: channels more than 24 of 255 apart. 0 for one channel; looks at 65,536 pixels at most.
[[nodiscard]] double colourShare(const image::Image& image);

/// One sentence for each way in which a source image is unlike the files of the training: modality, unit of the values, colour, size (below
/// half of the smallest or above twice the largest), proportions (a factor of 1.25 beyond what those sizes allow), spacing (a factor of three). Empty when nothing is odd or nothing is known.
/// Other checks of a picture (burnt-in text) belong into this list as well.
[[nodiscard]] std::vector<std::string> oddities(const nn::PackageSources& known, const image::Image& source, const std::string& modality);

} // namespace diascope::predict
