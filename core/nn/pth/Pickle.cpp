// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/pth/Pickle.h"

#include "base/Error.h"
#include "base/Text.h"
#include "nn/pth/PickleCalls.h"

#include <unordered_map>

namespace diascope::nn {

namespace {

using Index = std::uint32_t;
using Kind = PickleDocument::Kind;

/// Opcodes of Python's pickle (pickletools.py) that are read; all others are refused.
enum Opcode : unsigned char {
    kMark = '(', kStop = '.', kNone = 'N', kTrue = 0x88, kFalse = 0x89,
    kInt = 'J', kInt1 = 'K', kInt2 = 'M', kLong1 = 0x8a, kLong4 = 0x8b, kFloat = 'G',
    kUnicode = 'X', kShortUnicode = 0x8c, kUnicode8 = 0x8d, kString = 'T', kShortString = 'U', // the last two: Python 2
    kEmptyDict = '}', kEmptyList = ']', kEmptyTuple = ')', kTuple = 't', kTuple1 = 0x85, kTuple2 = 0x86, kTuple3 = 0x87,
    kAppend = 'a', kAppends = 'e', kSetItem = 's', kSetItems = 'u',
    kPut = 'q', kLongPut = 'r', kMemoize = 0x94, kGet = 'h', kLongGet = 'j',
    kGlobal = 'c', kStackGlobal = 0x93, kReduce = 'R', kBuild = 'b', kPersistent = 'Q',
    kProtocol = 0x80, kFrame = 0x95,
};

constexpr std::size_t kMostNodes = 1'000'000; ///< Far above any network and its optimizer; keeps a hostile pickle below 150 MB.
constexpr std::size_t kMostItems = 8'000'000;

class PickleReader {
public:
    PickleReader(std::string_view& bytes, const std::string& subject) : m_bytes(bytes), m_subject(subject), m_calls(m_document, subject) {}

    PickleDocument run()
    {
        if (m_bytes.empty() || static_cast<unsigned char>(m_bytes[0]) != kProtocol) {
            fail(m_bytes.empty() ? "its pickle is empty" : "its pickle is of a protocol before 2, or none");
        }
        for (;;) {
            const auto opcode = static_cast<unsigned char>(take(1)[0]);
            if (opcode == kStop) {
                break;
            }
            step(opcode);
        }
        if (m_stack.size() != 1 || !m_marks.empty()) {
            fail("its pickle ends with a stack of " + std::to_string(m_stack.size()) + " instead of one");
        }
        m_document.root = m_stack[0];
        return std::move(m_document);
    }

private:
    [[noreturn]] void fail(const std::string& reason) const { throw base::Error(base::ErrorCode::Malformed, m_subject, reason); }
    [[noreturn]] void failLarge() const { throw base::Error(base::ErrorCode::TooLarge, m_subject, "its pickle holds more than a million values"); }
    void checkLimit(std::size_t count) const
    {
        if (count > kMostNodes) {
            failLarge();
        }
    }
    void checkItems() const
    {
        if (m_items > kMostItems) {
            failLarge();
        }
    }

    std::string_view take(std::uint64_t count)
    {
        if (count > m_bytes.size()) {
            fail("its pickle is cut off, or claims " + std::to_string(count) + " bytes where " + std::to_string(m_bytes.size()) + " are left");
        }
        const std::string_view taken = m_bytes.substr(0, count);
        m_bytes.remove_prefix(count);
        return taken;
    }

    std::uint64_t number(std::size_t bytes)
    {
        const std::string_view raw = take(bytes);
        std::uint64_t value = 0;
        for (std::size_t i = bytes; i-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(raw[i]);
        }
        return value;
    }

    std::string line()
    {
        constexpr std::size_t kLongest = 1024;
        const std::size_t end = m_bytes.substr(0, kLongest).find('\n');
        if (end == std::string_view::npos) {
            fail("its pickle holds a name without an end");
        }
        const std::string text(take(end));
        (void)take(1);
        return text;
    }

