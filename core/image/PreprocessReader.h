// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Preprocess.h"

#include <cstddef>
#include <string>

namespace diascope::image {

/// One step of a graph from its JSON object, all fields checked. `number` is its place in the list, for messages.
/// Throws Error{Plan} whose subject is `subject` and whose detail names "preprocess[number].key".
[[nodiscard]] PreprocessStep readStep(const base::Json& json, const std::string& subject, std::size_t number);

} // namespace diascope::image
