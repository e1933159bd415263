#!/bin/bash
# Builds a Rust guest into a component: build-guest.sh CRATE_DIR OUT.wasm
#
# The wasm32-unknown-unknown target comes from rustup; where rustup cannot add it, a compiler with
# the target is made once in $KEMIST_TOOLCHAIN (rust-wasm-sysroot.sh beside this file).
# KEMIST_CODEGEN names a built kemist-codegen; without it cargo builds one.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: build-guest.sh CRATE_DIR OUT.wasm" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
crate=$(cd "$1" && pwd)
out=$2
target=wasm32-unknown-unknown

# A compiler that has the target: the one in force, rustup's after adding it, or our own.
find_rustc() {
  local std
  std=$(cd "$crate" && rustc --print target-libdir --target $target 2>/dev/null || true)
  ls "$std"/libstd-*.rlib >/dev/null 2>&1 && return
  if command -v rustup >/dev/null && (cd "$crate" && rustup target add $target >&2); then return; fi
  local own=${KEMIST_TOOLCHAIN:-$root/target/rust-wasm}
  if [ ! -e "$own/done" ]; then
    echo "rustup cannot add $target: making a compiler in $own" >&2
    "$here/rust-wasm-sysroot.sh" "$own" >&2
    touch "$own/done"
  fi
  export RUSTC=$own/bin/rustc
}

find_codegen() {
  codegen=${KEMIST_CODEGEN:-}
  if [ -z "$codegen" ]; then
    (cd "$root" && cargo build --quiet --profile quick -p kemist-codegen >&2)
    codegen=${CARGO_TARGET_DIR:-$root/target}/quick/kemist-codegen
  fi
}

find_codegen
find_rustc
# Small guests whatever the crate's own profile says; wasm32 has nothing to unwind with.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=true CARGO_PROFILE_RELEASE_PANIC=abort
export CARGO_PROFILE_RELEASE_STRIP=true CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Guests have a folder of their own: another compiler, another profile.
export CARGO_TARGET_DIR=${KEMIST_GUEST_TARGET:-$root/target/guests}
core=$(cd "$crate" && cargo build --release --target $target --message-format=json-render-diagnostics \
  | sed -n 's/.*"filenames":\["\([^"]*\.wasm\)".*/\1/p' | tail -n 1)
[ -n "$core" ] || { echo "$crate: no wasm file; has its Cargo.toml crate-type = [\"cdylib\"]?" >&2; exit 1; }
"$codegen" componentize "$core" "$out"
