"""Where a workspace is to be found at the platform."""

from __future__ import annotations

from urllib.parse import quote


def workspace_url(platform_url: object, workspace_id: object, path: str = "") -> str | None:
    """Return the URL of what belongs to a workspace, or None where its id cannot be a part of a path.

    Whatever an id holds stays one part: an empty one, `.` and `..` would be none, also quoted, and what is no text cannot be.
    """
    name = str(workspace_id)
    if name in ("", ".", ".."):
        return None
    try:
        return f"{platform_url}/workspaces/{quote(name, safe='')}{path}"
    except UnicodeEncodeError:
        return None
