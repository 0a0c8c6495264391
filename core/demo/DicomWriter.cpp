// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/DicomWriter.h"

#include "base/Error.h"
#include "base/Hash.h"
#include "demo/Encode.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

namespace diascope::demo {
namespace {

using Bytes = std::vector<std::byte>;

void check(const OFCondition& condition, const char* what)
{
    if (condition.bad()) {
        throw base::Error(base::ErrorCode::Internal, what, condition.text());
    }
}

/// A decimal string of at most 16 characters, whatever the locale.
std::string decimal(double value)
{
    std::array<char, 32> text{};
    for (int digits = 12; digits > 0; --digits) {
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits).ptr;
        if (end - text.data() <= 16) {
            return {text.data(), end};
        }
    }
    return "0";
}

/// Fills a data set; every failure names the tag's group of attributes.
class Writer {
public:
    explicit Writer(DcmItem& item) : m_item(item) {}
    void text(const DcmTagKey& tag, const std::string& value) { check(m_item.putAndInsertOFStringArray(tag, value.c_str()), "DICOM text"); }
    void number(const DcmTagKey& tag, int value) { check(m_item.putAndInsertUint16(tag, static_cast<Uint16>(value)), "DICOM number"); }
    void wide(const DcmTagKey& tag, int value) { check(m_item.putAndInsertUint32(tag, static_cast<Uint32>(value)), "DICOM number"); }
    void real(const DcmTagKey& tag, double value) { check(m_item.putAndInsertFloat64(tag, value), "DICOM number"); }

private:
    DcmItem& m_item;
};

E_TransferSyntax syntaxOf(Storage storage)
{
    switch (storage) {
    case Storage::JpegBaseline: return EXS_JPEGProcess1;
    case Storage::Jpeg2000Lossless: return EXS_JPEG2000LosslessOnly;
    case Storage::Rle: return EXS_RLELossless;
    case Storage::Uncompressed: break;
    }
    return EXS_LittleEndianExplicit;
}

void putCommon(Writer& w, const DicomHeader& h, const char* sopClass, const char* modality)
{
    w.text(DCM_SpecificCharacterSet, "ISO_IR 192");
    w.text(DCM_SOPClassUID, sopClass);
    w.text(DCM_SOPInstanceUID, h.instanceUid);
    w.text(DCM_PatientName, h.patientName);
    w.text(DCM_PatientID, h.patientId);
    w.text(DCM_PatientBirthDate, h.birthDate);
    w.text(DCM_PatientSex, h.sex);
    w.text(DCM_PatientAge, h.age);
    w.text(DCM_StudyInstanceUID, h.studyUid);
    w.text(DCM_StudyDate, h.studyDate);
    w.text(DCM_StudyTime, h.studyTime);
    w.text(DCM_ReferringPhysicianName, "");
    w.text(DCM_StudyID, h.studyId);
    w.text(DCM_AccessionNumber, "");
    w.text(DCM_StudyDescription, h.studyDescription);
    w.text(DCM_Modality, modality);
    w.text(DCM_SeriesInstanceUID, h.seriesUid);
    w.text(DCM_SeriesNumber, std::to_string(h.seriesNumber));
    w.text(DCM_SeriesDescription, h.seriesDescription);
    w.text(DCM_Manufacturer, "Diascope demonstration generator");
    w.text(DCM_InstanceNumber, std::to_string(h.instanceNumber));
    w.text(DCM_ContentDate, h.studyDate);
    w.text(DCM_ContentTime, h.studyTime);
    w.text(DCM_AcquisitionDate, h.studyDate);
    w.text(DCM_AcquisitionTime, h.studyTime);
    w.text(DCM_BurnedInAnnotation, "NO");
    w.text(DCM_QualityControlImage, "YES"); // A phantom: no person was imaged.
    w.text(DCM_ImageComments, "Simulated by Diascope; not an image of a person");
}

void putPixelModule(Writer& w, int rows, int columns, int bits, bool isSigned)
{
    w.number(DCM_SamplesPerPixel, 1);
    w.text(DCM_PhotometricInterpretation, "MONOCHROME2");
    w.number(DCM_Rows, rows);
    w.number(DCM_Columns, columns);
    w.number(DCM_BitsAllocated, bits);
    w.number(DCM_BitsStored, bits);
    w.number(DCM_HighBit, bits - 1);
    w.number(DCM_PixelRepresentation, isSigned ? 1 : 0);
}

Bytes encode(const GreyFrame& frame, Storage storage)
{
    switch (storage) {
    case Storage::JpegBaseline: return encodeJpeg(frame, 90);
    case Storage::Jpeg2000Lossless: return encodeJpeg2000(frame);
    default: return encodeRle(frame);
    }
}

/// Returns the compressed size, 0 when uncompressed.
std::size_t putPixels(DcmDataset& data, const std::vector<GreyFrame>& frames, Storage storage)
{
    if (storage == Storage::Uncompressed) {
        Bytes all;
        for (const GreyFrame& frame : frames) {
            all.insert(all.end(), frame.pixels.begin(), frame.pixels.end());
        }
        if (frames.front().bytesPerSample == 2) {
            check(data.putAndInsertUint16Array(DCM_PixelData, reinterpret_cast<const Uint16*>(all.data()), all.size() / 2), "DICOM pixels");
            return 0;
        }
        if (all.size() % 2 != 0) {
            all.push_back(std::byte{0});
        }
        // Explicit VR, 8 bits allocated: OB keeps the bytes as they are.
        auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
        pixels->setVR(EVR_OB);
        check(pixels->putUint8Array(reinterpret_cast<const Uint8*>(all.data()), all.size()), "DICOM pixels");
        check(data.insert(pixels.release(), OFTrue), "DICOM pixels");
        return 0;
    }
    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
    auto* table = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)); // Owned by the sequence from the next line on.
    check(sequence->insert(table), "DICOM offset table");
    DcmOffsetList offsets;
    std::size_t total = 0;
    for (const GreyFrame& frame : frames) {
        Bytes bytes = encode(frame, storage);
        total += bytes.size();
        check(sequence->storeCompressedFrame(offsets, reinterpret_cast<Uint8*>(bytes.data()), static_cast<Uint32>(bytes.size()), 0), "DICOM frame");
    }
    check(table->createOffsetTable(offsets), "DICOM offset table");
    auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
    pixels->putOriginalRepresentation(syntaxOf(storage), nullptr, sequence.release());
    check(data.insert(pixels.release(), OFTrue), "DICOM pixels");
    return total;
}

