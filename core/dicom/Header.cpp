// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Header.h"

#include "dicom/Charset.h"
#include "dicom/TransferSyntax.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace diascope::dicom {

namespace {

using image::Geometry;
using image::ModalityRescale;
using image::Spacing;
using image::UltrasoundRegion;
using image::Window;

bool isLength(double mm)
{
    return std::isfinite(mm) && mm > 1e-6 && mm < 1e4;
}

std::optional<Spacing> spacingFrom(const DataSet& data, Tag tag, Spacing::Source source)
{
    const auto values = data.numbers(tag);
    if (values.size() < 2 || !isLength(values[0]) || !isLength(values[1])) {
        return std::nullopt;
    }
    return Spacing{values[0], values[1], source};
}

/// Position and orientation; nothing unless the directions are unit vectors at right angles.
std::optional<Geometry> geometryFrom(const std::vector<double>& position, const std::vector<double>& orientation)
{
    if (position.size() < 3 || orientation.size() < 6) {
        return std::nullopt;
    }
    Geometry geometry;
    double row = 0.0, column = 0.0, dot = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
        if (!std::isfinite(position[i]) || std::abs(position[i]) > 1e6) {
            return std::nullopt;
        }
        geometry.position[i] = position[i];
        geometry.rowDirection[i] = orientation[i];
        geometry.columnDirection[i] = orientation[i + 3];
        row += orientation[i] * orientation[i];
        column += orientation[i + 3] * orientation[i + 3];
        dot += orientation[i] * orientation[i + 3];
    }
    // Written so that NaN fails.
    const bool sound = std::abs(row - 1.0) < 1e-2 && std::abs(column - 1.0) < 1e-2 && std::abs(dot) < 1e-2;
    return sound ? std::optional(geometry) : std::nullopt;
}

Window::Function functionOf(const std::string& name)
{
    if (name == "SIGMOID") {
        return Window::Function::Sigmoid;
    }
    return name == "LINEAR_EXACT" ? Window::Function::LinearExact : Window::Function::Linear;
}

std::shared_ptr<const std::vector<float>> modalityTable(const DataSet& lut, std::int64_t& first)
{
    const auto descriptor = lut.numbers(0x00283002);
    const auto words = lut.words(0x00283006);
    if (descriptor.size() < 3 || words.empty()) {
        return nullptr;
    }
    first = static_cast<std::int64_t>(descriptor[1]);
    const auto declared = descriptor[0] <= 0 ? std::size_t{65536} : static_cast<std::size_t>(descriptor[0]);
    std::vector<float> table;
    if (descriptor[2] <= 8 && words.size() < declared) {
        for (const std::uint16_t word : words) {
            table.push_back(static_cast<float>(word & 0xFF));
            table.push_back(static_cast<float>(word >> 8));
        }
    } else {
        table.assign(words.begin(), words.end());
    }
    table.resize(std::min(table.size(), declared));
    return std::make_shared<const std::vector<float>>(std::move(table));
}

} // namespace

