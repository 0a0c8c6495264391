// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A function marked with this is compiled for several instruction sets; the processor decides at start. Not in
/// sanitised builds: the choice is made before the sanitisers are ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)                  \
    && !defined(__SANITIZE_THREAD__)
#define DIASCOPE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DIASCOPE_CLONES
#endif

/// Before a loop whose passes do not depend on one another, whatever the pointers look like.
#ifdef __clang__
#define DIASCOPE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DIASCOPE_INDEPENDENT _Pragma("GCC ivdep")
#endif

#define DIASCOPE_INLINE inline __attribute__((always_inline))
