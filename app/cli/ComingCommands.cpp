// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Cli.h"

#include <iostream>

namespace diascope::cli {

void addComing(CLI::App& app, const ActionSink& sink)
{
    for (const char* name : {"evaluate", "search"}) {
        auto* command = app.add_subcommand(name, "Comes in a later version");
        command->allow_extras();
        sink(command, [name](Session&) {
            std::cerr << "diascope-cli " << name << ": comes in a later version; this one has info, decode, predict, explain, demo, audit, "
                         "recipes, config, train, preprocess, package, import-weights, export and bench."
                      << std::endl;
            return static_cast<int>(kBadUsage);
        });
    }
}

} // namespace diascope::cli
