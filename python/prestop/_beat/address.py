"""URLs of workspaces at the platform."""

from __future__ import annotations

from urllib.parse import quote


def workspace_url(platform_url: object, workspace_id: object, path: str = "") -> str | None:
    """Return the URL below a workspace, or None if its id cannot be a segment of a path.

    The id is quoted, so that it remains a single segment. An empty id, `.` and `..` would not be one even if
    quoted, and text with lone surrogates cannot be quoted.
    """
    name = str(workspace_id)
    if name in ("", ".", ".."):
        return None
    try:
        return f"{platform_url}/workspaces/{quote(name, safe='')}{path}"
    except UnicodeEncodeError:
        return None