    Index push(PickleDocument::Node node)
    {
        m_items += node.items.size() + 1;
        checkLimit(m_document.nodes.size());
        checkItems();
        m_document.nodes.push_back(std::move(node));
        m_stack.push_back(static_cast<Index>(m_document.nodes.size() - 1));
        return m_stack.back();
    }
    void push(Kind kind, std::int64_t integer = 0) { push({.kind = kind, .integer = integer, .text = {}, .items = {}}); }

    void pushText(std::uint64_t bytes)
    {
        const std::string_view text = take(bytes);
        if (!base::isUtf8(text)) {
            fail("its pickle holds a text that is not UTF-8");
        }
        push({.kind = Kind::Text, .integer = 0, .text = std::string(text), .items = {}});
    }

    /// Whole numbers of up to eight bytes; longer ones are kept as values without meaning here.
    void pushLong(std::uint64_t bytes)
    {
        const std::string_view raw = take(bytes);
        if (raw.size() > 8) {
            push(Kind::Other);
            return;
        }
        std::uint64_t value = !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
        for (std::size_t i = raw.size(); i-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(raw[i]);
        }
        push(Kind::Integer, static_cast<std::int64_t>(value));
    }

    /// The top of the stack, which must lie above the last mark.
    Index pop()
    {
        if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) {
            fail("its pickle takes from an empty stack");
        }
        const Index top = m_stack.back();
        m_stack.pop_back();
        return top;
    }

    std::vector<Index> popToMark()
    {
        if (m_marks.empty()) {
            fail("its pickle misses a mark");
        }
        const auto from = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
        std::vector<Index> items(from, m_stack.end());
        m_stack.erase(from, m_stack.end());
        m_marks.pop_back();
        return items;
    }

    void pushTuple(std::vector<Index> items) { push({.kind = Kind::Tuple, .integer = 0, .text = {}, .items = std::move(items)}); }

    void pushTuple(int count)
    {
        std::vector<Index> items(static_cast<std::size_t>(count));
        for (std::size_t i = items.size(); i-- > 0;) {
            items[i] = pop();
        }
        pushTuple(std::move(items));
    }

    /// Adds to the list or dictionary on top of the stack.
    void extend(Kind kind, const std::vector<Index>& items)
    {
        const Index target = pop();
        m_stack.push_back(target);
        PickleDocument::Node& node = m_document.nodes[target];
        if (node.kind != kind || (kind == Kind::Dictionary && items.size() % 2 != 0)) {
            fail("its pickle fills something that is not a " + std::string(kind == Kind::List ? "list" : "dictionary, or leaves a key without a value"));
        }
        m_items += items.size();
        checkItems();
        node.items.insert(node.items.end(), items.begin(), items.end());
    }

    void memorise(std::uint64_t slot)
    {
        const Index top = pop();
        m_stack.push_back(top);
        m_memo[slot] = top;
        checkLimit(m_memo.size());
    }

    void recall(std::uint64_t slot)
    {
        const auto found = m_memo.find(slot);
        if (found == m_memo.end()) {
            fail("its pickle recalls what it never stored");
        }
        m_stack.push_back(found->second);
        checkLimit(m_stack.size());
    }

    void pushGlobal(const std::string& module, const std::string& name)
    {
        m_calls.checkGlobal(module, name);
        push({.kind = Kind::Global, .integer = 0, .text = module + " " + name, .items = {}});
    }

    std::string popText()
    {
        const PickleDocument::Node& node = m_document.at(pop());
        if (node.kind != Kind::Text) {
            fail("its pickle names an object by something that is not a text");
        }
        return node.text;
    }

    void step(unsigned char opcode)
    {
        if (!scalar(opcode) && !container(opcode) && !object(opcode)) {
            constexpr char kDigits[] = "0123456789abcdef";
            throw base::Error(base::ErrorCode::Unsupported, m_subject,
                              std::string("its pickle holds the operation 0x") + kDigits[opcode >> 4U] + kDigits[opcode & 15U]
                                  + ", which no file of plain weights needs");
        }
    }

