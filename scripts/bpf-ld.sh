#!/bin/sh
# The "linker" of the eBPF build: with fat LTO rustc hands over one object of LLVM bitcode, which llc turns into a
# BPF object. Stands in for bpf-linker.
set -e
out= bitcode=
while [ $# -gt 0 ]; do
    case "$1" in
    -o) out=$2; shift ;;
    *.rcgu.o) bitcode=$1 ;;
    esac
    shift
done
exec "${LLC:-llc-22}" -march=bpfel -mcpu=v3 -O3 -filetype=obj "$bitcode" -o "$out"
