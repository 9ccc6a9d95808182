#!/bin/bash
# Builds the eBPF object from source beside the committed one, compares the two byte by byte where the toolchain is
# the recorded one, and loads what was built into the kernel.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
committed=crates/datapath/ebpf/croft.bpf
built=target-bpf/check/croft.bpf
scripts/build-ebpf.sh "$built.o"

if diff -q <(grep -v '^sha256' $committed.toolchain) <(grep -v '^sha256' $built.toolchain) >/dev/null; then
    cmp "$built.o" "$committed.o" || {
        echo "The committed eBPF object is not what the sources give: run scripts/build-ebpf.sh and commit the result." >&2
        exit 1
    }
    echo "the rebuilt eBPF object is the committed one, byte for byte"
else
    echo "another toolchain than the recorded one built it, so the bytes are not compared:"
    diff "$committed.toolchain" "$built.toolchain" || true
fi
CROFT_EBPF_OBJECT=$root/$built.o cargo test --locked --package croft-datapath-ebpf --test load the_verifier_takes_it -- --nocapture
