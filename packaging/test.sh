#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds Release and runs the tests that CI runs (every label but slow, fuzz and bench).
# Arguments go to ctest, for example: packaging/test.sh -R image
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

set_up
configure_and_build release
say "running the tests"
export QT_QPA_PLATFORM=offscreen
export OMP_WAIT_POLICY=passive # tests run side by side: a thread that waits must not keep a core busy
ctest --test-dir "$BUILD" --output-on-failure --no-tests=error -j "$(nproc)" -LE 'slow|fuzz|bench' "$@" ||
    fail "some tests failed" "One alone: ctest --test-dir build/release -R <name> --output-on-failure"
say "all tests passed"
