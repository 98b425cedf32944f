"""The parent of a workspace, as the platform reports it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


async def name_of(workspace_id: object, asked: Callable[[object], Awaitable[Any]]) -> str | None:
    """Return the name of a workspace's parent; empty if it has none, None while it is not known.

    `asked(id)` returns what the platform reports of a workspace, or None.
    """
    about = await asked(workspace_id)
    if not isinstance(about, dict):
        return None
    if about.get("parent_name"):
        return str(about["parent_name"])
    parent = about.get("parent_id")
    if not isinstance(parent, str) or not parent:
        return ""
    about = await asked(parent)
    return str(about.get("name") or "") if isinstance(about, dict) else None
