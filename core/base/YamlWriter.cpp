// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/YamlScalar.h"

#include "base/Text.h"
#include "base/Yaml.h"

#include <algorithm>
#include <cmath>

namespace diascope::base {

namespace {

constexpr std::size_t kLongestInlineList = 16;

/// Letters, digits and a few marks that mean nothing in YAML, starting with a letter: needs no quotes.
bool isSafePlain(const std::string& text)
{
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/'; };
    const auto harmless = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ' '; };
    if (text.empty() || !letter(text.front()) || text.back() == ' ' || !std::all_of(text.begin(), text.end(), harmless)) {
        return false;
    }
    // Words that YAML 1.1 readers take for truth values are quoted too, so that every reader sees a text.
    const std::string lower = asciiLower(text);
    constexpr std::string_view kWords[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    return std::find(std::begin(kWords), std::end(kWords), lower) == std::end(kWords) && yamlScalar(text).is_string();
}

std::string escapedCharacter(char32_t c)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        text += kDigits[(c >> static_cast<unsigned>(shift)) & 0xFU];
    }
    return text;
}

std::string doubleQuoted(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        const auto character = takeUtf8(text);
        if (!character) {
            throw Error(ErrorCode::Malformed, "YAML", "a text is not valid UTF-8 and cannot be written");
        }
        const char32_t c = *character;
        if (c == U'"' || c == U'\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == U'\n') {
            out += "\\n";
        } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF) {
            out += escapedCharacter(c);
        } else {
            out += toUtf8(c);
        }
    }
    return out + "\"";
}

std::string textScalar(const std::string& text)
{
    return isSafePlain(text) ? text : doubleQuoted(text);
}

std::string scalar(const Json& value)
{
    if (value.is_string()) {
        return textScalar(value.get_ref<const std::string&>());
    }
    if (!value.is_number_float()) {
        return value.dump(); // null, true, false, integers: the same as in JSON
    }
    const double number = value.get<double>();
    if (!std::isfinite(number)) {
        throw Error(ErrorCode::Malformed, "YAML", "a number is not finite and cannot be written");
    }
    const std::string text = numberText(number);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

bool fitsOneLine(const Json& value)
{
    return !value.is_structured() || value.empty()
        || (value.is_array() && value.size() <= kLongestInlineList
            && std::none_of(value.begin(), value.end(), [](const Json& item) { return item.is_structured(); }));
}

std::string oneLine(const Json& value)
{
    if (value.is_object()) {
        return "{}";
    }
    if (!value.is_array()) {
        return scalar(value);
    }
    std::string list = "[";
    for (const Json& item : value) {
        if (list.size() > 1) {
            list += ", ";
        }
        list += scalar(item);
    }
    return list + "]";
}

/// Appends a structured value, each line indented by `indent` blanks but for the first, which stands where `out` ends.
void writeBlock(std::string& out, const Json& value, std::size_t indent, std::size_t depth)
{
    if (depth > kMaxYamlDepth) {
        throw Error(ErrorCode::TooLarge, "YAML", "it is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    }
    bool first = true;
    for (auto item = value.begin(); item != value.end(); ++item) {
        out.append(first ? 0 : indent, ' ');
        first = false;
        out += value.is_object() ? textScalar(item.key()) + ":" : "-";
        if (fitsOneLine(*item)) {
            out += ' ';
            out += oneLine(*item);
            out += '\n';
        } else if (value.is_array()) {
            out += " ";
            writeBlock(out, *item, indent + 2, depth + 1);
        } else {
            out += '\n';
            out.append(indent + 2, ' ');
            writeBlock(out, *item, indent + 2, depth + 1);
        }
    }
}

} // namespace

std::string toYaml(const Json& value)
{
    if (fitsOneLine(value)) {
        return oneLine(value) + "\n";
    }
    std::string out;
    writeBlock(out, value, 0, 1);
    return out;
}

} // namespace diascope::base