HeaderReader::HeaderReader(const DataSet& data, std::string subject)
    : m_data(data), m_subject(std::move(subject)), m_shared(data.items(0x52009229)), m_perFrame(data.items(0x52009230))
{
    std::string_view terms = data.raw(0x00080005);
    while (data.has(0x00080005) && m_charsets.size() < 16) {
        const auto cut = terms.find('\\');
        m_charsets.emplace_back(trimmed(terms.substr(0, cut)).substr(0, 32));
        if (cut == std::string_view::npos) {
            break;
        }
        terms.remove_prefix(cut + 1);
    }
    for (const DataSet& item : data.items(0x00186011)) {
        const auto whole = [&](Tag tag) { return static_cast<int>(std::clamp<std::int64_t>(item.integer(tag).value_or(0), -1000000, 1000000)); };
        UltrasoundRegion region;
        region.x0 = whole(0x00186018);
        region.y0 = whole(0x0018601A);
        region.x1 = whole(0x0018601C);
        region.y1 = whole(0x0018601E);
        region.flags = whole(0x00186016);
        region.spatialFormat = whole(0x00186012);
        region.dataType = whole(0x00186014);
        region.unitsX = whole(0x00186024);
        region.unitsY = whole(0x00186026);
        region.deltaX = item.number(0x0018602C).value_or(0.0);
        region.deltaY = item.number(0x0018602E).value_or(0.0);
        if (m_regions.size() < 256) {
            m_regions.push_back(region);
        }
    }
    // Corners outside the picture mean that it was resized after it was calibrated: every figure in them is false.
    const auto rows = data.integer(0x00280010).value_or(0);
    const auto columns = data.integer(0x00280011).value_or(0);
    m_regionsStale = std::any_of(m_regions.begin(), m_regions.end(), [&](const UltrasoundRegion& region) {
        return region.x0 < 0 || region.y0 < 0 || region.x1 > columns || region.y1 > rows || region.x1 < region.x0 || region.y1 < region.y0;
    });
    if (m_regionsStale) {
        m_regions.clear();
    }
}

std::string HeaderReader::text(Tag tag, std::size_t maxBytes) const
{
    return base::visibleText(trimmed(toUtf8(m_data.raw(tag).substr(0, maxBytes), m_charsets)));
}

std::vector<const DataSet*> HeaderReader::groupsOf(std::int64_t index, Tag macro, std::vector<DataSet>& holder) const
{
    // The frame's own group wins, then the shared one, then the root of the data set.
    holder.clear();
    if (index >= 0 && static_cast<std::size_t>(index) < m_perFrame.size()) {
        if (const auto item = m_perFrame[static_cast<std::size_t>(index)].item(macro)) {
            holder.push_back(*item);
        }
    }
    if (!m_shared.empty()) {
        if (const auto item = m_shared.front().item(macro)) {
            holder.push_back(*item);
        }
    }
    holder.push_back(m_data);
    std::vector<const DataSet*> groups;
    for (const DataSet& group : holder) {
        groups.push_back(&group);
    }
    return groups;
}

std::vector<Window> HeaderReader::windowsOf(const DataSet& data) const
{
    std::vector<Window> windows;
    const auto centres = data.numbers(0x00281050);
    const auto widths = data.numbers(0x00281051);
    const std::string explanations = base::visibleText(toUtf8(data.raw(0x00281055).substr(0, 2048), m_charsets));
    const Window::Function function = functionOf(data.code(0x00281056));
    std::size_t from = 0;
    for (std::size_t i = 0; i < std::min({centres.size(), widths.size(), std::size_t{32}}); ++i) {
        const std::size_t cut = std::min(explanations.find('\\', from), explanations.size());
        const std::string explanation = from <= explanations.size() ? explanations.substr(from, cut - from) : std::string();
        from = cut + 1;
        const double least = function == Window::Function::Linear ? 1.0 : 1e-12;
        if (std::isfinite(centres[i]) && std::abs(centres[i]) < 1e12 && widths[i] >= least && widths[i] < 1e12) {
            windows.push_back({centres[i], widths[i], std::string(trimmed(explanation)), function});
        }
    }
    if (const auto lut = data.item(0x00283010); windows.empty() && lut) {
        // A VOI table is shown as the window over the values that it maps.
        const auto descriptor = lut->numbers(0x00283002);
        if (descriptor.size() >= 3) {
            const double entries = descriptor[0] <= 0 ? 65536.0 : descriptor[0];
            windows.push_back({descriptor[1] + entries / 2.0, std::max(1.0, entries), "VOI LUT", Window::Function::Linear});
        }
    }
    return windows;
}

