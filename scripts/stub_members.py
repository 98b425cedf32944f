"""A griffe extension: what griffe, which reads the sources for the pages, does not derive from a stub.

A class of the core is created by `__new__`, and a function may have overloads only.
"""

from __future__ import annotations

from typing import Any

import griffe


class StubMembers(griffe.Extension):
    """Gives classes the signature of `__new__`, and functions that have only overloads their first form."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Complete the members of a class."""
        for name, forms in cls.overloads.items():
            if name not in cls.members:
                first = forms[0]
                first.docstring = first.docstring or next(
                    (form.docstring for form in forms if form.docstring), None
                )
                cls.set_member(name, first)
        if "__new__" in cls.members and "__init__" not in cls.members:
            made = cls.members["__new__"]
            if isinstance(made, griffe.Function):
                init = griffe.Function(
                    "__init__",
                    parameters=made.parameters,
                    lineno=made.lineno,
                    endlineno=made.endlineno,
                    parent=cls,
                )
                init.overloads = made.overloads
                cls.set_member("__init__", init)
