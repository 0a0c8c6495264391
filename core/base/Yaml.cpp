// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Yaml.h"

#include "base/Text.h"
#include "base/YamlScalar.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

namespace diascope::base {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;
constexpr std::size_t kMostKeys = 10'000; // of one group: finding a key among ordered ones takes a look at each

constexpr const char* kRemedy = "Correct the text at the named place.";

std::string place(const YAML::Mark& mark)
{
    return mark.is_null() ? std::string()
                          : "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": ";
}

/// Builds JSON from the parser's events and refuses what a plan has no use for.
class JsonBuilder final : public YAML::EventHandler {
public:
    explicit JsonBuilder(const std::string& subject) : m_subject(subject) {}
    [[nodiscard]] Json& result() { return m_result; }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        refuseAnchor(mark, anchor);
        add(mark, Json(nullptr));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases (*name) are not allowed"); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override
    {
        refuseAnchor(mark, anchor);
        if (tag != "?" && tag != "!") { // "?" plain, "!" quoted
            refuse(mark, "tags (!name) are not allowed");
        }
        if (wantsKey()) {
            takeKey(mark, value);
            return;
        }
        Json scalar = tag == "?" ? yamlScalar(value) : Json(value);
        if (scalar.is_number_float() && !std::isfinite(scalar.get<double>())) {
            refuse(mark, "the number " + shortened(value) + " is not finite");
        }
        add(mark, std::move(scalar));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(mark, tag, anchor, Json::array());
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(mark, tag, anchor, Json::object());
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YAML::Mark mark;
        Json value;
        std::optional<std::string> key;
    };

    [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& reason) const
    {
        throw Error(ErrorCode::Malformed, m_subject, place(mark) + reason, kRemedy);
    }
    void refuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) const
    {
        if (anchor != YAML::NullAnchor) {
            refuse(mark, "anchors (&name) are not allowed");
        }
    }
    [[nodiscard]] bool wantsKey() const
    {
        return !m_levels.empty() && m_levels.back().value.is_object() && !m_levels.back().key;
    }
    void takeKey(const YAML::Mark& mark, const std::string& key)
    {
        if (m_levels.back().value.contains(key)) {
            refuse(mark, "the key '" + shortened(key) + "' stands twice");
        }
        if (m_levels.back().value.size() >= kMostKeys) {
            throw Error(ErrorCode::TooLarge, m_subject, place(mark) + "there are more than " + std::to_string(kMostKeys) + " keys in one group");
        }
        m_levels.back().key = key;
    }
    void add(const YAML::Mark& mark, Json value)
    {
        if (m_levels.empty()) {
            m_result = std::move(value);
            return;
        }
        if (wantsKey()) {
            refuse(mark, "a key must be a text");
        }
        Level& level = m_levels.back();
        if (level.value.is_object()) {
            level.value[*level.key] = std::move(value);
            level.key.reset();
        } else {
            level.value.push_back(std::move(value));
        }
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json empty)
    {
        refuseAnchor(mark, anchor);
        if (tag != "?" && !tag.empty()) {
            refuse(mark, "tags (!name) are not allowed");
        }
        if (wantsKey()) {
            refuse(mark, "a key must be a text");
        }
        if (m_levels.size() >= kMaxYamlDepth) {
            throw Error(ErrorCode::TooLarge, m_subject,
                        place(mark) + "it is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
        }
        m_levels.push_back({mark, std::move(empty), std::nullopt});
    }
    void close()
    {
        Level level = std::move(m_levels.back());
        m_levels.pop_back();
        add(level.mark, std::move(level.value));
    }

    const std::string& m_subject;
    std::vector<Level> m_levels;
    Json m_result;
};

/// [0-9]+, or after 0o / 0x the digits of that base, as an integer; nothing when it is none or needs more than 64 bits.
std::optional<Json> integer(std::string_view text)
{
    const bool negative = text.starts_with('-');
    const bool hasSign = negative || text.starts_with('+');
    std::string_view digits = text.substr(hasSign ? 1 : 0);
    int base = 10;
    if (!hasSign && (digits.starts_with("0x") || digits.starts_with("0o"))) {
        base = digits[1] == 'x' ? 16 : 8;
        digits.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!negative) {
        return value <= kMost ? Json(static_cast<std::int64_t>(value)) : Json(value);
    }
    if (value > kMost + 1) {
        return std::nullopt;
    }
    return Json(static_cast<std::int64_t>(0 - value));
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looksLikeFloat(std::string_view text)
{
    const auto takeDigits = [&text] {
        const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count;
    };
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const auto before = takeDigits();
    std::size_t after = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        after = takeDigits();
    }
    if (before + after == 0) {
        return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('-') || text.starts_with('+')) {
            text.remove_prefix(1);
        }
        return takeDigits() > 0 && text.empty();
    }
    return text.empty();
}

} // namespace

Json yamlScalar(const std::string& text)
{
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return nullptr;
    }
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    if (const auto whole = integer(text)) {
        return *whole;
    }
    if (looksLikeFloat(text)) {
        // Too many digits for the exponent's range: overflow is refused by the caller, underflow is zero.
        const std::string_view plain = std::string_view(text).substr(text.front() == '+' ? 1 : 0);
        double value = 0.0;
        const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), value);
        if (result.ec == std::errc::result_out_of_range) {
            const auto e = plain.find_first_of("eE");
            const bool tiny = e != std::string_view::npos && plain.substr(e + 1).starts_with('-');
            return tiny ? 0.0 : std::numeric_limits<double>::infinity();
        }
        return value;
    }
    const std::string lower = asciiLower(text);
    if (lower == ".nan" || lower == ".inf" || lower == "-.inf" || lower == "+.inf") {
        return std::numeric_limits<double>::infinity();
    }
    return text;
}

Json parseYaml(std::string_view text, const std::string& subject)
{
    if (text.size() > kMaxBytes) {
        throw Error(ErrorCode::TooLarge, subject, "it is larger than the limit of " + std::to_string(kMaxBytes) + " bytes");
    }
    if (!isUtf8(text) || text.find('\0') != std::string_view::npos) {
        throw Error(ErrorCode::Malformed, subject, "it is not a text in UTF-8");
    }
    std::istringstream stream{std::string(text)};
    JsonBuilder builder(subject);
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        Json result = std::move(builder.result());
        if (parser.HandleNextDocument(builder)) {
            throw Error(ErrorCode::Malformed, subject, "it holds more than one document");
        }
        return result;
    } catch (const YAML::Exception& error) {
        throw Error(ErrorCode::Malformed, subject, place(error.mark) + "it is not valid YAML: " + error.msg, kRemedy);
    }
}

} // namespace diascope::base
