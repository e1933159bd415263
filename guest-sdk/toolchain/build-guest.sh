#!/bin/bash
# Builds a Rust guest of the repository into a component: build-guest.sh CRATE_DIR OUT.wasm
#
# It is `kemist build` with the compiler that wasm-rustc.sh beside this file finds or makes, and one folder for what
# cargo keeps of all guests. KEMIST names a built kemist; without it cargo builds one.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: build-guest.sh CRATE_DIR OUT.wasm" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
kemist=${KEMIST:-}
if [ -z "$kemist" ]; then
  (cd "$root" && cargo build --quiet --profile quick -p kemist >&2)
  kemist=${CARGO_TARGET_DIR:-$root/target}/quick/kemist
fi
RUSTC=$("$here/wasm-rustc.sh")
export RUSTC KEMIST_GUEST_TARGET=${KEMIST_GUEST_TARGET:-$root/target/guests}
exec "$kemist" build "$1" -o "$2"
