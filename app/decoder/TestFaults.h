// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decode/Protocol.h"

namespace diascope::decoder {

/// For tests, and only when the process was started with --allow-test-faults: a file that begins with
/// "DIASCOPE-TEST-FAULT <name>" makes the decoder misbehave in the named way (hang, crash, abort, exit, stack, allocate,
/// garbage, oversize, outside, wrong-id, wrong-shape, wrong-json, endless-growth, open-file, open-socket). Returns when
/// the file is any other; throws Error or std::bad_alloc where the fault was contained in the process.
void provokeFault(int fd, const decode::protocol::Request& request);

} // namespace diascope::decoder
