"""The secrets of the demo: generated on every run, planted in a transcript, and searched for afterwards."""

import base64
import json
import random
import re
import string
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

_PLACEHOLDER = re.compile(r"<<([a-z_]+)(?::([a-z0-9]+))?>>")
_ALNUM = string.ascii_letters + string.digits
_PIECE = 12  # this many consecutive characters of a secret count as the secret


def _run(rng: random.Random, length: int, alphabet: str = _ALNUM) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _jwt(rng: random.Random) -> str:
    head = _base64url(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _base64url(json.dumps({"sub": _run(rng, 12), "scope": "deploy:write", "exp": 1795180000}).encode())
    return f"{head}.{body}.{_base64url(rng.randbytes(32))}"


def _private_key(rng: random.Random) -> str:
    body = base64.b64encode(rng.randbytes(600)).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    kind = "RSA PRIVATE" + " KEY"
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


# Assembled from parts, so that no scanner reports this file as a leak.
_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "github": lambda r: "gh" + "p_" + _run(r, 36),
    "gitlab": lambda r: "gl" + "pat-" + _run(r, 20),
    "openai": lambda r: "sk" + "-proj-" + _run(r, 48),
    "anthropic": lambda r: "sk" + "-ant-api03-" + _run(r, 93) + "AA",
    "aws_id": lambda r: "AK" + "IA" + _run(r, 16, string.ascii_uppercase + "234567"),
    "aws_secret": lambda r: _run(r, 40),
    "slack": lambda r: "xo" + f"xb-{r.randrange(10**11, 10**12)}-{r.randrange(10**12, 10**13)}-{_run(r, 24)}",
    "stripe": lambda r: "sk" + "_live_" + _run(r, 24),
    "npm": lambda r: "np" + "m_" + _run(r, 36),
    "database": lambda r: _run(r, 18),
    "bearer": lambda r: _run(r, 43),
    "cookie": lambda r: _run(r, 32, string.hexdigits.lower()[:16]),
    "jwt": _jwt,
    "private_key": _private_key,
    # Matches no rule: only the environment of the process gives it away.
    "deploy": lambda r: "-".join(_run(r, 6, string.ascii_lowercase) for _ in range(4)),
}

# For transcripts without placeholders: each secret in a context in which it occurs in practice.
_PHRASES = [
    "remote: https://agent:<<github>>@github.com/acme/ledger.git",
    "export GITLAB_TOKEN=<<gitlab>>",
    'client = OpenAI(api_key="<<openai>>")',
    '{"body": "{\\"api_key\\": \\"<<anthropic>>\\"}"}',
    "aws_access_key_id = <<aws_id>>\naws_secret_access_key = <<aws_secret>>",
    "slack bot token: <<slack>>",
    "STRIPE_KEY: <<stripe>>",
    "//npm.example.org/:_authToken=<<npm>>",
    "psql postgres://ledger:<<database>>@db.internal:5432/ledger",
    "curl -H 'Authorization: Bearer <<bearer>>' https://api.ledger.example/v1/me",
    "< set-cookie: session=<<cookie>>; Path=/; HttpOnly",
    "id_token <<jwt>>",
    "$ cat id_rsa\n<<private_key>>",
    "deploy with <<deploy>> or data.password <<deploy:base64>>, pass=<<deploy:percent>>",
]

_FORMS: dict[str, Callable[[str], str]] = {
    "": lambda secret: secret,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "percent": lambda secret: urllib.parse.quote(secret, safe="").replace("-", "%2D"),
}


class Planted:
    """One value for every placeholder name."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.values = {name: make(rng) for name, make in _MAKERS.items()}
        self.count = 0

    def plant(self, value: Any) -> Any:
        """Replace the placeholders in a JSON value by the secrets, and count them."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(self._secret, value)
        if isinstance(value, list):
            return [self.plant(item) for item in value]
        if isinstance(value, dict):
            return {key: self.plant(item) for key, item in value.items()}
        return value

    def survivors(self, data: bytes) -> list[str]:
        """Return the names of the secrets of which a piece is in `data`, in any of their planted forms."""
        return [name for name in self.values if any(piece in data for piece in self._pieces(name))]

    def _secret(self, match: re.Match[str]) -> str:
        self.count += 1
        return _FORMS[match[2] or ""](self.values[match[1]])

    def _pieces(self, name: str) -> Iterator[bytes]:
        secret = self.values[name]
        # The first and the last line of a key are not secret.
        texts = secret.split("\n")[1:-1] if "\n" in secret else [form(secret) for form in _FORMS.values()]
        for text in texts:
            for start in range(max(1, len(text) - _PIECE + 1)):
                yield text[start : start + _PIECE].encode()

    def scatter(self, entries: list[Any], seed: int) -> list[Any]:
        """Plant one phrase with a secret in each of some entries of a transcript without placeholders."""
        rng = random.Random(seed)
        entries = list(entries)
        for phrase, place in zip(_PHRASES, rng.sample(range(len(entries)), len(_PHRASES)), strict=True):
            entries[place] = {"note": self.plant(phrase), "entry": entries[place]}
        return entries
