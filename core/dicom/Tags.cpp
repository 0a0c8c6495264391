// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Tags.h"

#include "base/Error.h"
#include "dicom/Charset.h"
#include "dicom/TagNames.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace diascope::dicom {

namespace {

using base::Json;

constexpr std::size_t kMaxNodes = 20000;
constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxNumbers = 32;

bool isBinaryNumber(Vr kind)
{
    switch (kind) {
    case vr("US"): case vr("SS"): case vr("UL"): case vr("SL"): case vr("UV"): case vr("SV"): case vr("FL"): case vr("FD"): case vr("AT"):
        return true;
    default:
        return false;
    }
}

bool isOpaque(Vr kind)
{
    switch (kind) {
    case vr("OB"): case vr("OW"): case vr("OD"): case vr("OF"): case vr("OL"): case vr("OV"): case vr("UN"): case 0:
        return true;
    default:
        return false;
    }
}

class TreeBuilder {
public:
    TreeBuilder(const ElementIndex& index, const std::vector<std::string>& charsets) : m_index(index), m_charsets(charsets) {}

    /// Elements from `first` to `end` as an array. Recursion is bounded by kMaxDepth of the scan.
    Json level(std::uint32_t first, std::uint32_t end)
    {
        Json array = Json::array();
        for (std::uint32_t i = first; i < end; i = m_index.elements[i].next) {
            if (++m_nodes > kMaxNodes) {
                array.push_back({{"note", "the rest is left out"}});
                break;
            }
            array.push_back(node(i));
        }
        return array;
    }

private:
    Json node(std::uint32_t at)
    {
        const Element& element = m_index.elements[at];
        const Vr kind = element.vr != 0 && element.vr != vr("UN") ? element.vr : dictionaryVr(element.tag);
        Json out;
        out["tag"] = tagText(element.tag);
        out["vr"] = kind == 0 ? "UN" : vrName(kind);
        if (std::string name = tagName(element.tag); !name.empty()) {
            out["name"] = std::move(name);
        }
        if (element.sequence) {
            Json items = Json::array();
            for (std::uint32_t i = at + 1; i < element.next && m_nodes <= kMaxNodes; i = m_index.elements[i].next) {
                items.push_back(level(i + 1, m_index.elements[i].next));
            }
            out["items"] = std::move(items);
        } else {
            value(element, kind, out);
        }
        return out;
    }

    void value(const Element& element, Vr kind, Json& out) const
    {
        const auto bytes = m_index.bytes.subspan(element.offset, element.length);
        if (isOpaque(kind)) {
            out["bytes"] = element.length;
            return;
        }
        if (isBinaryNumber(kind)) {
            Json numbers = Json::array();
            for (const double number : numbersOf(element, bytes.first(std::min<std::size_t>(bytes.size(), 8 * kMaxNumbers)), kind)) {
                if (numbers.size() < kMaxNumbers) {
                    numbers.push_back(numberJson(number, kind));
                }
            }
            out["value"] = numbers.size() == 1 ? numbers.front() : numbers;
            return;
        }
        const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        std::string text = toUtf8(trimmed(raw.substr(0, kMaxText)), m_charsets);
        if (raw.size() > kMaxText) {
            text += " ... (" + std::to_string(raw.size()) + " bytes)";
        }
        out["value"] = base::visibleText(text);
    }

    static Json numberJson(double number, Vr kind)
    {
        if (kind == vr("AT")) {
            return tagText(static_cast<Tag>(number));
        }
        if (!std::isfinite(number)) {
            return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        }
        const bool isFloat = kind == vr("FL") || kind == vr("FD");
        return isFloat || std::abs(number) > 9e15 ? Json(number) : Json(static_cast<std::int64_t>(number));
    }

    const ElementIndex& m_index;
    const std::vector<std::string>& m_charsets;
    std::size_t m_nodes = 0;
};

} // namespace

Json tagsAsJson(const Scan& scan, const std::vector<std::string>& charsets)
{
    return TreeBuilder(scan.index, charsets).level(0, static_cast<std::uint32_t>(scan.index.elements.size()));
}

std::string objectKind(const std::string& uid)
{
    constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
        {"1.2.840.10008.1.3.10", "a media directory (DICOMDIR)"},
        {"1.2.840.10008.5.1.4.1.1.481.3", "a radiotherapy structure set"},
        {"1.2.840.10008.5.1.4.1.1.481.4", "a radiotherapy treatment record"},
        {"1.2.840.10008.5.1.4.1.1.481.5", "a radiotherapy plan"},
        {"1.2.840.10008.5.1.4.1.1.481", "a radiotherapy object"},
        {"1.2.840.10008.5.1.4.1.1.88", "a structured report"},
        {"1.2.840.10008.5.1.4.1.1.104", "an encapsulated document"},
        {"1.2.840.10008.5.1.4.1.1.11", "a presentation state"},
        {"1.2.840.10008.5.1.4.1.1.9", "a waveform"},
        {"1.2.840.10008.5.1.4.1.1.66.4", "a segmentation"},
        {"1.2.840.10008.5.1.4.1.1.66.5", "a surface segmentation"},
        {"1.2.840.10008.5.1.4.1.1.66", "a registration or raw data object"},
        {"1.2.840.10008.5.1.4.39", "a colour palette"},
        {"1.2.840.10008.5.1.4.38", "a hanging protocol"},
        {"1.2.840.10008.5.1.4.31", "a worklist entry"},
        {"1.2.840.10008.5.1.4.34", "a radiotherapy or worklist object"},
        {"1.2.840.10008.3.1", "a workflow object"},
    };
    for (const auto& [prefix, kind] : kKinds) {
        const std::string_view text(uid);
        if (text.substr(0, prefix.size()) == prefix && (text.size() == prefix.size() || text[prefix.size()] == '.')) {
            return std::string(kind);
        }
    }
    return uid.empty() ? "an object of unnamed class" : "an object of class " + base::visibleText(uid);
}

} // namespace diascope::dicom
