"""The secret with which the platform authenticates its calls, for hosts without a `platform_inbound_auth`.

It is stored in `$CONFIGS_DIR/.platform_inbound_secret` (default `/configs`), mode 0600.
"""

from __future__ import annotations

import hmac
import os

from . import _private


class _Cache:
    secret: str | None = None


def _secret_file() -> str:
    return os.path.join(os.environ.get("CONFIGS_DIR") or "/configs", ".platform_inbound_secret")


def get_inbound_secret() -> str | None:
    """Return the secret, or None; it is read once."""
    if _Cache.secret is None:
        _Cache.secret = _private.read(_secret_file())
    return _Cache.secret


def save_inbound_secret(secret: str | None) -> None:
    """Store the secret; an empty one is ignored. Raises OSError if it cannot be written."""
    secret = (secret or "").strip()
    if not secret:
        return
    if _private.read(_secret_file()) != secret:
        _private.write(_secret_file(), secret)
    reset_cache()


def reset_cache() -> None:
    """Forget the secret, but keep the file."""
    _Cache.secret = None


def inbound_authorized(expected: str | None, header: str | None) -> bool:
    """Return whether an `Authorization` header holds the expected secret; False if there is none."""
    if not expected or not header:
        return False
    # A header may hold bytes that are not text, as lone surrogates: it is refused like any other wrong one.
    shown, wanted = (text.encode(errors="surrogatepass") for text in (header, f"Bearer {expected}"))
    return hmac.compare_digest(shown, wanted)
