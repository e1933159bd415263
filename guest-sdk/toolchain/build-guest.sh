#!/bin/bash
# Builds a Rust guest into a component: build-guest.sh CRATE_DIR OUT.wasm
#
# The compiler is the one that wasm-rustc.sh beside this file finds or makes.
# KEMIST_CODEGEN names a built kemist-codegen; without it cargo builds one.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: build-guest.sh CRATE_DIR OUT.wasm" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
crate=$(cd "$1" && pwd)
out=$2
target=wasm32-unknown-unknown

find_codegen() {
  codegen=${KEMIST_CODEGEN:-}
  if [ -z "$codegen" ]; then
    (cd "$root" && cargo build --quiet --profile quick -p kemist-codegen >&2)
    codegen=${CARGO_TARGET_DIR:-$root/target}/quick/kemist-codegen
  fi
}

find_codegen
RUSTC=$("$here/wasm-rustc.sh")
export RUSTC
# Small guests whatever the crate's own profile says; wasm32 has nothing to unwind with.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=true CARGO_PROFILE_RELEASE_PANIC=abort
export CARGO_PROFILE_RELEASE_STRIP=true CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Guests have a folder of their own: another compiler, another profile.
export CARGO_TARGET_DIR=${KEMIST_GUEST_TARGET:-$root/target/guests}
core=$(cd "$crate" && cargo build --release --target $target --message-format=json-render-diagnostics \
  | sed -n 's/.*"filenames":\["\([^"]*\.wasm\)".*/\1/p' | tail -n 1)
[ -n "$core" ] || { echo "$crate: no wasm file; has its Cargo.toml crate-type = [\"cdylib\"]?" >&2; exit 1; }
"$codegen" componentize "$core" "$out"
