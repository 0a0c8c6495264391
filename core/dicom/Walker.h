// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/PreScan.h"

namespace diascope::dicom {

/// How elements are written from here on.
struct Encoding {
    bool explicitVr = true;
    bool bigEndian = false;
};

/// The iterative walk over one data set; fills `scan.index` and the fragments. One use per object.
class Walker {
public:
    Walker(Scan& scan, std::string subject) : m_scan(scan), m_bytes(scan.index.bytes), m_subject(std::move(subject)) {}

    /// Reads elements of group 0002 from `at`; returns where the next group begins.
    [[nodiscard]] std::size_t walkMeta(std::size_t at);
    /// Reads everything from `at` to the end.
    void walkDataSet(std::size_t at, Encoding encoding);

private:
    enum class Kind { Root, Sequence, Item };
    struct Container {
        Kind kind;
        std::size_t end;     ///< Where it ends at the latest.
        bool undefined;      ///< Ends with a delimiter.
        std::uint32_t entry; ///< Its own index entry; unused for the root.
        Encoding encoding;
    };
    struct Header {
        Tag tag = 0;
        Vr vr = 0;
        std::uint32_t length = 0;
        std::size_t valueAt = 0;
        bool valid = false;
    };

    Header readHeader(std::size_t at, std::size_t limit, Encoding encoding) const;
    void stepInSequence();
    void stepInDataSet();
    void openSequence(const Header& header, Encoding inner);
    void openValue(const Header& header);
    void walkFragments(const Header& header);
    [[nodiscard]] bool looksLikeItems(const Header& header, std::size_t end, bool bigEndian) const;
    std::uint32_t append(Element element);
    void push(Container container);
    void close();
    void problem(std::string detail) const;
    void truncatedAt(Tag tag);

    Scan& m_scan;
    std::span<const std::byte> m_bytes;
    std::string m_subject;
    std::size_t m_at = 0;
    std::vector<Container> m_stack;
    int m_depth = 0;
};

/// True when the two characters are a value representation of PS3.5.
[[nodiscard]] bool isKnownVr(Vr value);

} // namespace diascope::dicom
