// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/TorchErrors.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <new>

namespace diascope::nn {

void rethrowTranslated(const std::string& subject)
{
    using base::Error;
    using base::ErrorCode;
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const c10::OutOfMemoryError& error) {
        throw Error(ErrorCode::OutOfMemory, subject, error.what_without_backtrace());
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        // The CPU allocator throws a plain c10::Error ("DefaultCPUAllocator: can't allocate memory").
        if (text.find("allocate memory") != std::string::npos || text.find("out of memory") != std::string::npos) {
            throw Error(ErrorCode::OutOfMemory, subject, text);
        }
        const bool device = text.find("CUDA") != std::string::npos || text.find("cuDNN") != std::string::npos;
        throw Error(device ? ErrorCode::Device : ErrorCode::Internal, subject, text);
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::OutOfMemory, subject, "memory ran out");
    } catch (const std::exception& error) {
        throw Error(ErrorCode::Internal, subject, error.what());
    }
}

} // namespace diascope::nn
