#!/usr/bin/env bash
# Downloads a Python for another processor, so that wheels built for it can be run here: Debian's packages and
# qemu, unpacked into a directory. Nothing is installed, and root is not needed. Prints the path of the
# interpreter.
# usage: scripts/foreign-python.sh PROCESSOR DIRECTORY    (aarch64 or x86_64, as in uname)
set -euo pipefail
processor=$1
case $processor in
  aarch64) debian=arm64 ;;
  x86_64) debian=amd64 ;;
  *) echo "no packages are known for $processor" >&2 && exit 1 ;;
esac
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "no apt-get, so no Python for $processor" >&2; exit 1; }
mkdir -p "$2"
place=$(cd "$2" && pwd)
python=$place/root/usr/bin/python3
[ -e "$place/.complete" ] && echo "$python" && exit

rm -rf "$place" && mkdir -p "$place"/{apt/lists/partial,cache/archives/partial,qemu,root}
# apt with lists and archives of its own; only the package sources and the trusted keys are the system's.
foreign() {
  apt-get -qq -o APT::Architecture="$debian" -o APT::Architectures="$debian" -o APT::Sandbox::User="$(id -un)" \
    -o Dir::State="$place/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$place/cache" "$@" >&2
}
foreign update
foreign install --yes --download-only --no-install-recommends python3 python3-venv
for archive in "$place"/cache/archives/*.deb; do
  dpkg -x "$archive" "$place/root"
done
qemu=$(command -v "qemu-$processor-static" || command -v "qemu-$processor" || true)
if [ -z "$qemu" ]; then
  (cd "$place/qemu" && apt-get -qq download qemu-user-static 2>/dev/null)
  dpkg -x "$place"/qemu/*.deb "$place/qemu"
  qemu=$place/qemu/usr/bin/qemu-$processor-static
fi

# The interpreter is replaced by a script that runs it: by its own name Python finds its library and its
# virtual environment, and starts other interpreters.
real=$(readlink -f "$python")
mv "$real" "$real.$processor"
cat >"$real" <<END
#!/bin/sh
exec "$qemu" -L "$place/root" -0 "\$0" "$real.$processor" "\$@"
END
chmod +x "$real"
touch "$place/.complete"
echo "$python"
