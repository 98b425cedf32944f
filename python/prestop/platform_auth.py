"""The workspace's token for the platform, for hosts that have no `platform_auth` of their own.

It is stored in `$CONFIGS_DIR/.auth_token` (default `/configs`), mode 0600.
"""

from __future__ import annotations

import os

from . import _private


class _Cache:
    token: str | None = None


def _token_file() -> str:
    return os.path.join(os.environ.get("CONFIGS_DIR") or "/configs", ".auth_token")


def get_token() -> str | None:
    """Return the token, or None; it is read once."""
    if _Cache.token is None:
        _Cache.token = _private.read(_token_file())
    return _Cache.token


def save_token(token: str) -> None:
    """Store the token. Raises ValueError for an empty one, and OSError if it cannot be written."""
    token = token.strip()
    if not token:
        raise ValueError("the token is empty")
    if _private.read(_token_file()) != token:
        _private.write(_token_file(), token)
    _Cache.token = token


def auth_headers() -> dict[str, str]:
    """Return the header that carries the token; none without a token."""
    token = get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def self_source_headers(workspace_id: str) -> dict[str, str]:
    """Return the headers of a request that the workspace makes to itself."""
    return {**auth_headers(), "X-Workspace-ID": workspace_id}


def clear_cache() -> None:
    """Forget the token, but keep the file."""
    _Cache.token = None


def refresh_cache() -> str | None:
    """Read the token again, for example after a 401."""
    clear_cache()
    return get_token()