    bool scalar(unsigned char opcode)
    {
        switch (opcode) {
        case kNone: push(Kind::None); return true;
        case kTrue: push(Kind::Boolean, 1); return true;
        case kFalse: push(Kind::Boolean, 0); return true;
        case kInt: push(Kind::Integer, static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4)))); return true;
        case kInt1: push(Kind::Integer, static_cast<std::int64_t>(number(1))); return true;
        case kInt2: push(Kind::Integer, static_cast<std::int64_t>(number(2))); return true;
        case kLong1: pushLong(number(1)); return true;
        case kLong4: pushLong(number(4)); return true; // A negative length is a huge one here, and refused as such.
        case kFloat: (void)take(8); push(Kind::Other); return true;
        case kShortUnicode:
        case kShortString: pushText(number(1)); return true;
        case kUnicode:
        case kString: pushText(number(4)); return true;
        case kUnicode8: pushText(number(8)); return true;
        default: return false;
        }
    }

    bool container(unsigned char opcode)
    {
        switch (opcode) {
        case kMark: m_marks.push_back(m_stack.size()); checkLimit(m_marks.size()); return true;
        case kEmptyDict: push(Kind::Dictionary); return true;
        case kEmptyList: push(Kind::List); return true;
        case kEmptyTuple: push(Kind::Tuple); return true;
        case kTuple: pushTuple(popToMark()); return true;
        case kTuple1:
        case kTuple2:
        case kTuple3: pushTuple(opcode - kTuple1 + 1); return true;
        case kAppend: { const Index value = pop(); extend(Kind::List, {value}); return true; }
        case kAppends: { const auto items = popToMark(); extend(Kind::List, items); return true; }
        case kSetItem: { const Index value = pop(), key = pop(); extend(Kind::Dictionary, {key, value}); return true; }
        case kSetItems: { const auto items = popToMark(); extend(Kind::Dictionary, items); return true; }
        default: return false;
        }
    }

    bool object(unsigned char opcode)
    {
        switch (opcode) {
        case kProtocol: {
            const auto protocol = number(1);
            if (protocol < 2 || protocol > 5) {
                fail("its pickle is of protocol " + std::to_string(protocol));
            }
            return true;
        }
        case kFrame: {
            const auto length = number(8);
            if (length > m_bytes.size()) {
                fail("its pickle claims a frame of " + std::to_string(length) + " bytes where " + std::to_string(m_bytes.size()) + " are left");
            }
            return true;
        }
        case kPut: memorise(number(1)); return true;
        case kLongPut: memorise(number(4)); return true;
        case kMemoize: memorise(m_memo.size()); return true;
        case kGet: recall(number(1)); return true;
        case kLongGet: recall(number(4)); return true;
        case kGlobal: { const std::string module = line(), name = line(); pushGlobal(module, name); return true; }
        case kStackGlobal: { const std::string name = popText(), module = popText(); pushGlobal(module, name); return true; }
        case kReduce: { const Index arguments = pop(), function = pop(); push(m_calls.call(function, arguments)); return true; }
        case kPersistent: push(m_calls.storage(pop())); return true;
        case kBuild: { const Index state = pop(), target = pop(); m_calls.checkState(target, state); m_stack.push_back(target); return true; }
        default: return false;
        }
    }

    std::string_view& m_bytes;
    const std::string& m_subject;
    PickleDocument m_document;
    PickleCalls m_calls;
    std::vector<Index> m_stack;
    std::vector<std::size_t> m_marks;
    std::unordered_map<std::uint64_t, Index> m_memo;
    std::size_t m_items = 0;
};

} // namespace

PickleDocument readPickle(std::string_view& bytes, const std::string& subject)
{
    return PickleReader(bytes, subject).run();
}

} // namespace diascope::nn
