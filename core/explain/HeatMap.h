// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace diascope::explain {

/// A class activation map on the network's own grid; plain values, so that the user interface can hold it.
struct HeatMap {
    int rows = 0, columns = 0;
    std::vector<float> raw;     ///< rows * columns, before ReLU, in units of the logit's gradient (occlusion: of the logit); absolute.
    std::vector<float> values;  ///< After ReLU and min-max: 0..1, relative within this image.
    bool nothingToShow = false; ///< All zero after ReLU: there is no evidence for the class; say so instead of colouring.
    std::string method;         ///< "gradcam", "attention", "occlusion".
    std::string className;
};

} // namespace diascope::explain
