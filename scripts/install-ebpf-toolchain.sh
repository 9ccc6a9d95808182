#!/bin/bash
# Installs what scripts/build-ebpf.sh needs and the machine lacks (Debian 12 or newer, as root). Only who changes the
# engine or the eBPF program needs it: the object is committed.
set -euo pipefail
packages=(rustc-web libstd-rust-web-dev-bpf llvm-22)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi
apt-get update
apt-get install -y --no-install-recommends "${missing[@]}"
