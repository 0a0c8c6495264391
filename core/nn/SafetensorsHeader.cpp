// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/SafetensorsHeader.h"

#include "base/Error.h"
#include "base/Text.h"

#include <nlohmann/json.hpp>

#include <unordered_set>

namespace diascope::nn {

namespace {

constexpr std::size_t kMaxRank = 64;
constexpr std::size_t kMaxNameBytes = 4096;

/// Where in the header the parser is.
enum class Place { Start, Top, Metadata, MetadataText, Entry, EntryOpening, MetadataOpening, Dtype, ShapeOpening, Shape, OffsetsOpening, Offsets, Done };

/// Follows the parser's events through the one shape that a header may have.
class HeaderEvents final : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit HeaderEvents(const std::string& subject) : m_subject(subject) {}
    SafetensorsHeader header;

    bool null() override { refuse("null"); }
    bool boolean(bool) override { refuse("true or false"); }
    bool number_integer(number_integer_t) override { refuse("a negative number"); }
    bool number_float(number_float_t, const string_t& text) override { refuse("the number " + base::shortened(text)); }
    bool binary(binary_t&) override { refuse("binary data"); }

    bool number_unsigned(number_unsigned_t value) override
    {
        if (m_place == Place::Shape) {
            entry().shape.push_back(value);
            if (entry().shape.size() > kMaxRank) {
                fail("the tensor '" + base::shortened(entry().name) + "' has more than 64 dimensions");
            }
        } else if (m_place == Place::Offsets && m_offsets < 2) {
            (m_offsets == 0 ? entry().begin : entry().end) = value;
            ++m_offsets;
        } else {
            refuse("a number");
        }
        return true;
    }

    bool string(string_t& value) override
    {
        if (m_place == Place::Dtype) {
            entry().dtype = value;
            m_place = Place::Entry;
        } else if (m_place == Place::MetadataText) {
            header.metadata[m_key] = std::move(value);
            m_place = Place::Metadata;
        } else {
            refuse("a text");
        }
        return true;
    }

    bool start_object(std::size_t) override
    {
        if (m_place == Place::Start) {
            m_place = Place::Top;
        } else if (m_place == Place::EntryOpening) {
            m_fields = 0;
            m_place = Place::Entry;
        } else if (m_place == Place::MetadataOpening) {
            m_place = Place::Metadata;
        } else {
            refuse("an object");
        }
        return true;
    }

    bool key(string_t& name) override
    {
        switch (m_place) {
        case Place::Top:
            openEntry(name);
            break;
        case Place::Metadata:
            if (header.metadata.contains(name)) {
                fail("the metadata key '" + base::shortened(name) + "' stands twice");
            }
            m_key = name;
            m_place = Place::MetadataText;
            break;
        case Place::Entry:
            openField(name);
            break;
        default:
            refuse("a key");
        }
        return true;
    }

    bool end_object() override
    {
        if (m_place == Place::Entry && m_fields != (kDtype | kShape | kOffsets)) {
            fail("the tensor '" + base::shortened(entry().name) + "' lacks one of dtype, shape, data_offsets");
        }
        m_place = m_place == Place::Top ? Place::Done : Place::Top;
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_place == Place::ShapeOpening) {
            m_place = Place::Shape;
        } else if (m_place == Place::OffsetsOpening) {
            m_offsets = 0;
            m_place = Place::Offsets;
        } else {
            refuse("a list");
        }
        return true;
    }

    bool end_array() override
    {
        if (m_place == Place::Offsets && m_offsets != 2) {
            fail("the data_offsets of '" + base::shortened(entry().name) + "' are not two numbers");
        }
        m_place = Place::Entry;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override
    {
        const std::string_view what = error.what();
        const auto label = what.find("] ");
        fail("its header is not valid JSON at byte " + std::to_string(position) + ": "
             + base::shortened(label == std::string_view::npos ? what : what.substr(label + 2), 200));
    }

private:
    static constexpr int kDtype = 1, kShape = 2, kOffsets = 4;

    [[noreturn]] void fail(const std::string& reason) const { throw base::Error(base::ErrorCode::Malformed, m_subject, reason); }
    [[noreturn]] void refuse(const std::string& found) const
    {
        fail("its header holds " + found + (header.entries.empty() ? "" : " (near the tensor '" + base::shortened(header.entries.back().name) + "')")
             + " where the safetensors format has none");
    }
    TensorEntry& entry() { return header.entries.back(); }

    void openEntry(const std::string& name)
    {
        if (!m_names.insert(name).second) {
            fail("the name '" + base::shortened(name) + "' stands twice in its header");
        }
        if (name == "__metadata__") {
            m_place = Place::MetadataOpening;
            return;
        }
        if (name.size() > kMaxNameBytes) {
            fail("a tensor name is " + std::to_string(name.size()) + " bytes long; the limit is 4096");
        }
        if (name.find('\0') != std::string::npos) {
            fail("a tensor name holds a zero byte");
        }
        header.entries.push_back({.name = name, .dtype = {}, .shape = {}});
        m_place = Place::EntryOpening;
    }

    void openField(const std::string& name)
    {
        const int field = name == "dtype" ? kDtype : name == "shape" ? kShape : name == "data_offsets" ? kOffsets : 0;
        if (field == 0 || (m_fields & field) != 0) {
            fail("the tensor '" + base::shortened(entry().name) + "' has " + (field == 0 ? "an unknown field '" : "twice the field '")
                 + base::shortened(name) + "'");
        }
        m_fields |= field;
        m_place = field == kDtype ? Place::Dtype : field == kShape ? Place::ShapeOpening : Place::OffsetsOpening;
    }

    const std::string& m_subject;
    Place m_place = Place::Start;
    std::string m_key;
    int m_fields = 0, m_offsets = 0;
    std::unordered_set<std::string> m_names;
};

} // namespace

SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& subject)
{
    HeaderEvents events(subject);
    nlohmann::json::sax_parse(json.begin(), json.end(), &events);
    return std::move(events.header);
}

} // namespace diascope::nn
