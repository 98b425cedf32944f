"""Typical uses: a transcript that arrives in pieces, a tree of small strings, and two threads."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import corpus
from measure import best_of, row

import prestop

_TRANSCRIPT = 100_000_000
_PIECE = 1 << 16
_STRINGS = 100_000
_ROUNDS = 3
_T = TypeVar("_T")
_KEYS = ("role", "name", "content", "status", "kind")

# Each way in a process of its own whose scrubber is warmed up: the seconds, and the peak memory beyond the
# scrubber.
_WAY = """
import sys, time
import prestop
path, preset, way = sys.argv[1:]
def status(name):
    with open("/proc/self/status") as file:
        return next((int(line.split()[1]) for line in file if line.startswith(name)), 0)
scrubber = prestop.Scrubber(preset)
with open(path, "rb") as file:
    scrubber.scrub_bytes(file.read(1 << 20))
before = status("VmRSS")
with open(path, "rb") as file:
    start = time.perf_counter()
    if way == "stream":
        stream = scrubber.stream()
        size = sum(len(stream.feed(piece)) for piece in iter(lambda: file.read(%d), b""))
        size += len(stream.finish())
    else:
        size = len(scrubber.scrub_bytes(file.read()))
    seconds = time.perf_counter() - start
print(seconds, (status("VmHWM") - before) / 1024, size)
"""


def transcript(texts: list[str], presets: list[str]) -> None:
    """Print the cost of 100 MB as a stream and in one call."""
    text = ("\n".join(texts) + "\n").encode()
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(_TRANSCRIPT // len(text) + 1):
            file.write(text)
        file.truncate(_TRANSCRIPT)
        file.flush()
        rates: dict[str, list[str]] = {}
        memory: dict[str, list[str]] = {}
        for preset in presets:
            for way in ("stream", "one call"):
                turns = [_turn(file.name, preset, way) for _ in range(_ROUNDS)]
                rates.setdefault(way, []).append(f"{_TRANSCRIPT / min(turns)[0] / 1e6:,.0f}")
                memory.setdefault(way, []).append(f"{max(turn[1] for turn in turns):,.1f}")
    for way in rates:
        row(f"100 MB, {way}, MB/s", rates[way])
        if Path("/proc/self/status").exists():
            row("  peak memory beyond the scrubber, MiB", memory[way])


def _turn(path: str, preset: str, way: str) -> tuple[float, float]:
    command = [sys.executable, "-c", _WAY % _PIECE, path, preset, way]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    seconds, memory, size = printed.split()
    if int(size) != _TRANSCRIPT:
        raise RuntimeError(f"{preset}, {way}: {size} bytes came out of clean text")
    return float(seconds), float(memory)


def trees(path: Path, presets: list[str], plain: Callable[[str], str]) -> None:
    """Print the cost per string of a tree, each string of 24 characters."""
    scrubbers = [prestop.Scrubber(preset) for preset in presets]
    texts = corpus.clean(corpus.pieces(path, 24), [*(scrubber.scrub_text for scrubber in scrubbers), plain])
    # Copies, so that no two places hold the same object.
    strings = [text[:12] + text[12:] for text in (texts * (_STRINGS // len(texts) + 1))[:_STRINGS]]
    shapes: dict[str, Any] = {
        "a list": strings,
        "dicts of five": [
            dict(zip(_KEYS, strings[n : n + len(_KEYS)], strict=True)) for n in range(0, _STRINGS, len(_KEYS))
        ],
    }
    for name, tree in shapes.items():
        ways = [partial(scrubber.scrub, tree) for scrubber in scrubbers]
        times = best_of([*ways, partial(_walk, plain, tree)], _ROUNDS)
        row(f"100,000 strings, {name}, ns a string", [f"{time / _STRINGS * 1e9:,.0f}" for time in times])


def _walk(scrub: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, list):
        return [_walk(scrub, item) for item in value]
    return {key: _walk(scrub, item) for key, item in value.items()}


def threads(texts: list[str], presets: list[str]) -> None:
    """Print the rate of two threads as a multiple of one thread's, each with large strings of its own."""
    whole = "\n".join(texts)
    # Each thread has objects of its own.
    mine, other = [[f"{n}\n{whole}" for n in part] for part in (range(16), range(16, 32))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(len, (mine, other)))
        scrubs = [prestop.Scrubber(preset).scrub_text for preset in presets]
        cells = [_gain(pool, scrub, mine, other) for scrub in scrubs]
        # What the machine provides at the moment: a hash releases the interpreter too, and shares nothing.
        data = [[text.encode() for text in part] for part in (mine, other)]
        given = _gain(pool, lambda text: hashlib.sha256(text).digest(), *data)
    row("two threads, times one thread's rate", cells)
    row("  the same for SHA-256 of hashlib", [given])


def _gain(pool: ThreadPoolExecutor, work: Callable[[_T], object], mine: list[_T], other: list[_T]) -> str:
    one = partial(_all, work, mine)
    two = partial(_both, pool, work, (mine, other))
    alone, together = best_of([one, two], 4 * _ROUNDS)
    return f"{2 * alone / together:.2f}"


def _all(work: Callable[[_T], object], texts: list[_T]) -> None:
    for text in texts:
        work(text)


def _both(pool: ThreadPoolExecutor, work: Callable[[_T], object], parts: tuple[list[_T], list[_T]]) -> None:
    list(pool.map(partial(_all, work), parts))
