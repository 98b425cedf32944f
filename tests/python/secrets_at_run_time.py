"""Secrets for the tests, assembled at run time so that no scanner reports this repository as a leak."""

from __future__ import annotations

import base64
import random
import string


def letters(count: int, seed: int = 7) -> str:
    """Return letters and digits that look random and are the same every time."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=count))


ANTHROPIC = "sk-" + "ant-api03-" + letters(40, 1)
OPENAI = "sk-" + "proj-" + letters(40, 2)
GITHUB = "gh" + "p_" + letters(36, 3)
GITHUB_OAUTH = "gh" + "o_" + letters(36, 4)
GITHUB_PAT_V2 = "github_" + "pat_" + letters(22, 5) + "_" + letters(59, 6)
AWS_ID = "AK" + "IA" + "IOSFODNN7" + "QWERTYU"
AWS_SECRET = "wJalrXUtn" + "FEMI/K7MD" + "ENG+bPx-" + letters(14, 8)
SLACK = "xo" + "xb-" + "123456789012-" + "123456789012-" + letters(24, 9)
GITLAB = "gl" + "pat-" + letters(20, 10)
STRIPE = "sk_" + "live_" + letters(24, 11)
PASSWORD = "hun" + "ter2" + letters(6, 12)


def jwt() -> str:
    """Return a token of three base64url parts."""
    parts = [b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890","name":"x"}']
    head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}.{letters(43, 13)}"


def private_key(kind: str = "RSA ", lines: int = 6) -> str:
    """Return a PEM block with lines of 64 characters."""
    body = "\n".join(letters(64, 20 + line) for line in range(lines)) + "\n" + letters(20, 40) + "=="
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


SHAPES: dict[str, str] = {
    "anthropic": ANTHROPIC,
    "openai": OPENAI,
    "github": GITHUB,
    "github oauth": GITHUB_OAUTH,
    "github fine grained": GITHUB_PAT_V2,
    "aws id": AWS_ID,
    "slack": SLACK,
    "gitlab": GITLAB,
    "stripe": STRIPE,
    "jwt": jwt(),
}
"""Secrets that are recognised in any context."""
