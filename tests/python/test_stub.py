"""The docstrings of `_core.pyi` equal those that `help()` shows, so both state the same bounds and errors."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import prestop._core as core


def said(body: list[ast.stmt], holder: object, prefix: str = "") -> Iterator[tuple[str, str, object]]:
    """Yield every documented name of a stub, its docstring, and the object that it names."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            named = getattr(holder, node.name)
            if text := ast.get_docstring(node):
                yield prefix + node.name, text, named
            if isinstance(node, ast.ClassDef):
                yield from said(node.body, named, f"{node.name}.")


def test_what_the_stub_says_is_what_help_says() -> None:
    stub = ast.parse(Path(core.__file__).with_name("_core.pyi").read_text("utf-8"))
    documented = list(said(stub.body, core))
    assert len(documented) > 50
    for name, text, named in documented:
        assert (inspect.getdoc(named) or "").split() == text.split(), name
