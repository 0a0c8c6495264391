// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace diascope::nn {

/// Turns the exception in flight into base::Error: c10's out-of-memory and accelerator failures by their codes, other c10 errors as
/// Internal, always without LibTorch's backtrace. base::Error passes unchanged. Only inside a catch block.
[[noreturn]] void rethrowTranslated(const std::string& subject);

/// Runs `work` and translates what LibTorch throws; `subject` names what was being done.
template <typename Work> auto translated(const char* subject, Work&& work) -> decltype(work())
{
    try {
        return std::forward<Work>(work)();
    } catch (const std::exception&) {
        rethrowTranslated(subject);
    }
}

} // namespace diascope::nn
