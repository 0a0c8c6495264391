// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/PixelHeader.h"

#include "dicom/Limits.h"
#include "dicom/PreScan.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace diascope::dicom {

namespace {

using base::ErrorCode;

ColourModel colourModel(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, ColourModel>, 10> kNames{{
        {"MONOCHROME1", ColourModel::Monochrome1}, {"MONOCHROME2", ColourModel::Monochrome2},
        {"PALETTE COLOR", ColourModel::Palette}, {"RGB", ColourModel::Rgb},
        {"YBR_FULL", ColourModel::YbrFull}, {"YBR_FULL_422", ColourModel::YbrFull422},
        {"YBR_PARTIAL_422", ColourModel::YbrPartial}, {"YBR_PARTIAL_420", ColourModel::YbrPartial},
        {"YBR_RCT", ColourModel::YbrRct}, {"YBR_ICT", ColourModel::YbrIct},
    }};
    for (const auto& [name, model] : kNames) {
        if (name == text) {
            return model;
        }
    }
    return ColourModel::Unknown;
}

class PixelHeaderReader {
public:
    PixelHeaderReader(const DataSet& data, const std::string& subject, std::vector<base::Problem>& problems)
        : m_data(data), m_subject(subject), m_problems(problems)
    {
    }

    PixelHeader read()
    {
        const bool hasFloat = m_data.has(0x7FE00008);
        const bool hasDouble = m_data.has(0x7FE00009);
        m_header.present = m_data.has(0x7FE00010) || hasFloat || hasDouble;
        if (!m_header.present) {
            return m_header;
        }
        m_header.isFloat = !m_data.has(0x7FE00010);
        readShape();
        readBits(hasDouble && !hasFloat);
        readColour();
        checkSize();
        return m_header;
    }

private:
    void refuse(ErrorCode code, std::string why)
    {
        if (m_header.refusal.empty()) {
            m_header.refusal = std::move(why);
            m_header.refusalCode = code;
        }
    }
    void problem(std::string what) { addProblem(m_problems, m_subject, std::move(what)); }

    void readShape()
    {
        const auto rows = m_data.integer(0x00280010).value_or(0);
        const auto columns = m_data.integer(0x00280011).value_or(0);
        if (rows < 1 || rows > 65535 || columns < 1 || columns > 65535) {
            refuse(ErrorCode::Malformed, "Rows and Columns are " + std::to_string(rows) + " x " + std::to_string(columns)
                                             + "; an image needs 1 to 65535 of each");
        }
        m_header.rows = static_cast<int>(std::clamp<std::int64_t>(rows, 0, 65535));
        m_header.columns = static_cast<int>(std::clamp<std::int64_t>(columns, 0, 65535));
        const auto frames = m_data.integer(0x00280008);
        if (m_data.has(0x00280008) && !m_data.raw(0x00280008).empty() && (!frames || *frames < 1)) {
            problem("Number of Frames is not a positive number; one frame is assumed");
        }
        m_header.frames = std::clamp<std::int64_t>(frames.value_or(1), 1, std::numeric_limits<int>::max());
        const auto samples = m_data.integer(0x00280002).value_or(1);
        if (!m_data.has(0x00280002)) {
            problem("Samples per Pixel is missing; one is assumed");
        }
        if (samples != 1 && samples != 3) {
            refuse(samples == 4 || samples == 2 ? ErrorCode::Unsupported : ErrorCode::Malformed,
                   std::to_string(samples) + " samples per pixel; 1 and 3 are read");
        }
        m_header.samples = samples == 3 ? 3 : 1;
        m_header.planar = m_header.samples == 3 && m_data.integer(0x00280006).value_or(0) == 1;
    }

