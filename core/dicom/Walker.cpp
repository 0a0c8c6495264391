// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Walker.h"

#include "dicom/Limits.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace diascope::dicom {

namespace {

constexpr Tag kPixelData = 0x7FE00010;

bool isPixelTag(Tag tag)
{
    return tag == kPixelData || tag == 0x7FE00008 || tag == 0x7FE00009;
}

bool hasLongLength(Vr value)
{
    switch (value) {
    case vr("OB"): case vr("OD"): case vr("OF"): case vr("OL"): case vr("OV"): case vr("OW"): case vr("SQ"): case vr("SV"):
    case vr("UC"): case vr("UN"): case vr("UR"): case vr("UT"): case vr("UV"):
        return true;
    default:
        return false;
    }
}

bool isUpper(std::byte b)
{
    return b >= std::byte{'A'} && b <= std::byte{'Z'};
}

} // namespace

bool isKnownVr(Vr value)
{
    constexpr std::string_view kShort = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US";
    const char name[2] = {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
    const auto at = kShort.find(std::string_view(name, 2));
    return hasLongLength(value) || (at != std::string_view::npos && at % 3 == 0);
}

void Walker::problem(std::string detail) const
{
    addProblem(m_scan.problems, m_subject, std::move(detail));
}

void Walker::truncatedAt(Tag tag)
{
    if (!m_scan.truncated) {
        problem("the file ends inside " + tagText(tag) + "; what follows is missing");
    }
    m_scan.truncated = true;
}

std::uint32_t Walker::append(Element element)
{
    auto& elements = m_scan.index.elements;
    if (elements.size() >= kMaxElements) {
        throw base::Error(base::ErrorCode::TooLarge, m_subject,
                          "more than " + std::to_string(kMaxElements) + " data elements");
    }
    const auto entry = static_cast<std::uint32_t>(elements.size());
    element.next = entry + 1;
    elements.push_back(element);
    return entry;
}

void Walker::push(Container container)
{
    if (container.kind == Kind::Sequence && ++m_depth > kMaxDepth) {
        throw base::Error(base::ErrorCode::TooLarge, m_subject,
                          "sequences nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    m_stack.push_back(container);
}

void Walker::close()
{
    const Container closed = m_stack.back();
    m_stack.pop_back();
    if (closed.kind == Kind::Root) {
        return;
    }
    m_depth -= closed.kind == Kind::Sequence ? 1 : 0;
    auto& elements = m_scan.index.elements;
    elements[closed.entry].next = static_cast<std::uint32_t>(elements.size());
    const std::size_t begin = elements[closed.entry].offset;
    elements[closed.entry].length = std::min(m_at, closed.end) > begin ? std::min(m_at, closed.end) - begin : 0;
}

Walker::Header Walker::readHeader(std::size_t at, std::size_t limit, Encoding encoding) const
{
    Header header;
    if (limit < 8 || at > limit - 8) {
        return header;
    }
    const std::byte* p = m_bytes.data() + at;
    const bool big = encoding.bigEndian;
    header.tag = (Tag{read16(p, big)} << 16) | read16(p + 2, big);
    header.valid = true;
    header.valueAt = at + 8;
    const bool isDelimiter = (header.tag >> 16) == 0xFFFE;
    if (!encoding.explicitVr || isDelimiter || !isUpper(p[4]) || !isUpper(p[5])) {
        // Some writers fall back to implicit VR in the middle of an explicit file.
        header.length = read32(p + 4, big);
        return header;
    }
    header.vr = static_cast<Vr>(std::to_integer<unsigned>(p[4]) << 8 | std::to_integer<unsigned>(p[5]));
    // PS3.5 7.1.2: unknown VRs have the long form; a non-zero reserved field tells that this one has not.
    const bool isLong = hasLongLength(header.vr) || (!isKnownVr(header.vr) && read16(p + 6, big) == 0);
    if (!isLong) {
        header.length = read16(p + 6, big);
        return header;
    }
    if (limit < 12 || at > limit - 12) {
        header.valid = false;
        return header;
    }
    header.length = read32(p + 8, big);
    header.valueAt = at + 12;
    return header;
}

std::size_t Walker::walkMeta(std::size_t at)
{
    while (true) {
        Header header = readHeader(at, m_bytes.size(), {true, false});
        if (!header.valid || (header.tag >> 16) != 0x0002) {
            break;
        }
        const std::size_t left = m_bytes.size() - header.valueAt;
        if (header.length > left) {
            truncatedAt(header.tag);
            return m_bytes.size();
        }
        append({.tag = header.tag, .vr = header.vr, .offset = header.valueAt, .length = header.length});
        at = header.valueAt + header.length;
    }
    m_scan.dataSetBegin = static_cast<std::uint32_t>(m_scan.index.elements.size());
    return at;
}

void Walker::walkDataSet(std::size_t at, Encoding encoding)
{
    m_at = at;
    push({Kind::Root, m_bytes.size(), false, 0, encoding});
    while (!m_stack.empty()) {
        if (m_at >= m_stack.back().end) {
            if (m_stack.back().undefined && m_at >= m_bytes.size()) {
                truncatedAt(m_scan.index.elements[m_stack.back().entry].tag);
            }
            close();
        } else if (m_stack.back().kind == Kind::Sequence) {
            stepInSequence();
        } else {
            stepInDataSet();
        }
    }
}

void Walker::stepInSequence()
{
    const Container top = m_stack.back();
    const Header header = readHeader(m_at, top.end, top.encoding);
    if (!header.valid) {
        m_at = top.end;
        return;
    }
    if (header.tag == kSequenceEnd) {
        m_at = header.valueAt;
        close();
        return;
    }
    if (header.tag != kItem) {
        problem("a sequence holds " + tagText(header.tag) + " where an item should be");
        if (!top.undefined) {
            m_at = top.end;
        }
        close();
        return;
    }
    const std::uint32_t entry =
        append({.tag = kItem, .bigEndian = top.encoding.bigEndian, .offset = header.valueAt});
    m_at = header.valueAt;
    const bool undefined = header.length == kUndefined;
    const std::size_t left = top.end - m_at;
    if (!undefined && header.length > left) {
        problem("an item is longer than the sequence that holds it");
    }
    const std::size_t end = undefined ? top.end : m_at + std::min<std::size_t>(header.length, left);
    push({Kind::Item, end, undefined, entry, top.encoding});
}

void Walker::stepInDataSet()
{
    const Container top = m_stack.back();
    const Header header = readHeader(m_at, top.end, top.encoding);
    if (!header.valid) {
        if (top.kind == Kind::Root) {
            truncatedAt(m_scan.index.elements.empty() ? 0 : m_scan.index.elements.back().tag);
        }
        m_at = top.end;
        return;
    }
    if (header.tag == kItemEnd && top.kind == Kind::Item) {
        m_at = header.valueAt;
        close();
        return;
    }
    if (header.tag == kSequenceEnd && top.kind == Kind::Item && top.undefined) {
        close(); // The item's own delimiter is missing; the sequence takes this one.
        return;
    }
    if ((header.tag >> 16) == 0xFFFE) {
        problem("stray delimiter " + tagText(header.tag));
        m_at = header.valueAt;
        return;
    }
    openValue(header);
}

bool Walker::looksLikeItems(const Header& header, std::size_t end, bool bigEndian) const
{
    if (end - header.valueAt < 8) {
        return false;
    }
    const std::byte* p = m_bytes.data() + header.valueAt;
    const Tag first = (Tag{read16(p, bigEndian)} << 16) | read16(p + 2, bigEndian);
    const std::uint32_t length = read32(p + 4, bigEndian);
    return first == kItem && (length == kUndefined || length <= end - header.valueAt - 8);
}

void Walker::openSequence(const Header& header, Encoding inner)
{
    const std::size_t limit = m_stack.back().end;
    const bool undefined = header.length == kUndefined;
    const std::size_t end = undefined ? limit : header.valueAt + header.length;
    const std::uint32_t entry = append({.tag = header.tag, .vr = vr("SQ"), .bigEndian = inner.bigEndian, .sequence = true,
                                        .offset = header.valueAt});
    m_at = header.valueAt;
    push({Kind::Sequence, end, undefined, entry, inner});
}

void Walker::openValue(const Header& header)
{
    const Container top = m_stack.back();
    const Encoding encoding = top.encoding;
    const bool binary = header.vr == vr("OB") || header.vr == vr("OW");
    const bool implicitElement = header.vr == 0;
    // CP-246: UN of undefined length is an implicit little-endian sequence. The same is done for defined length.
    const Encoding implicitLittle{false, false};
    if (header.length == kUndefined) {
        if (binary || (header.tag == kPixelData && header.vr != vr("SQ"))) {
            walkFragments(header);
        } else {
            openSequence(header, header.vr == vr("UN") ? implicitLittle : encoding);
        }
        return;
    }
    const std::size_t left = top.end - header.valueAt;
    std::size_t length = header.length;
    if (length > left) {
        const bool keep = isPixelTag(header.tag);
        if (top.end == m_bytes.size()) {
            truncatedAt(header.tag);
        } else {
            problem(tagText(header.tag) + " is longer than the item that holds it");
        }
        if (!keep) {
            m_at = top.end;
            return;
        }
        length = left;
    }
    const std::size_t end = header.valueAt + length;
    const bool mayHoldItems = implicitElement || header.vr == vr("UN");
    const bool bigItems = encoding.bigEndian && header.vr != vr("UN");
    if (header.vr == vr("SQ")) {
        openSequence(header, encoding);
    } else if (mayHoldItems && !isPixelTag(header.tag) && looksLikeItems(header, end, bigItems)) {
        openSequence(header, implicitElement ? Encoding{encoding.explicitVr, bigItems} : implicitLittle);
    } else {
        append({.tag = header.tag, .vr = header.vr, .bigEndian = encoding.bigEndian, .offset = header.valueAt,
                .length = length});
        m_at = end;
    }
}

void Walker::walkFragments(const Header& header)
{
    const Container top = m_stack.back();
    const bool record = top.kind == Kind::Root && header.tag == kPixelData && !m_scan.encapsulated;
    m_scan.encapsulated |= record;
    std::size_t at = header.valueAt;
    std::size_t firstItem = 0;
    bool isTable = true;
    bool ended = false;
    while (!ended) {
        const Header item = readHeader(at, top.end, {false, top.encoding.bigEndian});
        if (!item.valid) {
            truncatedAt(header.tag);
            at = top.end;
            break;
        }
        if (item.tag != kItem) {
            if (item.tag != kSequenceEnd) {
                problem("fragments of " + tagText(header.tag) + " end without a delimiter");
            } else {
                at = item.valueAt;
            }
            ended = true;
            continue;
        }
        const std::size_t left = top.end - item.valueAt;
        const std::size_t length = std::min<std::size_t>(item.length, left);
        if (item.length > left) {
            truncatedAt(header.tag);
        }
        if (record && isTable) {
            const auto table = m_bytes.subspan(item.valueAt, length);
            m_scan.offsetTable.assign(table.begin(), table.end());
            firstItem = item.valueAt + length;
        } else if (record) {
            if (m_scan.fragments.size() >= kMaxFragments) {
                throw base::Error(base::ErrorCode::TooLarge, m_subject,
                                  "more than " + std::to_string(kMaxFragments) + " fragments of pixel data");
            }
            m_scan.fragments.push_back({item.valueAt, length, at - firstItem});
        }
        isTable = false;
        at = item.valueAt + length;
    }
    append({.tag = header.tag, .vr = header.vr == 0 ? vr("OB") : header.vr, .bigEndian = top.encoding.bigEndian,
            .offset = header.valueAt, .length = at - header.valueAt});
    m_at = at;
}

} // namespace diascope::dicom