FrameContext HeaderReader::frameContext(std::int64_t index) const
{
    FrameContext context;
    std::vector<DataSet> holder;
    for (const DataSet* group : groupsOf(index, 0x00289145, holder)) {
        const auto slope = group->number(0x00281053);
        const auto intercept = group->number(0x00281052);
        if ((slope && *slope != 0.0 && std::abs(*slope) < 1e12) || intercept) {
            context.rescale.slope = slope && *slope != 0.0 && std::abs(*slope) < 1e12 ? *slope : 1.0;
            context.rescale.intercept = intercept && std::abs(*intercept) < 1e12 ? *intercept : 0.0;
            context.rescale.unit = base::visibleText(group->code(0x00281054));
            break;
        }
    }
    if (const auto lut = m_data.item(0x00283000)) {
        context.rescale.table = modalityTable(*lut, context.rescale.tableFirst);
        context.rescale.unit = context.rescale.table ? base::visibleText(lut->code(0x00283004)) : context.rescale.unit;
    }
    if (context.rescale.unit.empty() && m_data.code(0x00080060) == "CT" && m_data.has(0x00281052)) {
        context.rescale.unit = "HU";
    }
    for (const DataSet* group : groupsOf(index, 0x00289132, holder)) {
        context.windows = context.windows.empty() ? windowsOf(*group) : context.windows;
    }
    for (const DataSet* group : groupsOf(index, 0x00289110, holder)) {
        context.spacing = context.spacing ? context.spacing : spacingFrom(*group, 0x00280030, Spacing::Source::PixelSpacing);
        if (context.sliceThicknessMm == 0.0) {
            const double thickness = group->number(0x00180050).value_or(0.0);
            context.sliceThicknessMm = isLength(thickness) ? thickness : 0.0;
        }
    }
    std::vector<double> position, orientation;
    for (const DataSet* group : groupsOf(index, 0x00209113, holder)) {
        position = position.empty() ? group->numbers(0x00200032) : position;
    }
    for (const DataSet* group : groupsOf(index, 0x00209116, holder)) {
        orientation = orientation.empty() ? group->numbers(0x00200037) : orientation;
    }
    context.geometry = geometryFrom(position, orientation);
    if (!context.spacing) {
        context.spacing = spacingFrom(m_data, 0x00181164, Spacing::Source::ImagerPixelSpacing);
    }
    if (!context.spacing) {
        context.spacing = spacingFrom(m_data, 0x00182010, Spacing::Source::File);
    }
    if (!context.spacing) {
        context.spacing = regionSpacing(m_regions);
    }
    return context;
}

std::optional<Spacing> regionSpacing(const std::vector<UltrasoundRegion>& regions)
{
    // One figure for the image only when all calibrated two-dimensional regions agree; otherwise it belongs to the region.
    constexpr int kTwoDimensional = 1;
    constexpr int kCentimetres = 3;
    std::optional<Spacing> found;
    for (const UltrasoundRegion& region : regions) {
        if (region.spatialFormat != kTwoDimensional || region.unitsX != kCentimetres || region.unitsY != kCentimetres) {
            continue;
        }
        const Spacing spacing{std::abs(region.deltaY) * 10.0, std::abs(region.deltaX) * 10.0, Spacing::Source::UltrasoundRegion};
        if (!isLength(spacing.rowMm) || !isLength(spacing.columnMm)) {
            continue;
        }
        if (found && (std::abs(found->rowMm - spacing.rowMm) > 1e-6 || std::abs(found->columnMm - spacing.columnMm) > 1e-6)) {
            return std::nullopt;
        }
        found = spacing;
    }
    return found;
}

std::optional<double> HeaderReader::paddingStored(const PixelHeader& pixels) const
{
    const Element* element = m_data.find(0x00280120);
    if (element == nullptr || element->length < 2 || pixels.samples != 1) {
        return std::nullopt;
    }
    // US or SS by Pixel Representation, whatever the file wrote.
    const auto values = numbersOf(*element, m_data.bytes(*element).first(2), pixels.isSigned ? vr("SS") : vr("US"));
    return values.empty() ? std::nullopt : std::optional(values.front());
}

