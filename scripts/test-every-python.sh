#!/usr/bin/env bash
# Installs the one abi3 wheel into an environment of each other CPython from 3.11 up and runs the Python tests
# there.
# usage: scripts/test-every-python.sh MAIN_PYTHON    (the interpreter that has already run the tests)
set -euo pipefail
cd "$(dirname "$0")/.."

# Prints "3.12" for a CPython that can load an abi3 wheel of 3.11, nothing for any other (free-threaded builds
# cannot).
version_of() {
  "$1" -c '
import platform, sys, sysconfig
fits = platform.python_implementation() == "CPython" and sys.version_info >= (3, 11)
if fits and not sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null || true
}

main=$(version_of "$1")
declare -A found=()
for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 \
  $(compgen -c python3. | grep -E '^python3\.[0-9]+$' | sort -uV); do
  command -v "$candidate" >/dev/null || continue
  version=$(version_of "$candidate")
  if [ -n "$version" ] && [ "$version" != "$main" ] && [ -z "${found[$version]:-}" ]; then
    if ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null </dev/null; then
      echo "!!! SKIPPED: $candidate has no venv or no ensurepip"
      continue
    fi
    found[$version]=$(command -v "$candidate")
  fi
done

if [ ${#found[@]} -eq 0 ]; then
  echo "!!! SKIPPED: no CPython from 3.11 up besides $main on this machine; the tests ran on $main only"
  exit 0
fi
others=$(printf '%s\n' "${!found[@]}" | sort -V | tr '\n' ' ')
echo "=== tests have run on $main; also here: $others"

wheel=$(ls dist/prestop-*.whl)
for version in $others; do
  venv=.venv-$version
  # One that was only half made has no pip.
  [ -x "$venv/bin/pip" ] || { rm -rf "$venv" && "${found[$version]}" -m venv "$venv"; }
  pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet)
  if [ requirements-test.txt -nt "$venv/.tools" ]; then
    "${pip[@]}" install -r requirements-test.txt
    touch "$venv/.tools"
  fi
  if [ dist/.wheel -nt "$venv/.installed" ]; then
    "${pip[@]}" install --force-reinstall --no-deps "$wheel"
    touch "$venv/.installed"
  fi
  echo "=== $("$venv/bin/python" --version)"
  "$venv/bin/python" -m pytest -p no:cacheprovider
done
