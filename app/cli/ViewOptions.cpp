// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ViewOptions.h"

#include "base/Error.h"
#include "predict/TestTimeViews.h"

namespace diascope::cli {

void addViewOptions(CLI::App& command, predict::Predictor::Options& options)
{
    command.add_option("--tta", options.ttaViews, "Test-time views averaged; 0 = the package's own")->check(CLI::Range(0, 11))->capture_default_str();
    command.add_option("--tta-views", options.views, "Test-time views by name, for example identity,hflip,shift-left:8")
        ->check([](const std::string& list) {
            try {
                (void)predict::parseViews(list);
                return std::string();
            } catch (const base::Error& error) {
                return std::string(error.what());
            }
        });
}

} // namespace diascope::cli
