// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Json.h"

#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace diascope::base {

namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMostKeys = 10'000; // of one object: finding a key among ordered ones takes a look at each
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Sees every event of the parser and refuses what nlohmann-json would let pass: depth and duplicate keys.
class ParseGuard {
public:
    explicit ParseGuard(const std::string& subject) : m_subject(subject) {}

    bool operator()(int, nlohmann::json::parse_event_t event, const Json& value)
    {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start || event == Event::array_start) {
            m_keys.emplace_back();
            if (m_keys.size() > kMaxDepth) {
                throw Error(ErrorCode::TooLarge, m_subject,
                            "it is nested deeper than " + std::to_string(kMaxDepth) + " levels");
            }
        } else if (event == Event::object_end || event == Event::array_end) {
            m_keys.pop_back();
        } else if (event == Event::key) {
            const auto& key = value.get_ref<const std::string&>();
            if (!m_keys.back().insert(key).second) {
                throw Error(ErrorCode::Malformed, m_subject, "the key '" + shortened(key) + "' stands twice in one object");
            }
            if (m_keys.back().size() > kMostKeys) {
                throw Error(ErrorCode::TooLarge, m_subject, "an object of it has more than " + std::to_string(kMostKeys) + " keys");
            }
        }
        return true;
    }

private:
    const std::string& m_subject;
    std::vector<std::unordered_set<std::string>> m_keys;
};

/// "[json.exception.parse_error.101] parse error at line 1 ..." without the library's own label.
std::string plainReason(std::string_view what)
{
    const auto end = what.find("] ");
    if (what.starts_with("[") && end != std::string_view::npos) {
        what.remove_prefix(end + 2);
    }
    return shortened(what, 300);
}

/// How a person would call what was found, with its value where that is short.
std::string describe(const Json& value)
{
    switch (value.type()) {
    case Json::value_t::null:
        return "nothing (null)";
    case Json::value_t::object:
        return "a group of keys";
    case Json::value_t::array:
        return "a list";
    case Json::value_t::string:
        return "the text '" + shortened(value.get_ref<const std::string&>()) + "'";
    case Json::value_t::boolean:
        return value.get<bool>() ? "true" : "false";
    case Json::value_t::number_float:
        return "the number " + numberText(value.get<double>());
    default:
        return "the number " + value.dump();
    }
}

/// Upper case, underscores and hyphens do not count as differences.
std::string comparable(std::string_view word)
{
    std::string plain = asciiLower(word);
    std::erase_if(plain, [](char c) { return c == '_' || c == '-'; });
    return plain;
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours count one each.
std::size_t editDistance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) {
            text += ", ";
        }
        text += word;
    }
    return text;
}

} // namespace

Json parseJson(std::string_view text, const std::string& subject, std::size_t maxBytes)
{
    if (text.size() > maxBytes) {
        throw Error(ErrorCode::TooLarge, subject, "it is larger than the limit of " + std::to_string(maxBytes) + " bytes");
    }
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    ParseGuard guard(subject);
    try {
        return Json::parse(text.begin(), text.end(),
                           [&guard](int depth, Json::parse_event_t event, Json& value) {
                               return guard(depth, static_cast<nlohmann::json::parse_event_t>(event), value);
                           });
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Malformed, subject, "it is not valid JSON: " + plainReason(error.what()));
    }
}

std::string nearestMatch(std::string_view word, const std::vector<std::string>& known)
{
    constexpr std::size_t kLongest = 100; // nobody misspells a longer key; keeps hostile keys cheap
    const std::string wanted = comparable(word.substr(0, kLongest + 1));
    if (wanted.empty() || wanted.size() > kLongest) {
        return {};
    }
    std::size_t best = wanted.size() <= 3 ? 1 : std::max<std::size_t>(2, wanted.size() / 3);
    std::string nearest;
    for (const auto& candidate : known) {
        const std::string plain = comparable(std::string_view(candidate).substr(0, kLongest));
        const std::size_t distance = editDistance(wanted, plain);
        if (distance < plain.size() && (nearest.empty() ? distance <= best : distance < best)) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

bool isFiniteNumber(const Json& field)
{
    return field.is_number() && std::isfinite(field.get<double>());
}

ObjectReader::ObjectReader(const Json& object, std::string subject, std::string path)
    : m_object(object)
    , m_subject(std::move(subject))
    , m_path(std::move(path))
{
    if (!object.is_object()) {
        throw Error(ErrorCode::Plan, m_subject,
                    (m_path.empty() ? std::string("it") : "key " + m_path) + " must be a group of keys, but is "
                        + describe(object));
    }
}

const Json* ObjectReader::find(const std::string& key)
{
    if (std::find(m_known.begin(), m_known.end(), key) == m_known.end()) {
        m_known.push_back(key);
    }
    const auto found = m_object.find(key);
    return found == m_object.end() ? nullptr : &*found;
}

const Json* ObjectReader::child(const std::string& key)
{
    return find(key);
}

std::string ObjectReader::pathOf(const std::string& key) const
{
    return m_path.empty() ? key : m_path + "." + key;
}

void ObjectReader::finish() const
{
    for (const auto& [key, value] : m_object.items()) {
        if (std::find(m_known.begin(), m_known.end(), key) != m_known.end()) {
            continue;
        }
        const std::string nearest = nearestMatch(key, m_known);
        const std::string hint = nearest.empty() ? "known here: " + joined(m_known) : "did you mean " + nearest + "?";
        throw Error(ErrorCode::Plan, m_subject, "unknown key " + shortened(pathOf(key)) + "; " + hint);
    }
}

void ObjectReader::expect(bool good, const Json& field, const std::string& key, std::string_view expected) const
{
    if (!good) {
        throwWrongType(key, field, expected);
    }
}

void ObjectReader::throwWrongType(const std::string& key, const Json& found, std::string_view expected) const
{
    throw Error(ErrorCode::Plan, m_subject,
                "key " + shortened(pathOf(key)) + " must be " + std::string(expected) + ", but is " + describe(found));
}

void ObjectReader::throwMissing(const std::string& key) const
{
    throw Error(ErrorCode::Plan, m_subject, "key " + shortened(pathOf(key)) + " is missing");
}

} // namespace diascope::base