Bytes serialise(DcmFileFormat& file, E_TransferSyntax syntax)
{
    check(file.validateMetaInfo(syntax), "DICOM file header");
    const std::size_t size = 4096 + static_cast<std::size_t>(file.calcElementLength(syntax, EET_ExplicitLength));
    Bytes bytes(size);
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(size));
    file.transferInit();
    const OFCondition condition = file.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_recalcGL, EPD_noChange);
    file.transferEnd();
    check(condition, "DICOM file");
    void* data = nullptr;
    offile_off_t written = 0;
    stream.flushBuffer(data, written);
    bytes.resize(static_cast<std::size_t>(written));
    return bytes;
}

void putRegion(DcmItem& data, const Fan& fan)
{
    DcmItem* item = nullptr;
    check(data.findOrCreateSequenceItem(DCM_SequenceOfUltrasoundRegions, item, -2), "DICOM ultrasound region");
    const Fan::Box box = fan.box();
    Writer w(*item);
    w.number(DCM_RegionSpatialFormat, 1); // 2D.
    w.number(DCM_RegionDataType, 1);      // Tissue.
    w.wide(DCM_RegionFlags, 2);           // Scaling is protected.
    w.wide(DCM_RegionLocationMinX0, box.x0);
    w.wide(DCM_RegionLocationMinY0, box.y0);
    w.wide(DCM_RegionLocationMaxX1, box.x1);
    w.wide(DCM_RegionLocationMaxY1, box.y1);
    w.number(DCM_PhysicalUnitsXDirection, 3); // Centimetres.
    w.number(DCM_PhysicalUnitsYDirection, 3);
    w.real(DCM_PhysicalDeltaX, 0.1 * fan.pixelMm);
    w.real(DCM_PhysicalDeltaY, 0.1 * fan.pixelMm);
}

} // namespace

std::string makeUid(std::uint64_t seed, std::string_view name)
{
    const std::string hex = base::sha256Hex(std::to_string(seed) + "/" + std::string(name));
    __extension__ using Wide = unsigned __int128;
    Wide value = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        int digit = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 1, digit, 16);
        // RFC 9562: version 8 (our own derivation) and the variant bits.
        digit = i == 12 ? 8 : i == 16 ? 8 + digit % 4 : digit;
        value = value * 16 + static_cast<Wide>(digit);
    }
    std::string text;
    for (; value > 0; value /= 10) {
        text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    }
    return "2.25." + text;
}

