// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace diascope::base {

/// Insertion-ordered JSON: documents keep the order in which a person wrote them.
using Json = nlohmann::ordered_json;

/// Parses JSON of an untrusted file: at most 64 levels deep and `maxBytes` long, duplicate keys, comments and NaN refused,
/// a byte order mark skipped. `subject` names the file in errors. Throws Error{Malformed|TooLarge}.
[[nodiscard]] Json parseJson(std::string_view text, const std::string& subject, std::size_t maxBytes = 64u << 20);

/// The nearest of `known` to `word` by edit distance, or empty when nothing is near.
[[nodiscard]] std::string nearestMatch(std::string_view word, const std::vector<std::string>& known);

/// Reads one object field by field and refuses what it does not know. Usage: construct, `read` each field, `finish`.
/// Errors are Error{Plan} whose subject is `subject` and whose detail names the dotted key, what was
/// found, what was expected, and for unknown keys the nearest known one.
class ObjectReader {
public:
    ObjectReader(const Json& object, std::string subject, std::string path = {});

    /// Leaves `value` alone when the key is absent; throws on a wrong type, a non-finite number or an integer out of range.
    template <typename T> ObjectReader& read(const std::string& key, T& value)
    {
        if (const Json* field = find(key)) {
            check<T>(*field, key);
            try {
                value = field->template get<T>();
            } catch (const nlohmann::json::exception&) {
                throwWrongType(key, *field, "another kind of value");
            }
        }
        return *this;
    }
    /// As read(), but the key must be there.
    template <typename T> ObjectReader& require(const std::string& key, T& value)
    {
        if (find(key) == nullptr) {
            throwMissing(key);
        }
        return read(key, value);
    }
    /// The sub-object under `key`, or nullptr. Marks the key as known. Use with ObjectReader(*sub, subject, pathOf(key)).
    [[nodiscard]] const Json* child(const std::string& key);
    [[nodiscard]] std::string pathOf(const std::string& key) const;
    /// Throws Error{Plan} for the first key that was never asked for, with the nearest known key.
    void finish() const;

private:
    const Json* find(const std::string& key);
    template <typename T> void check(const Json& field, const std::string& key) const;
    void expect(bool good, const Json& field, const std::string& key, std::string_view expected) const;
    [[noreturn]] void throwWrongType(const std::string& key, const Json& found, std::string_view expected) const;
    [[noreturn]] void throwMissing(const std::string& key) const;

    const Json& m_object;
    std::string m_subject;
    std::string m_path;
    std::vector<std::string> m_known;
};

/// Whether `field` is a finite number, or a whole number that T can hold. Not for untyped use: ObjectReader calls it.
[[nodiscard]] bool isFiniteNumber(const Json& field);
template <typename T> [[nodiscard]] bool holdsInteger(const Json& field)
{
    if (!field.is_number_integer()) {
        return false;
    }
    return field.is_number_unsigned() ? std::in_range<T>(field.template get<std::uint64_t>())
                                      : std::in_range<T>(field.template get<std::int64_t>());
}

/// The element type of a std::vector; void for everything else.
template <typename T> struct ElementOf {
    using Type = void;
};
template <typename T> struct ElementOf<std::vector<T>> {
    using Type = T;
};

template <typename T> void ObjectReader::check(const Json& field, const std::string& key) const
{
    using Element = typename ElementOf<T>::Type;
    if constexpr (std::is_same_v<T, bool>) {
        expect(field.is_boolean(), field, key, "true or false");
    } else if constexpr (std::is_integral_v<T>) {
        // Appended piece by piece: g++ 12 sees an overflow in "literal" + std::string for 64-bit types that is not there.
        std::string range("a whole number from ");
        range.append(std::to_string(std::numeric_limits<T>::min())).append(" to ").append(std::to_string(std::numeric_limits<T>::max()));
        expect(holdsInteger<T>(field), field, key, range);
    } else if constexpr (std::is_floating_point_v<T>) {
        expect(isFiniteNumber(field), field, key, "a finite number");
    } else if constexpr (std::is_same_v<T, std::string>) {
        expect(field.is_string(), field, key, "a text");
    } else if constexpr (!std::is_void_v<Element>) {
        expect(field.is_array(), field, key, "a list");
        for (const Json& element : field) {
            check<Element>(element, key);
        }
    }
}

} // namespace diascope::base
