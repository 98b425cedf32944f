#!/usr/bin/env bash
# Builds the wheels of the last commit twice, in two directories, with different target directories, umasks
# and time zones, and compares them byte for byte.
# usage: scripts/reproducible.sh PYTHON [TARGET...]    (PYTHON has requirements-dist.txt installed)
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
once() { # DIRECTORY UMASK TZ TARGET...
  local directory=$1 mask=$2 zone=$3
  shift 3
  umask "$mask"
  mkdir -p "$directory"
  git archive HEAD | tar -x -C "$directory"
  (cd "$directory" && TZ=$zone CARGO_TARGET_DIR=$directory/../target "$python" scripts/wheels.py --no-sdist --out "$directory/../out" "$@" >/dev/null)
}
(once "$place/one" 022 UTC "$@")
mkdir -p "$place/a/longer/way"
(once "$place/a/longer/way/two" 077 Pacific/Auckland "$@")

cd "$place/out"
ls ./*.whl >/dev/null
for wheel in *.whl; do
  other=$place/a/longer/way/out/$wheel
  if cmp -s "$wheel" "$other"; then
    echo "same bytes: $(sha256sum "$wheel")"
  else
    echo "DIFFERENT: $wheel" >&2
    "$python" - "$wheel" "$other" >&2 <<'END'
import sys, zipfile
one, two = (zipfile.ZipFile(path) for path in sys.argv[1:])
for name in sorted({*one.namelist(), *two.namelist()}):
    if name not in one.namelist() or name not in two.namelist() or one.read(name) != two.read(name):
        print("   ", name)
END
    exit 1
  fi
done