void HeaderReader::fill(image::SourceInfo& info) const
{
    const auto small = [&](Tag tag) { return static_cast<int>(std::clamp<std::int64_t>(m_data.integer(tag).value_or(0), -2000000000, 2000000000)); };
    info.modality = m_data.code(0x00080060).substr(0, 16);
    info.sopClassUid = m_data.code(0x00080016);
    info.sopInstanceUid = m_data.code(0x00080018);
    info.studyUid = m_data.code(0x0020000D);
    info.seriesUid = m_data.code(0x0020000E);
    info.frameOfReferenceUid = m_data.code(0x00200052);
    info.studyDescription = text(0x00081030);
    info.seriesDescription = text(0x0008103E);
    info.studyDate = text(0x00080020, 32);
    info.studyTime = text(0x00080030, 32);
    info.manufacturer = text(0x00080070);
    info.bodyPart = text(0x00180015, 64);
    info.laterality = m_data.has(0x00200062) ? text(0x00200062, 16) : text(0x00200060, 16);
    info.patientOrientation = m_data.code(0x00200020);
    info.seriesNumber = small(0x00200011);
    info.instanceNumber = small(0x00200013);
    info.patient = {text(0x00100010), text(0x00100020, 256), text(0x00100030, 32), text(0x00100040, 16), text(0x00101010, 16)};
    info.regions = m_regions;
    const FrameContext context = frameContext(0);
    info.rescale = context.rescale;
    info.rescale.table = nullptr;
    info.windows = context.windows;
    info.spacing = context.spacing;
    info.geometry = context.geometry;
    info.sliceThicknessMm = context.sliceThicknessMm;
    fillLossy(m_data, info);
    const auto slope = m_data.number(0x00281053);
    if (m_data.has(0x00281053) && (!slope || *slope == 0.0)) {
        addProblem(info.problems, m_subject, "Rescale Slope is not a usable number; 1 is taken");
    }
    if (m_data.has(0x00280030) && !spacingFrom(m_data, 0x00280030, Spacing::Source::PixelSpacing)) {
        addProblem(info.problems, m_subject, "Pixel Spacing is not usable; lengths are given in pixels");
    }
    if (m_regionsStale) {
        addProblem(info.problems, m_subject, "an ultrasound region lies outside the image; its calibration is not used");
    }
    if (m_data.has(0x00200037) && !info.geometry) {
        addProblem(info.problems, m_subject, "Image Position and Orientation are not usable; the image has no place in the patient");
    }
}

void fillLossy(const DataSet& data, image::SourceInfo& info)
{
    const TransferSyntax syntax = transferSyntax(info.transferSyntax);
    const std::string flag = data.code(0x00282110);
    info.lossy = syntax.lossy || flag == "01" || (syntax.maybeLossy && flag != "00");
    if (!info.lossy) {
        return;
    }
    std::string method = data.code(0x00282114);
    method = method.substr(0, method.find('\\'));
    const std::pair<const char*, const char*> kNames[] = {
        {"ISO_10918_1", "JPEG"}, {"ISO_14495_1", "JPEG-LS"}, {"ISO_15444_1", "JPEG 2000"}, {"ISO_15444_15", "HTJ2K"},
        {"ISO_13818_2", "MPEG-2"}, {"ISO_14496_10", "MPEG-4"}, {"ISO_23008_2", "HEVC"}};
    for (const auto& [code, name] : kNames) {
        method = method == code ? name : method;
    }
    info.lossyMethod = !method.empty() ? method : std::string(syntax.codec == Codec::Native ? "" : syntax.name);
    const auto ratio = data.number(0x00282112);
    if (ratio && *ratio > 1.0 && *ratio < 1e4) {
        info.lossyMethod.append(info.lossyMethod.empty() ? "" : " ");
        info.lossyMethod.append(std::to_string(static_cast<int>(std::lround(*ratio)))).append(":1");
    }
}

} // namespace diascope::dicom
