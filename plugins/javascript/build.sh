#!/bin/bash
# Builds the JavaScript engine into a core module: build.sh OUT.wasm
#
# Needs clang-19, llvm-19, wasi-libc, libclang-19-dev and libclang-common-22-dev of Debian 12 (.ci/setup installs them), and the
# target wasm32-wasip1: rustup's, else std built from the sources of the compiler that guest-sdk/toolchain makes.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: build.sh OUT.wasm" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$1
target=wasm32-wasip1
export CARGO_TARGET_DIR=${KEMIST_ENGINE_TARGET:-$root/target/plugins}

export RQUICKJS_SYS_NO_WASI_SDK=1
export CC_wasm32_wasip1=$here/cc AR_wasm32_wasip1=llvm-ar-19
export CFLAGS_wasm32_wasip1="--target=wasm32-wasi --sysroot=/usr -isystem /usr/include/wasm32-wasi -O3 -DCHANGES=$(cksum < "$here/cc" | cut -d" " -f1)"
# bindgen loads the newest libclang; the folder of its own headers must be of the same version
resources=$(ls -d /usr/lib/llvm-*/lib/clang/*/include | sort -V | tail -1)
export BINDGEN_EXTRA_CLANG_ARGS="-resource-dir ${resources%/include} --sysroot=/usr -isystem /usr/include/wasm32-wasi"

options=()
has_std() { compgen -G "$(rustc --print target-libdir --target $target 2>/dev/null)/libstd-*.rlib" >/dev/null; }
if ! has_std && ! { command -v rustup >/dev/null && rustup target add $target >&2; }; then
  RUSTC=$("$root/guest-sdk/toolchain/wasm-rustc.sh")
  CARGO_TARGET_WASM32_WASIP1_LINKER=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
  CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-L native=/usr/lib/wasm32-wasi -C link-self-contained=no"
  export RUSTC RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_WASIP1_LINKER CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS
  options=(-Zbuild-std=std,panic_abort)
fi
(cd "$here" && cargo build --release --locked --target $target "${options[@]}")
mkdir -p "$(dirname "$out")"
cp "$CARGO_TARGET_DIR/$target/release/kemist_javascript.wasm" "$out.new"
mv "$out.new" "$out"
