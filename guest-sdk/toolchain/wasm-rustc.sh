#!/bin/bash
# Prints the path of a rustc that has the target wasm32-unknown-unknown, and gets one where there is none:
# rustup's after adding the target, else one made in $KEMIST_TOOLCHAIN from Debian's (rust-wasm-sysroot.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=wasm32-unknown-unknown
own=${KEMIST_TOOLCHAIN:-$here/../../target/rust-wasm}

has_std() { compgen -G "$("$1" --print target-libdir --target $target 2>/dev/null)/libstd-*.rlib" >/dev/null; }

rustc=${RUSTC:-rustc}
if ! has_std "$rustc"; then
  if [ -e "$own/done" ]; then
    rustc=$own/bin/rustc
  elif ! { command -v rustup >/dev/null && rustup target add $target >&2; }; then
    echo "rustup cannot add $target: making a compiler in $own (about a minute)" >&2
    "$here/rust-wasm-sysroot.sh" "$own" >&2
    touch "$own/done"
    rustc=$own/bin/rustc
  fi
fi
command -v "$rustc"