    void readBits(bool isDouble)
    {
        const auto allocated = m_data.integer(0x00280100).value_or(m_header.isFloat ? (isDouble ? 64 : 32) : 0);
        const bool readable = m_header.isFloat ? allocated == (isDouble ? 64 : 32)
                                               : allocated == 1 || allocated == 8 || allocated == 16 || allocated == 32;
        if (!readable) {
            refuse(allocated == 64 || allocated == 12 || allocated == 24 ? ErrorCode::Unsupported : ErrorCode::Malformed,
                   std::to_string(allocated) + " bits allocated; 1, 8, 16 and 32 are read");
        }
        m_header.bitsAllocated = readable ? static_cast<int>(allocated) : 8;
        const int bits = m_header.bitsAllocated;
        const auto stored = m_data.integer(0x00280101).value_or(bits);
        if (stored < 1 || stored > bits) {
            problem("Bits Stored is " + std::to_string(stored) + " of " + std::to_string(bits) + " allocated; all bits are used");
        }
        m_header.bitsStored = stored < 1 || stored > bits ? bits : static_cast<int>(stored);
        const auto high = m_data.integer(0x00280102).value_or(m_header.bitsStored - 1);
        const bool fits = high >= m_header.bitsStored - 1 && high < bits;
        if (!fits) {
            problem("High Bit is " + std::to_string(high) + ", which does not fit " + std::to_string(m_header.bitsStored)
                    + " bits stored; it is taken as " + std::to_string(m_header.bitsStored - 1));
        }
        m_header.highBit = fits ? static_cast<int>(high) : m_header.bitsStored - 1;
        const auto representation = m_data.integer(0x00280103).value_or(0);
        if (representation != 0 && representation != 1) {
            problem("Pixel Representation is neither 0 nor 1; values are taken as unsigned");
        }
        m_header.isSigned = representation == 1 && !m_header.isFloat;
    }

    void readColour()
    {
        m_header.photometric = m_data.code(0x00280004);
        m_header.colour = colourModel(m_header.photometric);
        const bool isColour = m_header.samples == 3;
        const bool saysColour = m_header.colour != ColourModel::Monochrome1 && m_header.colour != ColourModel::Monochrome2
                                && m_header.colour != ColourModel::Palette;
        if (m_header.colour == ColourModel::Unknown || isColour != saysColour) {
            const char* assumed = isColour ? "RGB" : "MONOCHROME2";
            problem("Photometric Interpretation \"" + m_header.photometric + "\" does not fit "
                    + std::to_string(m_header.samples) + " samples per pixel; " + assumed + " is assumed");
            m_header.colour = isColour ? ColourModel::Rgb : ColourModel::Monochrome2;
            m_header.photometric = assumed;
        }
        if (isColour && (m_header.bitsAllocated == 1 || m_header.isFloat)) {
            refuse(ErrorCode::Unsupported, "colour with " + std::to_string(m_header.bitsAllocated) + "-bit or float samples");
        }
        if (isColour) {
            m_header.isSigned = false;
        }
    }

    void checkSize()
    {
        const std::uint64_t shown = m_header.pixels() * (m_header.colour == ColourModel::Palette ? 3 : 1);
        const std::uint64_t bytes = std::max(m_header.frameBytes(), shown);
        if (bytes > kMaxFrameBytes) {
            refuse(ErrorCode::TooLarge, "one frame of " + std::to_string(m_header.columns) + " x " + std::to_string(m_header.rows)
                                            + " pixels needs " + std::to_string(bytes >> 20) + " MB; the limit is "
                                            + std::to_string(kMaxFrameBytes >> 20) + " MB");
        }
    }

    const DataSet& m_data;
    const std::string& m_subject;
    std::vector<base::Problem>& m_problems;
    PixelHeader m_header;
};

} // namespace

std::uint64_t PixelHeader::frameBytes() const
{
    return (pixels() * static_cast<std::uint64_t>(samples) * static_cast<std::uint64_t>(bitsAllocated) + 7) / 8;
}

std::uint64_t PixelHeader::storedBits() const
{
    const bool halved = colour == ColourModel::YbrFull422 || colour == ColourModel::YbrPartial;
    if (halved && samples == 3) {
        // Two luma samples and one of each chroma for two pixels of a row.
        const auto pairs = (static_cast<std::uint64_t>(columns) + 1) / 2;
        return static_cast<std::uint64_t>(rows) * pairs * 4 * static_cast<std::uint64_t>(bitsAllocated);
    }
    return pixels() * static_cast<std::uint64_t>(samples) * static_cast<std::uint64_t>(bitsAllocated);
}

image::PixelType PixelHeader::pixelType() const
{
    using image::PixelType;
    if (isFloat) {
        return bitsAllocated == 64 ? PixelType::Float64 : PixelType::Float32;
    }
    switch (bitsAllocated) {
    case 16: return isSigned ? PixelType::Int16 : PixelType::UInt16;
    case 32: return isSigned ? PixelType::Int32 : PixelType::UInt32;
    default: return isSigned && bitsAllocated == 8 ? PixelType::Int8 : PixelType::UInt8;
    }
}

PixelHeader readPixelHeader(const DataSet& data, const std::string& subject, std::vector<base::Problem>& problems)
{
    return PixelHeaderReader(data, subject, problems).read();
}

} // namespace diascope::dicom
