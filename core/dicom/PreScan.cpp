// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/PreScan.h"

#include "dicom/Inflate.h"
#include "dicom/Limits.h"
#include "dicom/Walker.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace diascope::dicom {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kPreamble = 128;
constexpr const char* kImplicitLittle = "1.2.840.10008.1.2";
constexpr const char* kExplicitLittle = "1.2.840.10008.1.2.1";
constexpr const char* kDeflated = "1.2.840.10008.1.2.1.99";
constexpr const char* kExplicitBig = "1.2.840.10008.1.2.2";

bool hasMagicAt(std::span<const std::byte> file, std::size_t at)
{
    return file.size() >= at + 4 && std::memcmp(file.data() + at, "DICM", 4) == 0;
}

/// Where the first element stands. Throws when nothing at the usual places looks like one.
std::size_t findStart(std::span<const std::byte> file, const std::string& subject)
{
    if (hasMagicAt(file, kPreamble)) {
        return kPreamble + 4;
    }
    if (hasMagicAt(file, 0)) {
        return 4;
    }
    const auto plausible = [&](std::size_t at) {
        if (file.size() < at + 8) {
            return false;
        }
        const std::uint16_t little = read16(file.data() + at, false);
        const std::uint16_t big = read16(file.data() + at, true);
        const bool isGroup = little == 2 || little == 8 || big == 8;
        const bool isBig = little != 2 && little != 8;
        // A bare data set begins with a low element number of a low group.
        return isGroup && read16(file.data() + at + 2, isBig) <= 0x0100;
    };
    for (const std::size_t at : {std::size_t{0}, kPreamble}) {
        if (plausible(at)) {
            return at;
        }
    }
    throw Error(ErrorCode::Malformed, subject,
                file.empty() ? "the file is empty" : "not a DICOM file: no \"DICM\" mark and no data element at its beginning");
}

/// What the bytes at `at` say against what the transfer syntax claims: the bytes win, for both are seen wrong in the field.
Encoding sniff(std::span<const std::byte> bytes, std::size_t at, Encoding claimed, bool& differs)
{
    Encoding found = claimed;
    if (bytes.size() < at + 8) {
        return found;
    }
    const std::byte* p = bytes.data() + at;
    const auto isLowGroup = [](std::uint16_t group) { return group != 0 && group <= 0x0010 && group % 2 == 0; };
    const bool little = isLowGroup(read16(p, false));
    const bool big = isLowGroup(read16(p, true));
    if (read16(p, false) == 0xFFFE || read16(p, true) == 0xFFFE) {
        return found; // A stray delimiter: it has no VR in any encoding.
    }
    if (little != big) {
        found.bigEndian = big;
    }
    const Vr here = static_cast<Vr>(std::to_integer<unsigned>(p[4]) << 8 | std::to_integer<unsigned>(p[5]));
    found.explicitVr = isKnownVr(here);
    differs = found.explicitVr != claimed.explicitVr || found.bigEndian != claimed.bigEndian;
    return found;
}

void inflateDataSet(Scan& scan, std::size_t at, const std::string& subject)
{
    const auto deflated = scan.index.bytes.subspan(at);
    const std::size_t limit =
        std::min(kMaxInflatedBytes, std::max(kMinInflateAllowance, deflated.size() * kMaxInflateRatio));
    Inflated result = inflateBytes(deflated, limit);
    if (result.end == Inflated::End::TooLarge) {
        throw Error(ErrorCode::TooLarge, subject,
                    "the deflated data set inflates to more than " + std::to_string(limit >> 20) + " MB");
    }
    if (result.end == Inflated::End::Damaged || result.bytes.size() < 8) {
        throw Error(ErrorCode::Malformed, subject, "the deflated data set is damaged and cannot be inflated");
    }
    if (result.end == Inflated::End::Truncated) {
        scan.truncated = true;
        addProblem(scan.problems, subject, "the deflated data set ends early; what follows is missing");
    }
    // The meta group keeps its place in front, so that one index covers both.
    scan.inflated.reserve(at + result.bytes.size());
    scan.inflated.assign(scan.index.bytes.begin(), scan.index.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    scan.inflated.insert(scan.inflated.end(), result.bytes.begin(), result.bytes.end());
    scan.index.bytes = scan.inflated;
}

} // namespace

std::string tagText(Tag tag)
{
    char text[16];
    std::snprintf(text, sizeof text, "(%04X,%04X)", static_cast<unsigned>(tag >> 16), static_cast<unsigned>(tag & 0xFFFF));
    return text;
}

void addProblem(std::vector<base::Problem>& problems, const std::string& subject, std::string detail, ErrorCode code)
{
    if (problems.size() < kMaxProblems) {
        problems.push_back({code, subject, std::move(detail)});
    }
}

Scan scanFile(std::span<const std::byte> file, const std::string& subject)
{
    Scan scan;
    scan.index.bytes = file;
    const std::size_t start = findStart(file, subject);
    std::size_t at = Walker(scan, subject).walkMeta(start);
    scan.transferSyntax = scan.meta().code(0x00020010);
    if (scan.transferSyntax.empty() && start != 0) {
        addProblem(scan.problems, subject, "the file meta information names no transfer syntax; it was found from the bytes");
    }
    if (scan.transferSyntax == kDeflated) {
        inflateDataSet(scan, at, subject);
    }
    Encoding claimed;
    claimed.explicitVr = !scan.transferSyntax.empty() && scan.transferSyntax != kImplicitLittle;
    claimed.bigEndian = scan.transferSyntax == kExplicitBig;
    bool differs = false;
    const Encoding encoding = sniff(scan.index.bytes, at, claimed, differs);
    if (scan.transferSyntax.empty()) {
        scan.transferSyntax = encoding.bigEndian ? kExplicitBig : encoding.explicitVr ? kExplicitLittle : kImplicitLittle;
    } else if (differs && at < scan.index.bytes.size()) {
        addProblem(scan.problems, subject, "the data set is not written in the transfer syntax that the file names; it is read as it is written");
    }
    Walker(scan, subject).walkDataSet(at, encoding);
    if (scan.index.elements.empty()) {
        throw Error(ErrorCode::Malformed, subject, "not a DICOM file: it holds no data element");
    }
    return scan;
}

} // namespace diascope::dicom
