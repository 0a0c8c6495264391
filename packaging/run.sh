#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From nothing to the application reading a kidney ultrasound: installs, builds, makes the demonstration data when missing,
# and opens it with the shipped model's answer and overlay. Without a display it does the same offscreen and leaves
# screenshots and the JSON answer in first-look/. Arguments (files, folders) replace the demonstration study.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

set_up
configure_and_build release
BIN="$BUILD/bin"
DATA="${DIASCOPE_DEMO_DATA:-$ROOT/demo-data}"
PACKAGE="$ROOT/models/demo-kidney-ultrasound.safetensors"
if [ ! -f "$DATA/README.txt" ]; then
    say "making the demonstration data in ${DATA#"$ROOT"/}"
    "$BIN/diascope-cli" demo "$DATA" --quiet >/dev/null ||
        fail "the demonstration data could not be written to $DATA" "Is there 300 MB of free space, and may you write there?"
fi
STUDY=("$@")
[ ${#STUDY[@]} -gt 0 ] || STUDY=("$(find "$DATA/ultrasound/dicom" -mindepth 1 -maxdepth 1 -type d | sort | head -n 1)")

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
    say "opening Diascope"
    exec "$BIN/diascope" --package "$PACKAGE" --overlay "${STUDY[@]}"
fi
OUT="$ROOT/first-look"
say "no display: looking offscreen"
QT_QPA_PLATFORM=offscreen "$BIN/diascope" --package "$PACKAGE" --overlay --first-look "$OUT" "${STUDY[@]}" ||
    fail "the application did not get to an answer" "Its message stands above; on its own: $BIN/diascope-cli predict --package $PACKAGE ${STUDY[*]}"
say "screenshots and answer are in $OUT (read-dark.png, read-light.png, answer.json)"
