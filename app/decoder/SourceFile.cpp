// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder/SourceFile.h"

#include "base/Error.h"
#include "base/Hash.h"
#include "dicom/Reader.h"
#include "formats/Formats.h"

#include <utility>

namespace diascope::decoder {

namespace {

class PictureFile final : public SourceFile {
public:
    PictureFile(std::span<const std::byte> bytes, std::string subject)
        : m_bytes(bytes)
        , m_subject(std::move(subject))
    {
    }
    [[nodiscard]] image::SourceInfo info() const override { return formats::readInfo(m_bytes, m_subject); }
    [[nodiscard]] image::Image frame(const decode::FrameOptions& options) const override
    {
        return formats::read(m_bytes, m_subject, {options.frame, options.reduce, options.joinEqualChannels, options.greyLevels});
    }
    [[nodiscard]] std::string pixelSha256() const override
    {
        base::Sha256 hash;
        const int frames = info().frames;
        for (int i = 0; i < frames; ++i) {
            hash.update(formats::read(m_bytes, m_subject, {i, 0}).bytes());
        }
        return hash.hex();
    }
    [[nodiscard]] base::Json tags() const override { return nullptr; }

private:
    std::span<const std::byte> m_bytes;
    std::string m_subject;
};

class DicomFile final : public SourceFile {
public:
    DicomFile(std::span<const std::byte> bytes, const std::string& subject)
        : m_reader(dicom::Reader::open(bytes, subject))
    {
    }
    [[nodiscard]] image::SourceInfo info() const override { return m_reader->info(); }
    [[nodiscard]] image::Image frame(const decode::FrameOptions& options) const override
    {
        return m_reader->frame(options.frame, {options.rawPalette, options.reduce});
    }
    [[nodiscard]] std::string pixelSha256() const override { return m_reader->pixelSha256(); }
    [[nodiscard]] base::Json tags() const override { return m_reader->tags(); }

private:
    std::unique_ptr<dicom::Reader> m_reader;
};

} // namespace

std::unique_ptr<SourceFile> openSource(std::span<const std::byte> bytes, const std::string& subject)
{
    const auto kind = formats::sniff(bytes);
    if (kind && *kind != "dicom") {
        return std::make_unique<PictureFile>(bytes, subject);
    }
    if (!kind) {
        if (const auto foreign = formats::foreignKind(bytes)) {
            throw base::Error(base::ErrorCode::Unsupported, subject,
                              "this is " + *foreign + ", which is not read here");
        }
    }
    try {
        return std::make_unique<DicomFile>(bytes, subject);
    } catch (const base::Error& error) {
        // "Damaged" would be the wrong word for a letter or a table.
        if (!kind && error.code() == base::ErrorCode::Malformed && !dicom::looksLikeDicom(bytes)) {
            throw base::Error(base::ErrorCode::Unsupported, subject,
                              "this is neither a DICOM file nor a PNG, JPEG, TIFF or BMP picture");
        }
        throw;
    }
}

} // namespace diascope::decoder
