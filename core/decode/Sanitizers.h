// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace diascope::decode {

/// Address and thread sanitizers reserve terabytes of address space and make system calls of their own: in such builds
/// the memory limits and the system-call filter of the decoder are left off, and its messages are kept.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

} // namespace diascope::decode
