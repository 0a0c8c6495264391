// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/JpegMarkers.h"

#include "dicom/DataSet.h"
#include "dicom/Limits.h"

#include <cstring>

namespace diascope::dicom {

namespace {

using Process = JpegMarkers::Process;

class MarkerWalk {
public:
    explicit MarkerWalk(std::span<const std::byte> data) : m_data(data) {}

    JpegMarkers run()
    {
        if (m_data.size() < 4 || byte(0) != 0xFF || byte(1) != 0xD8) {
            refuse("it does not begin with a JPEG start marker");
            return m_out;
        }
        m_at = 2;
        while (m_out.refusal.empty() && step()) {
        }
        if (!m_out.complete) {
            m_out.length = m_data.size();
        }
        if (m_out.refusal.empty() && (m_out.process == Process::None || m_out.scans == 0)) {
            refuse("it has no frame header or no scan");
        }
        return m_out;
    }

private:
    unsigned byte(std::size_t i) const { return std::to_integer<unsigned>(m_data[i]); }
    unsigned word(std::size_t i) const { return byte(i) << 8 | byte(i + 1); }
    void refuse(std::string why)
    {
        if (m_out.refusal.empty()) {
            m_out.refusal = std::move(why);
        }
    }

    /// One marker segment; false at the end of the image or of the data.
    bool step()
    {
        if (m_at + 2 > m_data.size()) {
            return false;
        }
        if (byte(m_at) != 0xFF) {
            refuse("data stands where a JPEG marker should be");
            return false;
        }
        while (m_at + 2 < m_data.size() && byte(m_at + 1) == 0xFF) {
            ++m_at; // Fill bytes.
        }
        const unsigned marker = byte(m_at + 1);
        if (marker == 0xD9) {
            m_out.complete = true;
            m_out.length = m_at + 2;
            return false;
        }
        if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8) || marker == 0xFF) {
            refuse("JPEG marker " + std::to_string(marker) + " stands in a wrong place");
            return false;
        }
        if (m_at + 4 > m_data.size()) {
            return false;
        }
        const std::size_t length = word(m_at + 2);
        if (length < 2 || length > m_data.size() - m_at - 2) {
            refuse("a JPEG marker segment is longer than the data");
            return false;
        }
        segment(marker, m_data.subspan(m_at + 4, length - 2));
        m_at += 2 + length;
        if (marker == 0xDA) {
            ++m_out.scans;
            skipEntropy();
            checkScans();
        }
        return true;
    }

    void segment(unsigned marker, std::span<const std::byte> body)
    {
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
            frameHeader(marker, body);
        } else if (marker == 0xF7) {
            frameHeader(marker, body);
        } else if (marker == 0xDC || marker == 0xDE || marker == 0xDF || marker == 0xC8 || marker == 0xCC) {
            refuse("hierarchical, arithmetic and DNL coding are not read");
        } else if (marker == 0xE0 && body.size() >= 5 && std::memcmp(body.data(), "JFIF", 5) == 0) {
            m_out.jfif = true;
        } else if (marker == 0xEE && body.size() >= 12 && std::memcmp(body.data(), "Adobe", 5) == 0) {
            m_out.adobeTransform = std::to_integer<int>(body[11]);
        }
    }

    void frameHeader(unsigned marker, std::span<const std::byte> body)
    {
        if (m_out.process != Process::None) {
            refuse("it has two frame headers");
            return;
        }
        if (marker != 0xF7 && marker > 0xC3) {
            refuse("hierarchical and arithmetic coding are not read");
            return;
        }
        constexpr Process kProcesses[] = {Process::Baseline, Process::Extended, Process::Progressive, Process::Lossless};
        m_out.process = marker == 0xF7 ? Process::JpegLs : kProcesses[marker - 0xC0];
        if (body.size() < 6 || body.size() < 6 + 3 * std::to_integer<std::size_t>(body[5])) {
            refuse("its frame header is too short");
            return;
        }
        m_out.precision = std::to_integer<int>(body[0]);
        m_out.height = read16(body.data() + 1, true);
        m_out.width = read16(body.data() + 3, true);
        m_out.components = std::to_integer<int>(body[5]);
        if (m_out.components < 1 || m_out.components > 4 || m_out.width == 0 || m_out.height == 0 || m_out.precision < 2
            || m_out.precision > 16) {
            refuse("its frame header gives no usable size");
            return;
        }
        for (int c = 0; c < m_out.components; ++c) {
            const std::byte* entry = body.data() + 6 + 3 * c;
            m_out.componentIds[static_cast<std::size_t>(c)] = std::to_integer<int>(entry[0]);
            m_out.subsampled |= entry[1] != body[7];
        }
    }

    /// To the next marker that is no part of the entropy-coded data.
    void skipEntropy()
    {
        while (m_at + 1 < m_data.size()) {
            const void* found = std::memchr(m_data.data() + m_at, 0xFF, m_data.size() - m_at - 1);
            if (found == nullptr) {
                break;
            }
            m_at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - m_data.data());
            const unsigned next = byte(m_at + 1);
            const bool isRestart = next >= 0xD0 && next <= 0xD7;
            // JPEG-LS stuffs a bit, JPEG a zero byte.
            const bool isData = m_out.process == Process::JpegLs ? next < 0x80 : next == 0x00;
            if (!isData && !isRestart && next != 0xFF) {
                return;
            }
            m_at += next == 0xFF ? 1 : 2;
        }
        m_at = m_data.size();
    }

    void checkScans()
    {
        const std::uint64_t samples = static_cast<std::uint64_t>(m_out.width) * static_cast<std::uint64_t>(m_out.height)
                                      * static_cast<std::uint64_t>(m_out.components);
        if (m_out.scans > kMaxJpegScans || static_cast<std::uint64_t>(m_out.scans) * samples > kMaxScanSamples) {
            refuse("it has more scans than any real image");
        }
    }

    std::span<const std::byte> m_data;
    std::size_t m_at = 0;
    JpegMarkers m_out;
};

} // namespace

JpegMarkers readJpegMarkers(std::span<const std::byte> data)
{
    return MarkerWalk(data).run();
}

} // namespace diascope::dicom
