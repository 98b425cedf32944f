#!/usr/bin/env bash
# Runs each fuzz target for some seconds, starting from the lines of the demo's transcript and from earlier
# findings.
# usage: scripts/fuzz.sh SECONDS [TARGET...]
# A failure prints the input and leaves it in fuzz/artifacts/TARGET/; pass that file to the program as its
# last argument to run it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
if [ $# -eq 0 ]; then
  set -- fuzz/targets/*.rs
  set -- "${@##*/}"
  set -- "${@%.rs}"
fi

host=$(rustc --print host-tuple)
built=$PWD/${CARGO_TARGET_DIR:-target}/fuzz
case ${CARGO_TARGET_DIR:-} in /*) built=$CARGO_TARGET_DIR/fuzz ;; esac
# The flags of cargo-fuzz without a sanitizer: coverage for libFuzzer, with a stable compiler.
flags=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing)
RUSTFLAGS="${flags[*]}" cargo build --quiet --locked --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$built"

for target in "$@"; do
  corpus=fuzz/corpus/$target
  mkdir -p "$corpus" "fuzz/artifacts/$target"
  if [ -z "$(ls -A "$corpus")" ]; then
    split --lines=1 --suffix-length=4 demo/transcript.jsonl "$corpus/line-"
  fi
  words=()
  [ ! -e "fuzz/targets/$target.dict" ] || words=("-dict=fuzz/targets/$target.dict")
  echo "=== $target, $seconds seconds"
  # libFuzzer's own memory limit: an input that makes memory grow without bound ends the run.
  "$built/$host/release/$target" "$corpus" -max_total_time="$seconds" -max_len=16384 -timeout=25 -rss_limit_mb=2048 \
    "${words[@]}" -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 -verbosity=0 2>&1 |
    sed '/^###### Recommended/,/^###### End/d'
done
