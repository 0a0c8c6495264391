// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/Sanitizers.h"
#include "decoder/Sandbox.h"

#ifdef DIASCOPE_WITH_SECCOMP
#include <seccomp.h>

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <sched.h>

#if defined(__clang__) // seccomp.h's macros are written in C
#pragma clang diagnostic ignored "-Wc99-extensions"
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#endif
#endif

namespace diascope::decoder {

#ifdef DIASCOPE_WITH_SECCOMP

namespace {

/// Memory, the socket, the descriptors at hand, clocks, and what the C library needs to end a process or to wait.
constexpr std::array kAllowed{
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(lseek), SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(gettid),
    SCMP_SYS(getpid), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(restart_syscall)};

/// A decoder has no business with these at all: the process ends, and the file is reported.
constexpr std::array kDeadly{SCMP_SYS(execve),  SCMP_SYS(execveat), SCMP_SYS(fork),
                             SCMP_SYS(vfork),   SCMP_SYS(ptrace),   SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev)};

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};

void allowWithConditions(scmp_filter_ctx filter)
{
    // No memory becomes code.
    const scmp_arg_cmp notExecutable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &notExecutable);
    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &notExecutable);
    // Threads of codecs, but no processes. clone3 hides its flags in memory: the C library then takes clone.
    const scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
    seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, nullptr);
    // Signals to itself only, as abort() sends them.
    const scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()));
    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
}

} // namespace

void filterSystemCalls()
{
    if constexpr (decode::kSanitized) {
        return;
    }
    // Anything else is answered "not permitted": a library that asks for a comfort goes on without it.
    const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) {
        return;
    }
    for (const int call : kAllowed) {
        seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 0, nullptr);
    }
    for (const int call : kDeadly) {
        seccomp_rule_add_array(filter.get(), SCMP_ACT_KILL_PROCESS, call, 0, nullptr);
    }
    allowWithConditions(filter.get());
    (void)seccomp_load(filter.get());
}

#else

void filterSystemCalls() {}

#endif

} // namespace diascope::decoder
