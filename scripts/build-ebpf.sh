#!/bin/bash
# Builds the eBPF object from source: crates/datapath/ebpf/croft.bpf.o (or the file named), and beside it, in
# croft.bpf.toolchain, what it was built with and its sha256. The same sources give the same bytes in any directory.
#
# usage: scripts/build-ebpf.sh [OUT.o]
# needs: rustc-web, libstd-rust-web-dev-bpf, llvm-22 (scripts/install-ebpf-toolchain.sh)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-$root/crates/datapath/ebpf/croft.bpf.o}")
cd "$root"

cargo=${CARGO_HOME:-$HOME/.cargo}
# The folders of the crates' sources bear the name of where they came from, which is nothing to keep in the object.
compgen -G "$cargo/registry/src/*" >/dev/null || cargo fetch --quiet --locked
crates=
for folder in "$cargo"/registry/src/*; do crates+=" --remap-path-prefix=$folder=/crates"; done

export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER="$root/scripts/bpf-ld.sh"
export CARGO_TARGET_BPFEL_UNKNOWN_NONE_RUSTFLAGS="-C target-cpu=v3 \
--remap-path-prefix=$root=/croft --remap-path-prefix=$cargo=/cargo$crates"
unset RUSTC_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

cargo build --quiet --profile bpf --package croft-datapath-ebpf --bin croft-datapath-ebpf \
    --target bpfel-unknown-none --target-dir "$root/target-bpf"
mkdir -p "$(dirname "$out")"
llvm-strip-22 -g -o "$out" "$root/target-bpf/bpfel-unknown-none/bpf/croft-datapath-ebpf"
{
    echo "rustc $($RUSTC --version)"
    echo "llc $(llc-22 --version | sed -n 's/.*LLVM version //p')"
    echo "sha256 $(sha256sum "$out" | cut -d' ' -f1)"
} >"${out%.o}.toolchain"
