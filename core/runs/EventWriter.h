// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/SystemFile.h"
#include "runs/EventRecord.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace diascope::runs {

/// Writes a TensorBoard event file: `tensorboard --logdir` shows the folder it lies in as one run. The file only grows,
/// each add() is on the disk when it returns, and what could not be written whole is taken back: at every moment the
/// file holds whole records, and at most a torn last one after a power cut, which TensorBoard passes over. Used on one
/// thread.
class EventWriter {
public:
    /// A new file `events.out.tfevents.<seconds>.<random id>` in `folder`, which is made when missing; no computer's
    /// name in it. TensorBoard reads the files of a folder in the order of their names: the new one always comes last.
    /// `firstStep`: the step with which a resumed run goes on; what earlier files say from there on no longer counts.
    /// Throws Error{DiskFull|Unreadable}.
    explicit EventWriter(const std::filesystem::path& folder, std::int64_t firstStep = 0);

    /// One point of each curve, at the present time. An empty list writes nothing. Throws Error{DiskFull|Unreadable}.
    void add(std::int64_t step, std::span<const Scalar> scalars);
    void add(std::int64_t step, double wallTime, std::span<const Scalar> scalars);

    [[nodiscard]] const std::filesystem::path& file() const { return m_file; }

private:
    void append(std::string_view record);
    std::filesystem::path m_file;
    base::Descriptor m_descriptor;
    std::uint64_t m_size = 0;
};

} // namespace diascope::runs
