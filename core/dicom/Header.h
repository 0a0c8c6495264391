// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/DataSet.h"
#include "dicom/PixelHeader.h"
#include "dicom/PreScan.h"
#include "image/SourceInfo.h"

#include <optional>
#include <string>
#include <vector>

namespace diascope::dicom {

/// What belongs to one frame: functional groups (PS3.3 C.7.6.16) over the root of the data set.
struct FrameContext {
    image::ModalityRescale rescale;
    std::vector<image::Window> windows;
    std::optional<image::Spacing> spacing;
    std::optional<image::Geometry> geometry;
    double sliceThicknessMm = 0.0;
};

/// Reads the descriptive part of a data set. All text is UTF-8 with control characters made visible.
class HeaderReader {
public:
    HeaderReader(const DataSet& data, std::string subject);

    /// Everything but the pixel module's figures, frames and problems of other parts; own problems are added to info.problems.
    void fill(image::SourceInfo& info) const;
    /// The context of frame `index`.
    [[nodiscard]] FrameContext frameContext(std::int64_t index) const;
    /// One line of text, at most `maxBytes` of it.
    [[nodiscard]] std::string text(Tag tag, std::size_t maxBytes = 1024) const;
    [[nodiscard]] const std::vector<std::string>& charsets() const { return m_charsets; }
    [[nodiscard]] std::optional<double> paddingStored(const PixelHeader& pixels) const;

private:
    [[nodiscard]] std::vector<const DataSet*> groupsOf(std::int64_t index, Tag macro, std::vector<DataSet>& holder) const;
    [[nodiscard]] std::vector<image::Window> windowsOf(const DataSet& data) const;

    DataSet m_data;
    std::string m_subject;
    std::vector<std::string> m_charsets;
    std::vector<DataSet> m_shared;
    std::vector<DataSet> m_perFrame;
    std::vector<image::UltrasoundRegion> m_regions;
    bool m_regionsStale = false;
};

/// Spacing of an ultrasound image whose calibrated 2D regions (PS3.3 C.8.5.5) all agree; nothing otherwise.
[[nodiscard]] std::optional<image::Spacing> regionSpacing(const std::vector<image::UltrasoundRegion>& regions);

/// Lossy flag and method from the data set and the transfer syntax.
void fillLossy(const DataSet& data, image::SourceInfo& info);

/// Frame durations by viewer.md "Frame rate".
void fillFrameTimes(const DataSet& data, int frames, image::SourceInfo& info);

} // namespace diascope::dicom
