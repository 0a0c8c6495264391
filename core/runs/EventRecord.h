// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace diascope::runs {

/// One figure of a TensorBoard curve.
struct Scalar {
    std::string tag;    ///< Name of the curve, UTF-8; "/" makes groups: "train/loss".
    double value = 0.0; ///< Stored as float32, as the format says; NaN and infinities are legal.
};

/// The bytes of TensorBoard's event files (tensorflow/core/util/event.proto and framework/summary.proto), written by
/// hand: an event is a protobuf message; a file is a row of framed events. `wallTime` is in seconds since 1970 UTC.
/// Fields that have their default value are left out, as every protobuf writer does.

/// Event{wall_time, file_version "brain.Event:2"}: the first of every file.
[[nodiscard]] std::string versionEvent(double wallTime);
/// Event{wall_time, step, summary{value{tag, simple_value}...}}.
[[nodiscard]] std::string scalarEvent(double wallTime, std::int64_t step, std::span<const Scalar> scalars);
/// Event{wall_time, step, session_log{START}}: a program begins to write, or (from the second on) begins again at this
/// step.
[[nodiscard]] std::string sessionStartEvent(double wallTime, std::int64_t step);

/// A TFRecord: length (u64), masked CRC-32C of the length, the bytes, masked CRC-32C of the bytes; all little endian.
[[nodiscard]] std::string framedRecord(std::string_view bytes);

} // namespace diascope::runs
