#!/bin/bash
# A Rust compiler with a wasm32-unknown-unknown std on Debian 12 where rustup cannot add the target, without root:
#   rust-wasm-sysroot.sh PREFIX     makes PREFIX/bin/rustc and its std; use it with
#   RUSTC=PREFIX/bin/rustc cargo build --release --target wasm32-unknown-unknown
# Needs apt with Debian 12 and its security updates, cargo 1.85 or newer (rustup's, any version) and gcc.
set -euo pipefail
P=$(mkdir -p "$1" && cd "$1" && pwd)
V=$(apt-cache policy rustc-web | awk '/Candidate:/{print $2}')   # 1.96.0+dfsg1-1~deb12u2 when this was written; security updates supersede it
R12=$(echo "$V" | cut -d. -f1,2)
mkdir -p "$P/debs" "$P/bin"
(cd "$P/debs" && apt-get download rustc-web=$V libstd-rust-web-$R12=$V libstd-rust-web-dev=$V rust-web-src=$V "$(apt-cache show libstd-rust-web-$R12="$V" | grep -oE 'libllvm[0-9]+' | head -n 1)")
for d in "$P"/debs/*.deb; do dpkg -x "$d" "$P/root"; done
R=$P/root/usr
cat > "$P/bin/rustc" <<W
#!/bin/sh
LD_LIBRARY_PATH=$R/lib/x86_64-linux-gnu exec $R/bin/rustc "\$@"
W
chmod +x "$P/bin/rustc"
# the wasm linker: rustup's own rust-lld (any toolchain has it), else Debian's lld-22 (apt-get install rust-web-llvm)
LLD=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
mkdir -p "$R/lib/rustlib/x86_64-unknown-linux-gnu/bin"
[ -x "$LLD" ] && ln -sf "$LLD" "$R/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"   # a link, not a copy: it finds its libLLVM by $ORIGIN
# std, once
T=$P/stdbuild; mkdir -p "$T/src"
printf '[package]\nname="stdbuild"\nversion="0.0.0"\nedition="2021"\n[lib]\ncrate-type=["rlib"]\n[profile.release]\npanic="abort"\n[workspace]\n' > "$T/Cargo.toml"
echo > "$T/src/lib.rs"
(cd "$T" && RUSTC=$P/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$T/target \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-C embed-bitcode=yes" \
  cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort)
L=$R/lib/rustlib/wasm32-unknown-unknown/lib; mkdir -p "$L"
cp "$T"/target/wasm32-unknown-unknown/release/deps/*.rlib "$L"/; rm -f "$L"/libstdbuild-*.rlib
rm -rf "$T" "$P/debs"; du -sh "$L" "$P"
