"""Drop-in for `lib.snapshot_scrub`: the same names, defaults and quirks, over the Rust core.

`lib.snapshot_scrub` is this very module, so that patching either patches both.
"""

from __future__ import annotations

from . import _scrubbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Pattern
    from typing import Any

    _SECRET_PATTERNS: list[tuple[Pattern[str], str]]

_SANDBOX_TOOL_MARKERS = ("source=sandbox", "tool=run_code", "[sandbox_output]")

# What the preset `molecule` implements, for code that reads this table; scrubbing does not use it.
_DOCUMENTED = (
    (r"(?i)\b[A-Z][A-Z0-9_]*_API_KEY\s*=\s*\S+", "API_KEY"),
    (r"(?i)\b[A-Z][A-Z0-9_]*_TOKEN\s*=\s*\S+", "TOKEN"),
    (r"(?i)\b[A-Z][A-Z0-9_]*_SECRET\s*=\s*\S+", "SECRET"),
    (r"Bearer\s+\S+", "BEARER_TOKEN"),
    (r"sk-[A-Za-z0-9\-_]{16,}", "SK_TOKEN"),
    (r"ghp_[A-Za-z0-9]{20,}", "GITHUB_PAT"),
    (r"ghs_[A-Za-z0-9]{20,}", "GITHUB_SERVER_TOKEN"),
    (r"github_pat_[A-Za-z0-9_]{60,}", "GITHUB_PAT_V2"),
    (r"\bAKIA[A-Z0-9]{16}\b", "AWS_ACCESS_KEY"),
    (r"\bcfut_[A-Za-z0-9]{32,}", "CF_TOKEN"),
    (r"\bmol_pk_[A-Za-z0-9]{20,}", "MOL_PK"),
    (r"\bctx7_[A-Za-z0-9]+", "CTX7_TOKEN"),
    (r"[A-Za-z0-9+/]{33,}={0,2}", "BASE64_BLOB"),
)


def scrub_content(content: str) -> str:
    """Return the text with every secret replaced by `[REDACTED:LABEL]`.

    Anything falsy is returned as it is; anything else that is not a string raises `TypeError`.
    """
    return _scrubbers.shared().scrub_text(content) if content else content


def is_sandbox_content(content: str) -> bool:
    """Return whether the text contains a marker of the code sandbox, in any case."""
    if not content:
        return False
    lowered = content.lower()
    return any(marker in lowered for marker in _SANDBOX_TOOL_MARKERS)


def scrub_memory_entry(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a copy of the entry with its content scrubbed, or None for sandbox content.

    The other fields are not searched; an entry without content gets an empty one.
    """
    content = entry.get("content", "")
    if is_sandbox_content(content):
        return None
    return {**entry, "content": scrub_content(content)}


def scrub_snapshot(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the snapshot whose `memories` are scrubbed, those from the sandbox dropped.

    The other fields are not searched; `memories` is always there, as a list.
    """
    scrubbed = dict(snapshot)
    entries = [scrub_memory_entry(entry) for entry in scrubbed.get("memories") or ()]
    scrubbed["memories"] = [entry for entry in entries if entry is not None]
    return scrubbed


def __getattr__(name: str) -> object:
    # Thirteen compilations, and the import of `re`, for a table that hardly any code reads.
    if name != "_SECRET_PATTERNS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import re

    patterns = [(re.compile(pattern), label) for pattern, label in _DOCUMENTED]
    globals()[name] = patterns
    return patterns
