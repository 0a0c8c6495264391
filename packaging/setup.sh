#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing: Debian packages (packaging/debian-packages.txt) and LibTorch. Safe to run again; does nothing
# when everything is there. Sourced by run.sh and test.sh, which then call configure_and_build.
#   DIASCOPE_LIBTORCH=<folder with include/ and lib/>   use that LibTorch instead of installing one
#   DIASCOPE_JOBS=<n>                                    compile with n processes (default: all cores)
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
DEPS="$ROOT/.deps"
TORCH_VERSION=2.13.0

say() { printf '[diascope] %s\n' "$*" >&2; }
fail() {
    printf '[diascope] FAILED: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '[diascope]   -> %s\n' "$line" >&2; done
    exit 1
}

missing_packages() {
    local wanted
    wanted=$(grep -v '^#' "$ROOT/packaging/debian-packages.txt")
    for package in $wanted; do
        dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || fail "this is not a Debian or Ubuntu system" \
        "Install the equivalents of packaging/debian-packages.txt, then build with: cmake --preset release -DLIBTORCH_DIR=..."
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "packages are missing and neither root nor sudo is at hand" \
            "As root, run: apt-get install -y --no-install-recommends $missing"
        as_root=(sudo)
    fi
    say "installing Debian packages: $missing"
    "${as_root[@]}" apt-get update -qq || say "apt-get update reported a problem; going on with the lists that are here"
    # shellcheck disable=SC2086
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        fail "apt-get could not install the packages" \
            "Look at the message above; by hand: apt-get install -y --no-install-recommends $missing"
}

torch_loads() {
    [ -f "$1/lib/libtorch_cpu.so" ] && ! ldd "$1/lib/libtorch_cpu.so" 2>/dev/null | grep -q 'not found'
}

pip_torch() { python3 -m pip install --quiet --disable-pip-version-check --upgrade --target "$DEPS/torch" "$@"; }

install_torch() {
    LIBTORCH="${DIASCOPE_LIBTORCH:-$DEPS/torch/torch}"
    torch_loads "$LIBTORCH" && return 0
    [ -z "${DIASCOPE_LIBTORCH:-}" ] || fail "DIASCOPE_LIBTORCH=$LIBTORCH holds no usable lib/libtorch_cpu.so" \
        "Point it at the folder that holds include/ and lib/, or unset it."
    say "installing LibTorch $TORCH_VERSION into .deps/torch (a download of some hundred MB, once)"
    mkdir -p "$DEPS"
    if [ -e /proc/driver/nvidia/version ] || ! pip_torch --no-deps "torch==$TORCH_VERSION+cpu" 2>/dev/null; then
        pip_torch --no-deps "torch==$TORCH_VERSION" || fail "pip could not install torch==$TORCH_VERSION" \
            "Check the network and the free space (6 GB with CUDA), or set DIASCOPE_LIBTORCH to a LibTorch you have."
    fi
    # The CUDA build needs its runtime libraries beside it; the CPU build needs nothing.
    torch_loads "$LIBTORCH" || pip_torch "torch==$TORCH_VERSION" || true
    torch_loads "$LIBTORCH" || fail "LibTorch was installed but does not load" \
        "See: ldd $LIBTORCH/lib/libtorch_cpu.so" "Remove .deps/torch and run again."
}

configure_and_build() {
    local preset="$1"
    shift
    BUILD="$ROOT/build/$preset"
    say "configuring ($preset)"
    mkdir -p "$BUILD"
    (cd "$ROOT" && cmake --preset "$preset" -DLIBTORCH_DIR="$LIBTORCH" "$@" >"$BUILD.configure.log" 2>&1) ||
        { tail -n 20 "$BUILD.configure.log" >&2; fail "configuring failed" "Whole log: build/$preset.configure.log"; }
    say "building (the first time takes some minutes)"
    local jobs="${DIASCOPE_JOBS:-$(nproc)}" started=$SECONDS
    if [ -t 2 ]; then
        NINJA_STATUS='[diascope] %f/%t ' cmake --build "$BUILD" -j "$jobs" >&2 || fail "the build failed" "The compiler's message stands above."
    else
        build_with_plain_progress "$jobs"
    fi
    say "built in $((SECONDS - started)) s"
}

# Without a terminal: a line every 30 s instead of one per file, and the compiler's words only when it fails.
build_with_plain_progress() {
    local log="$BUILD.build.log"
    NINJA_STATUS='%f/%t ' cmake --build "$BUILD" -j "$1" >"$log" 2>&1 &
    local pid=$! waited=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        waited=$((waited + 1))
        [ $((waited % 30)) -ne 0 ] || say "building: $(tail -n 1 "$log" | cut -c1-60)"
    done
    wait "$pid" || { grep -E -A15 'FAILED|error' "$log" | tail -n 60 >&2; fail "the build failed" "Whole log: ${log#"$ROOT"/}"; }
}

set_up() {
    install_packages
    install_torch
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set_up
    say "everything is there; next: packaging/run.sh or packaging/test.sh"
fi
