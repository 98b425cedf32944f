"""The 13 documented patterns of the replaced scrubber, stated in plain Python: the oracle of the `molecule` preset.

Run as a program it answers one line for each line it reads: hexadecimal bytes in, the scrubbed bytes in
hexadecimal out. A byte that is not UTF-8 is a lone surrogate to Python while it is scrubbed. To a text with a
character that this Python's Unicode does not know it answers `?`: a later one may call it a letter.
"""

from __future__ import annotations

import re
import sys
import unicodedata

PATTERNS = [
    ("API_KEY", re.compile(r"(?i)\b[A-Z][A-Z0-9_]*_API_KEY\s*=\s*\S+")),
    ("TOKEN", re.compile(r"(?i)\b[A-Z][A-Z0-9_]*_TOKEN\s*=\s*\S+")),
    ("SECRET", re.compile(r"(?i)\b[A-Z][A-Z0-9_]*_SECRET\s*=\s*\S+")),
    ("BEARER_TOKEN", re.compile(r"Bearer\s+\S+")),
    ("SK_TOKEN", re.compile(r"sk-[A-Za-z0-9\-_]{16,}")),
    ("GITHUB_PAT", re.compile(r"ghp_[A-Za-z0-9]{20,}")),
    ("GITHUB_SERVER_TOKEN", re.compile(r"ghs_[A-Za-z0-9]{20,}")),
    ("GITHUB_PAT_V2", re.compile(r"github_pat_[A-Za-z0-9_]{60,}")),
    ("AWS_ACCESS_KEY", re.compile(r"\bAKIA[A-Z0-9]{16}\b")),
    ("CF_TOKEN", re.compile(r"\bcfut_[A-Za-z0-9]{32,}")),
    ("MOL_PK", re.compile(r"\bmol_pk_[A-Za-z0-9]{20,}")),
    ("CTX7_TOKEN", re.compile(r"\bctx7_[A-Za-z0-9]+")),
    ("BASE64_BLOB", re.compile(r"[A-Za-z0-9+/]{33,}={0,2}")),
]


def scrub(text: str) -> str:
    """Apply each pattern to the whole text that the one before it left."""
    for label, pattern in PATTERNS:
        text = pattern.sub(f"[REDACTED:{label}]", text)
    return text


def main() -> None:
    """Answer line by line until the input ends."""
    for line in sys.stdin:
        text = bytes.fromhex(line).decode("utf-8", "surrogateescape")
        known = all(unicodedata.category(character) != "Cn" for character in text)
        answer = scrub(text).encode("utf-8", "surrogateescape").hex() if known else "?"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
