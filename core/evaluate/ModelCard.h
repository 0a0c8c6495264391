// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Checklists.h"

#include <string>

namespace diascope::evaluate {

/// A model card in Markdown (sections of Mitchell et al., FAT* 2019), filled with what the program knows; the rest is
/// left for a person, with a question in its place.
[[nodiscard]] std::string modelCardText(const std::string& name, const KnownFacts& known);

} // namespace diascope::evaluate
