"""Where the platform and a workspace are to be found."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote


def split(platform_url: object) -> tuple[str, dict[str, str]]:
    """Return the address without a slash at its end and without credentials, and the header that carries these.

    In a URL they would end in logs: httpx logs each one that it asks for.
    """
    url = str(platform_url).rstrip("/")
    scheme, found, rest = url.partition("://")
    # The authority ends at the first of these.
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    credentials, is_there, host = rest[:end].rpartition("@")
    if not found or not is_there:
        return url, {}
    name, _, password = credentials.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}".encode("utf-8", "replace")
    header = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"} if credentials else {}
    return f"{scheme}://{host}{rest[end:]}", header


def workspace_url(platform_url: object, workspace_id: object, path: str = "") -> str | None:
    """Return the URL below a workspace, or None if its id cannot be a segment of a path.

    The id is quoted, so that it remains a single segment. An empty id, `.` and `..` would not be one even if
    quoted, and text with lone surrogates cannot be quoted.
    """
    name = str(workspace_id)
    if name in ("", ".", ".."):
        return None
    try:
        return f"{split(platform_url)[0]}/workspaces/{quote(name, safe='')}{path}"
    except UnicodeEncodeError:
        return None
