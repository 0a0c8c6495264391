// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"
#include "decode/InputFile.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Between the application and a decoder process, which is not trusted. Both come from one build, so there is one version.
///
/// A SOCK_SEQPACKET socket pair carries fixed-size headers; JSON, tables and pixels travel through one memory file that
/// the application owns and that the decoder only maps: it is sealed against shrinking, and only the application lets it grow.
///
///     decoder      -> Reply{Hello}                          once, when its sandbox is closed
///     application  -> Request{Info|Frame} + subject + fd    one at a time
///     decoder      -> Reply{NeedSpace, needBytes}           at most once for a request; answered by Request{Grown}
///     decoder      -> Reply{Done|Failed, sizes}             contents in the memory file as layoutOf() places them
///
/// The contents are: JSON text; then, on 64-byte borders, the modality table (float) and the pixels. Done carries
/// {"info","pixelSha256","tags"} or the image without its samples (ImageMeta.h), Failed an error.
namespace diascope::decode::protocol {

inline constexpr std::uint32_t kMagic = 0x44'43'53'44; // "DSCD"
inline constexpr std::uint16_t kVersion = 1;
inline constexpr int kSocketFd = 3; ///< Of the decoder process.
inline constexpr int kMemoryFd = 4;
inline constexpr std::size_t kMaxSubjectBytes = 4096; ///< Longer ones are cut; the path is display text only.
inline constexpr std::uint64_t kMaxJsonBytes = 64u << 20;
inline constexpr std::uint64_t kMaxTableBytes = 4u << 20;
inline constexpr std::uint64_t kFirstMemoryBytes = 4u << 20;

enum class RequestKind : std::uint16_t { Info = 1, Frame = 2, Grown = 3 };
enum class ReplyKind : std::uint16_t { Hello = 1, Done = 2, Failed = 3, NeedSpace = 4 };

/// Followed in the same message by `subjectBytes` bytes of text.
struct Request {
    std::uint32_t magic = kMagic;
    std::uint16_t version = kVersion;
    RequestKind kind = RequestKind::Info;
    std::uint64_t id = 0;
    FileIdentity file;             ///< Lets the decoder keep a parsed file between requests.
    std::int32_t frame = 0;
    std::uint8_t rawPalette = 0;   ///< 0 or 1, as the next three.
    std::uint8_t reduce = 0;       ///< 0..8.
    std::uint8_t pixelSha256 = 0;
    std::uint8_t tags = 0;
    std::uint64_t memoryBytes = 0; ///< Grown: the memory file's size now.
    std::uint32_t subjectBytes = 0;
    std::uint16_t joinEqualChannels = 0; ///< 0 or 1, as the next.
    std::uint16_t greyLevels = 0;
};

struct Reply {
    std::uint32_t magic = kMagic;
    std::uint16_t version = kVersion;
    ReplyKind kind = ReplyKind::Hello;
    std::uint64_t id = 0; ///< Of the request; 0 for Hello.
    std::uint64_t jsonBytes = 0;
    std::uint64_t tableBytes = 0;
    std::uint64_t pixelBytes = 0;
    std::uint64_t needBytes = 0;
};

/// Where the contents stand in the memory file.
struct Layout {
    std::uint64_t table = 0;
    std::uint64_t pixels = 0;
    std::uint64_t end = 0;
};
/// Nothing when a size is over its cap or the sum overflows.
[[nodiscard]] std::optional<Layout> layoutOf(std::uint64_t jsonBytes, std::uint64_t tableBytes,
                                             std::uint64_t pixelBytes);

/// Sends one message, with a file descriptor when `fd` is not negative. False when the other side is gone.
[[nodiscard]] bool send(int socket, std::span<const std::byte> message, int fd = -1);

struct Message {
    std::vector<std::byte> bytes;
    UniqueFd fd;
    bool closed = false;   ///< The other side is gone.
    bool oversize = false; ///< Longer than the caller allowed, or with control data that it did not.
};
/// Receives one message of at most `maxBytes`, with at most one descriptor when `takeFd`. Blocks.
[[nodiscard]] Message receive(int socket, std::size_t maxBytes, bool takeFd);

/// Text that fits into `maxBytes`, cut between characters.
[[nodiscard]] std::string cut(const std::string& text, std::size_t maxBytes);

/// Compact text; bytes that are not UTF-8 become U+FFFD, so it never fails on text from files.
[[nodiscard]] std::string dump(const base::Json& json);
[[nodiscard]] base::Json errorToJson(const base::Error& error);
/// Throws Error{Internal} when `json` is not an error.
[[nodiscard]] base::Error errorFromJson(const base::Json& json);

} // namespace diascope::decode::protocol
