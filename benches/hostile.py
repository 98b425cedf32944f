"""Texts that would take more than linear time if parts were searched repeatedly.

Each is scrubbed at n, 2n, 4n and 8n bytes.

The times are CPU times, so that other work on the machine does not count. Eight times the text may take eight
times as long; a ratio far above that is a threshold or a bug. The keywords come from the sources of the
rules: all of them are tried, and the most expensive ones run at all sizes.
"""

import base64
import random
import time
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from measure import best_of, row

_RULES = Path(__file__).parents[1] / "src" / "scrub" / "rules"
_SIZE = 1 << 16
_STEPS = (1, 2, 4, 8)
_ROUNDS = 5
# Seconds after which no further round begins.
_ENOUGH = 1.0
# A shape that takes longer than this at n starts at an eighth of n.
_SLOW = 0.1
# The size at which every keyword is tried.
_TRIAL = 1 << 12


def keywords() -> list[str]:
    """Return the keywords of all rules, each once."""
    found: set[str] = set()
    for path in sorted(_RULES.glob("*.toml")):
        for rule in tomllib.loads(path.read_text("utf-8"))["rule"]:
            found.update(rule.get("keywords", ()))
    return sorted(found)


def shapes() -> dict[str, str]:
    """Return the units to repeat, by name; one that is not periodic is longer than the longest text."""
    rng = random.Random(6)
    # Assembled here: a scanner would report it as a key.
    pem = "-----BEGIN RSA PRIVATE" + " KEY-----\n"
    noise = base64.b64encode(rng.randbytes(_SIZE * _STEPS[-1])).decode()
    body = base64.b64encode(rng.randbytes(48)).decode() + "\n"
    marker = "[REDACTED:TOKEN]"
    git = "gh" + "p_"
    return {
        "every keyword without its last letter": " ".join(word[:-1] for word in keywords()) + " ",
        "the same with no space between": "".join(word[:-1] for word in keywords()),
        "every keyword and =": "= ".join(keywords()) + "= ",
        "double quotes": '"',
        "quotes in quotes": "\"'`",
        "an assignment to each quote": "password=\"'",
        "names and =, no value": "password=",
        "names and quotes, never closed": 'api_key="',
        "backslashes": "\\",
        "names and a row of backslashes": "pwd," * 120 + "\\" * 500,
        "escaped quotes": '\\"',
        "escaped line breaks": "\\n",
        "PEM headers, never closed": pem,
        "PEM blocks, never closed": pem + body * 4,
        "base64, one run": noise,
        "base64, one letter": "A",
        "base64 in lines of 64": "\n".join(noise[n : n + 64] for n in range(0, len(noise), 64)),
        "digits": "1234567890",
        "groups of digits": "4111 1111 ",
        "hexadecimal": "0123456789abcdef",
        "password and spaces": "password ",
        "Bearer and spaces": "Bearer  ",
        "eyJ and dots": "eyJhbGciOi.",
        "eyJ and hyphens": "eyJ-",
        "dots and eyJ": ".eyJ",
        "lines that each begin a JWT": "eyJhbGciOi.\n",
        "lines of two parts of a JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.\n",
        "lines that each begin a token": git + "a1B2c3D4\n",
        "lines between the beginnings of tokens": git + "a1B2c3D4\nab\ncd\nef\ngh\n",
        "URLs with a name": "https://user:",
        "markers": marker,
        "markers, cut off": marker[:-1],
        "%41": "%41",
        "%2525": "%25",
        "\\u0041": "\\u0041",
        "&quot;": "&quot;",
        "brackets": "{[",
        "a name and brackets that it has not opened": "password=" + ")" * (_SIZE // 2) + "_" * (_SIZE // 2),
        "line breaks": "\n",
        "spaces": " ",
        "invisible characters": "p\u200ba\u200b",
        "invalid UTF-8, as lone surrogates": "\udcff\udc80",
    }


def cut(unit: str, size: int) -> str:
    """Repeat the unit up to `size` characters."""
    return (unit * (size // len(unit) + 1))[:size]


def _seconds(works: list[Callable[[], object]], rounds: int = _ROUNDS) -> list[float]:
    # Work shorter than a tick of this clock would take no time.
    tick = time.get_clock_info("process_time").resolution
    return [max(seconds, tick) for seconds in best_of(works, rounds, _ENOUGH, time.process_time)]


def costly(scrub: Callable[[str], str]) -> dict[str, str]:
    """Return the slowest and the steepest unit of each way to combine keywords and their beginnings."""
    ways: dict[str, Callable[[str], str]] = {
        "start": lambda word: word[:-1],
        "start and a space": lambda word: word[:-1] + " ",
        "keyword": lambda word: word,
        "keyword and spaces": lambda word: word + "  ",
        "keyword and =": lambda word: word + "=",
    }
    worst: dict[str, str] = {}
    for way, make in ways.items():
        slow: dict[str, float] = {}
        grown: dict[str, float] = {}
        for unit in map(make, keywords()):
            short, long = cut(unit, _TRIAL), cut(unit, _TRIAL * _STEPS[-1])
            # The first use of a rule compiles its pattern.
            scrub(short)
            slow[unit] = _seconds([partial(scrub, long)], 1)[0]
            grown[unit] = slow[unit] / _seconds([partial(scrub, short)], 2)[0]
        for kind, costs in (("slowest", slow), ("steepest", grown)):
            unit = max(costs, key=lambda unit: costs[unit])
            if unit not in worst.values():
                worst[f"{kind} {way}: {unit.strip()[:10]}"] = unit
    return worst


def table(scrubs: Mapping[str, Callable[[str], str]]) -> dict[str, float]:
    """Print MB/s of the first scrubber at each size, and all ratios; return the ratios of the first."""
    first, *others = scrubs
    print(
        f"\nhostile shapes, MB/s of {first} at n = {_SIZE:,} characters and its multiples; time(8n) / time(n), of which 8 is linear"
    )
    row("", [*(f"{step}n" for step in _STEPS), *(f"{name}, 8n/n" for name in scrubs)])
    ratios = {}
    units = shapes() | costly(scrubs[first])
    for title, unit in units.items():
        size, shown = _SIZE, title
        if _seconds([partial(scrubs[first], cut(unit, size))])[0] > _SLOW:
            size //= 8
            shown += ", n/8"
        texts = [cut(unit, size * step) for step in _STEPS]
        times = _seconds([partial(scrubs[first], text) for text in texts])
        grown = [times[-1] / times[0]]
        for name in others:
            ends = _seconds([partial(scrubs[name], text) for text in (texts[0], texts[-1])])
            grown.append(ends[1] / ends[0])
        sizes = [len(text.encode("utf-8", "surrogatepass")) / 1e6 for text in texts]
        rates = [size / spent for size, spent in zip(sizes, times, strict=True)]
        row(f"  {shown}", [*(f"{rate:,.3g}" for rate in rates), *(f"{ratio:.1f}" for ratio in grown)])
        ratios[title] = grown[0]
    worst = max(ratios, key=lambda title: ratios[title])
    print(f"  largest ratio of {first}: {ratios[worst]:.1f} ({worst}); {len(keywords()):,} keywords tried")
    return ratios
