"""The page of the C interface, made from the comments of include/prestop.h."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

_KINDS = {
    "Types": re.compile(r"^typedef (?:struct|enum) (prestop_\w+)"),
    "Constants": re.compile(r"^#define (PRESTOP_\w+) "),
    "Functions": re.compile(r"\b(prestop_\w+)\("),
}


def page(header: Path) -> str:
    """Return the page in Markdown: the rules for all functions, then each type, constant and function."""
    head, *blocks = header.read_text("utf-8").split("\n\n")
    items: dict[str, dict[str, tuple[list[str], str]]] = {kind: {} for kind in _KINDS}
    for block in blocks:
        comment, code = _parted(block)
        for kind, pattern in _KINDS.items():
            if comment and (found := pattern.search(code)):
                items[kind][found[1]] = comment, code
                break
    names = {name for kind in items.values() for name in kind}
    parts = ["# The C header", _prose(head.splitlines(), names)]
    for kind, members in items.items():
        parts.append(f"## {kind}")
        for name, (comment, code) in members.items():
            parts += [f"### `{name}`", _prose(comment, names - {name}), f"```c\n{code}\n```"]
    return "\n\n".join(parts) + "\n"


def _parted(block: str) -> tuple[list[str], str]:
    """Return the comment before a declaration, and the declaration."""
    lines = block.strip("\n").splitlines()
    at = 0
    while at < len(lines) and lines[at].startswith("//"):
        at += 1
    return lines[:at], "\n".join(lines[at:])


def _prose(comment: list[str], names: set[str]) -> str:
    """Return a comment as Markdown; indented lines become code blocks."""
    parts: list[tuple[bool, list[str]]] = []
    for line in comment:
        text = line.removeprefix("//").removeprefix(" ").rstrip()
        shown = text.startswith("  ")
        if parts and (parts[-1][0] == shown or not text):
            parts[-1][1].append(text)
        else:
            parts.append((shown, [text]))
    return "\n\n".join(
        _shown("\n".join(lines)) if shown else _linked("\n".join(lines).strip(), names)
        for shown, lines in parts
    )


def _shown(text: str) -> str:
    """Return a code block; lines that end in semicolons are C."""
    language = "c" if re.search(r";$", text, re.MULTILINE) else "text"
    return f"```{language}\n{textwrap.dedent(text).rstrip()}\n```"


def _linked(text: str, names: set[str]) -> str:
    """Return prose with identifiers marked as code, linked if they are on the page."""

    def link(found: re.Match[str]) -> str:
        name = found[0].strip("`")
        if name in names:
            return f"[`{name}`](#{name.lower()})"
        return f"`{name}`"

    return re.sub(r"`[^`\n]+`|\bprestop_\w+\b|\bPRESTOP_\w+\b", link, text)