Bytes ultrasoundBytes(const UltrasoundFile& file)
{
    DcmFileFormat format;
    DcmDataset& data = *format.getDataset();
    Writer w(data);
    putCommon(w, file.header, file.multiFrame ? UID_UltrasoundMultiframeImageStorage : UID_UltrasoundImageStorage, "US");
    w.text(DCM_ImageType, "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001"); // 0001: 2D imaging.
    w.text(DCM_BodyPartExamined, "KIDNEY");
    w.text(DCM_Laterality, file.header.laterality);
    w.text(DCM_PatientOrientation, "");
    w.text(DCM_TransducerData, file.probe);
    w.text(DCM_TransducerType, "CURVED LINEAR");
    w.text(DCM_DepthOfScanField, std::to_string(std::lround(file.fan.depthMm)));
    putPixelModule(w, file.fan.height, file.fan.width, 8, false);
    if (file.multiFrame) {
        w.text(DCM_NumberOfFrames, std::to_string(file.frames.size()));
        check(data.putAndInsertTagKey(DCM_FrameIncrementPointer, DCM_FrameTime), "DICOM frame pointer");
        w.text(DCM_FrameTime, decimal(file.frameMs));
        w.text(DCM_CineRate, std::to_string(std::lround(1000.0 / file.frameMs)));
        w.text(DCM_RecommendedDisplayFrameRate, std::to_string(std::lround(1000.0 / file.frameMs)));
        w.text(DCM_StartTrim, "1");
        w.text(DCM_StopTrim, std::to_string(file.frames.size()));
    }
    putRegion(data, file.fan);
    std::vector<GreyFrame> frames;
    for (const auto& frame : file.frames) {
        frames.push_back({file.fan.height, file.fan.width, 1, false, std::as_bytes(std::span(frame))});
    }
    const std::size_t compressed = putPixels(data, frames, file.storage);
    if (file.storage == Storage::JpegBaseline) {
        const double raw = static_cast<double>(file.frames.size() * file.frames.front().size());
        w.text(DCM_LossyImageCompression, "01");
        w.text(DCM_LossyImageCompressionRatio, decimal(std::round(100.0 * raw / static_cast<double>(compressed)) / 100.0));
        w.text(DCM_LossyImageCompressionMethod, "ISO_10918_1");
    } else {
        w.text(DCM_LossyImageCompression, "00");
    }
    return serialise(format, syntaxOf(file.storage));
}

Bytes ctBytes(const CtFile& file)
{
    DcmFileFormat format;
    DcmDataset& data = *format.getDataset();
    Writer w(data);
    putCommon(w, file.header, UID_CTImageStorage, "CT");
    w.text(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
    w.text(DCM_BodyPartExamined, "ABDOMEN");
    w.text(DCM_PatientPosition, "HFS");
    w.text(DCM_FrameOfReferenceUID, file.frameOfReferenceUid);
    w.text(DCM_PositionReferenceIndicator, "");
    w.text(DCM_ImagePositionPatient, decimal(file.position[0]) + "\\" + decimal(file.position[1]) + "\\" + decimal(file.position[2]));
    w.text(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    w.text(DCM_PixelSpacing, decimal(file.spacingMm) + "\\" + decimal(file.spacingMm));
    w.text(DCM_SliceThickness, decimal(file.thicknessMm));
    w.text(DCM_SpacingBetweenSlices, decimal(file.betweenSlicesMm));
    w.text(DCM_SliceLocation, decimal(file.position[2]));
    w.text(DCM_AcquisitionNumber, "1");
    w.text(DCM_KVP, "120");
    w.text(DCM_ConvolutionKernel, "STANDARD");
    w.text(DCM_ContrastBolusAgent, "SIMULATED");
    w.text(DCM_LossyImageCompression, "00");
    putPixelModule(w, file.rows, file.columns, 16, true);
    w.text(DCM_RescaleIntercept, "-1024");
    w.text(DCM_RescaleSlope, "1");
    w.text(DCM_RescaleType, "HU");
    w.text(DCM_WindowCenter, "50\\400");
    w.text(DCM_WindowWidth, "320\\1800");
    w.text(DCM_WindowCenterWidthExplanation, "Abdomen\\Bone");
    std::vector<std::int16_t> stored(file.hounsfield.begin(), file.hounsfield.end());
    for (std::int16_t& value : stored) {
        value = static_cast<std::int16_t>(value + 1024);
    }
    putPixels(data, {{file.rows, file.columns, 2, true, std::as_bytes(std::span(stored))}}, file.storage);
    return serialise(format, syntaxOf(file.storage));
}

void writeBytes(const std::filesystem::path& file, std::span<const std::byte> bytes)
{
    errno = 0;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
        const int reason = errno;
        throw base::Error(reason == ENOSPC ? base::ErrorCode::DiskFull : base::ErrorCode::Unreadable, file.string(),
                          reason != 0 ? std::strerror(reason) : "could not be written");
    }
}

} // namespace diascope::demo
