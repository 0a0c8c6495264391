// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/Cli.h"

#include "image/Image.h"
#include "predict/Prediction.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace diascope::cli {

/// One decoded frame of an input and what an answer to it belongs to.
struct InputFrame {
    std::filesystem::path file;
    image::Image image;
    predict::SourceBinding source;
    int frames = 1; ///< Of the file.
};

/// Calls `use` for each frame of each input; an input that fails is refused by name and the next one goes on. Returns the exit code.
int forEachFrame(Session& session, const std::vector<std::string>& inputs, const std::function<void(const InputFrame&)>& use);

} // namespace diascope::cli
