"""Say which files `lib.pre_stop`, `lib.snapshot_scrub` and `heartbeat` resolve to, and what to do.

    python -m prestop.check [DIRECTORY]

DIRECTORY is where the host's own modules are, by default the current one. Nothing of the host is run:
its files are found and read. The exit status is 0 when every name is ours, or needs nothing.
"""

from __future__ import annotations

import ast
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

NAMES = {
    "lib.pre_stop": "prestop.pre_stop",
    "lib.snapshot_scrub": "prestop.snapshot_scrub",
    "heartbeat": "prestop.heartbeat",
}


class Verdict:
    """Where a name leads, whether that is in order, and what to do if it is not."""

    __slots__ = ("advice", "file", "fine", "name", "what")

    def __init__(self, name: str, file: str | None, fine: bool, what: str, advice: str = "") -> None:
        self.name = name
        self.file = file
        self.fine = fine
        self.what = what
        self.advice = advice


def judge(name: str, path: list[str]) -> Verdict:
    """Return the verdict on one of the names, looked up along the path."""
    ours = NAMES[name]
    file = _file_of(name, path)
    if file is None:
        return Verdict(name, None, *_absent(name, ours, path))
    if _is_ours(file):
        return Verdict(name, file, True, "ours")
    target = _alias_target(file)
    if target == ours:
        return Verdict(name, file, True, f"an alias of {ours}")
    # If the host's own file is removed, only a name in a package of ours is found again.
    instead = f"delete {file}, or make it" if "." in name else f"make {file}"
    return Verdict(name, file, False, "not ours", f"{instead} two lines:\n{_alias(ours)}")


def core_fault() -> str | None:
    """Return why the Rust core cannot be loaded, or None if it can."""
    try:
        from . import _core  # noqa: F401
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be reported
        return f"{type(error).__name__}: {error}"
    return None


def main(arguments: list[str]) -> int:
    """Print the verdicts and return the exit status."""
    if arguments in (["-h"], ["--help"]):
        print((__doc__ or "").rstrip())
        return 0
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m prestop.check [DIRECTORY]", file=sys.stderr)
        return 2
    here = os.getcwd()
    directory = os.path.abspath(arguments[0] if arguments else here)
    if not os.path.isdir(directory):
        print("prestop.check: not a directory; give the one that holds the host's modules", file=sys.stderr)
        return 2
    # `python -m` puts the current directory first, where a program has its own.
    path = [
        directory,
        *(entry for entry in sys.path if os.path.abspath(entry or here) not in (here, directory)),
    ]
    print(f"as seen by a program in {directory}")
    verdicts = [judge(name, path) for name in NAMES] + _swallowed(directory)
    for verdict in verdicts:
        print(
            f"{'ok ' if verdict.fine else 'NO '} {verdict.name}: {verdict.file or 'not found'} ({verdict.what})"
        )
        for line in verdict.advice.splitlines():
            print(f"      {line}")
    fault = core_fault()
    if fault is not None:
        print(f"NO  prestop._core cannot be loaded, so no snapshot will be written: {fault}")
        print(
            "      install a wheel that was built for this machine: pip install --force-reinstall prestop-*.whl"
        )
    return 0 if fault is None and all(verdict.fine for verdict in verdicts) else 1


def _absent(name: str, ours: str, path: list[str]) -> tuple[bool, str, str]:
    package, _, module = name.rpartition(".")
    if not package:
        return True, "not there, so nobody imports it", ""
    found = PathFinder.find_spec(package, path)
    place = next(iter(found.submodule_search_locations or ()), None) if found else None
    if place is None:
        return False, "not there", "install the wheel again: pip install --force-reinstall prestop-*.whl"
    advice = (
        f"{place} hides the package {package} of prestop: delete it if nothing is left in it,\n"
        f"else put {os.path.join(place, module)}.py there, with two lines:\n{_alias(ours)}"
    )
    return False, "hidden", advice


def _swallowed(directory: str) -> list[Verdict]:
    """Return a verdict on a host's `lib` without `__init__.py`: ours is found first, and hides it."""
    place = os.path.join(directory, "lib")
    if not os.path.isdir(place) or os.path.exists(os.path.join(place, "__init__.py")):
        return []
    ours = [name.removeprefix("lib.") + ".py" for name in NAMES]
    others = sorted(name for name in os.listdir(place) if name.endswith(".py") and name not in ours)
    if not others or os.path.samefile(place, _our_lib()):
        return []
    advice = (
        f"an empty __init__.py in {place} brings them back; then put pre_stop.py and snapshot_scrub.py there,\n"
        f"with two lines each, as in:\n{_alias('prestop.pre_stop')}"
    )
    return [Verdict("lib", place, False, f"hidden by ours: {', '.join(others)}", advice)]


def _alias(ours: str) -> str:
    return f"    import sys, {ours}\n    sys.modules[__name__] = sys.modules[{ours!r}]"


def _file_of(name: str, path: list[str]) -> str | None:
    """Return the file of a module without importing the package that contains it."""
    package, _, _ = name.rpartition(".")
    if package:
        parent = PathFinder.find_spec(package, path)
        if parent is None or parent.submodule_search_locations is None:
            return None
        path = list(parent.submodule_search_locations)
    spec: ModuleSpec | None = PathFinder.find_spec(name, path)
    if spec is None:
        return None
    if spec.origin is not None:
        return spec.origin
    return next(iter(spec.submodule_search_locations or ()), None)


def _our_lib() -> str:
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib")


def _is_ours(file: str) -> bool:
    """Return whether the file is in the package beside this one, where the wheel installed it."""
    return os.path.realpath(os.path.dirname(file)) == os.path.realpath(_our_lib())


def _alias_target(file: str) -> str | None:
    """Return the module of ours by which a file replaces itself in `sys.modules`, judging by its source."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return None
    replaced = any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "sys.modules[__name__]"
        for node in tree.body
    )
    if not replaced:
        return None
    for node in tree.body:
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("prestop."):
                    return name.name
        elif isinstance(node, ast.ImportFrom) and node.module == "prestop" and not node.level:
            return f"prestop.{node.names[0].name}"
    return None


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # The reader has closed the pipe, which is not an error.
        status = 0 if isinstance(error, BrokenPipeError) else 1
        if status:
            print(f"prestop.check: {error.strerror}", file=sys.stderr)
        # Nor are bytes that can no longer be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)
