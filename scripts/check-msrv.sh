#!/usr/bin/env bash
# Checks that the oldest supported Rust (rust-version in Cargo.toml) is enough: no dependency asks for a later
# one, and, if rustup has that toolchain, it compiles everything.
# usage: scripts/check-msrv.sh [--require]    (without that toolchain it fails)
set -euo pipefail
cd "$(dirname "$0")/.."

msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
echo "oldest supported Rust: $msrv"

cargo metadata --locked --format-version 1 | python3 -c '
import json, sys

def version(text):
    return [int(part) for part in (text.split("-")[0] + ".0.0").split(".")[:3]]

ours = version(sys.argv[1])
packages = [package for package in json.load(sys.stdin)["packages"] if package["rust_version"]]
later = ["{name} {version} asks for {rust_version}".format(**package)
         for package in packages if version(package["rust_version"]) > ours]
sys.exit("\n".join(later) or 0)
' "$msrv"

toolchain=$(rustup toolchain list 2>/dev/null | grep -oE "^$msrv(\.[0-9]+)?-" | tail -1 || true)
if [ -n "$toolchain" ]; then
  rustup run "${toolchain%-}" cargo check --locked --workspace --target-dir "${CARGO_TARGET_DIR:-target}/msrv"
elif [ "${1:-}" = --require ]; then
  echo "rustup has no toolchain $msrv" >&2
  exit 1
else
  echo "SKIPPED: the compiler itself was not asked: rustup toolchain install $msrv --profile minimal" >&2
fi
