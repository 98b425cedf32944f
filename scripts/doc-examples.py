#!/usr/bin/env python3
"""Name every public item of the core whose documentation has no example that runs.

    python3 scripts/doc-examples.py

Examples are required of modules, types, traits, functions, constants and methods; a method may be shown in
the example of its type instead. Fields, variants and the methods of a trait are shown in the example of what
they belong to. The script reads rustdoc's JSON description of the crate, whose format may change with the
compiler: what it cannot read is an error.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ASKED = {"module", "struct", "enum", "trait", "function", "constant", "type_alias"}


def description() -> dict[str, Any]:
    """Return rustdoc's description of the crate."""
    # A target directory of its own: RUSTC_BOOTSTRAP makes cargo rebuild all dependencies, and again without
    # it.
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "doc-examples"
    command = [
        "cargo",
        "rustdoc",
        "--locked",
        "--quiet",
        "--package",
        "prestop",
        "--lib",
        "--target-dir",
        str(target),
    ]
    command += ["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "RUSTC_BOOTSTRAP": "1"})
    described: dict[str, Any] = json.loads((target / "doc" / "prestop.json").read_text())
    return described


def example(docs: str) -> str:
    """Return the code that rustdoc runs."""
    code, inside = [], ""
    for line in docs.splitlines():
        if line.strip().startswith("```"):
            inside = "" if inside else line.strip()
        elif inside in ("```", "```rust", "```should_panic"):
            code.append(line)
    return "\n".join(code)


def kind(item: dict[str, Any]) -> str:
    return str(next(iter(item["inner"])))


def missing(described: dict[str, Any]) -> tuple[list[str], int]:
    """Return the items without an example, by path, and how many items were checked."""
    index, without, asked = described["index"], [], 0
    todo = [(described["root"], "prestop", "")]
    seen = set()
    while todo:
        number, path, of_type = todo.pop()
        item = index.get(str(number))
        if item is None or (number, path) in seen:
            continue
        seen.add((number, path))
        inner = item["inner"][kind(item)]
        if kind(item) == "use":
            todo.append((inner["id"], f"{path.rpartition('::')[0]}::{inner['name']}", ""))
            continue
        if kind(item) in ASKED:
            asked += 1
            code = example(item["docs"] or "")
            shown = of_type and re.search(rf"\b{item['name']}\b", of_type)
            if not code and not shown:
                span = item["span"]
                without.append(f"{span['filename']}:{span['begin'][0]}: {kind(item)} {path}")
        for child in inner.get("items", []) if kind(item) in ("module", "impl") else inner.get("impls", []):
            member = index.get(str(child))
            if member is None or (kind(member) == "impl" and member["inner"]["impl"]["trait"] is not None):
                continue
            if kind(item) == "impl" and member["visibility"] != "public":
                continue
            name = member["name"] or ""
            of_member = example(item["docs"] or "") if kind(member) == "impl" else of_type
            todo.append((child, path if kind(member) == "impl" else f"{path}::{name}", of_member))
    return sorted(set(without)), asked


def main() -> int:
    without, asked = missing(description())
    for line in without:
        print(line)
    if asked < 100:
        print(f"only {asked} items were found: rustdoc's description is not what it was", file=sys.stderr)
        return 2
    print(f"{asked} public items, {len(without)} without an example", file=sys.stderr)
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
