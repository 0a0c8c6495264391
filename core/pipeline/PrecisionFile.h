// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Precision.h"

#include <filesystem>
#include <map>
#include <mutex>

namespace diascope::pipeline {

/// Which precision was the faster one, in a JSON file for all runs of this user on this machine: entries of another processor or another build of
/// the program do not count. A file that cannot be read or written costs a trial, never a run.
class PrecisionFile final : public train::PrecisionMemory {
public:
    /// `file`: usually defaultPath().
    explicit PrecisionFile(std::filesystem::path file);
    [[nodiscard]] static std::filesystem::path defaultPath();

    [[nodiscard]] std::optional<train::PrecisionChoice> find(const std::string& key) const override;
    void keep(const std::string& key, const train::PrecisionChoice& choice) override;

private:
    std::filesystem::path m_file;
    std::string m_machine;
    mutable std::mutex m_mutex;
};

} // namespace diascope::pipeline
