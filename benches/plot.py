"""Draw the speeds of `compare.py --record` as bars on a logarithmic scale: plot.py NUMBERS PICTURE."""

import json
import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

_LOW, _HIGH = 0.1, 20_000.0
_LEFT, _WIDTH, _BAR, _GAP = 130, 560, 13, 9
_INK, _GRID = "#555", "#ccc"
# The columns to draw, their colours, and their goals in MB/s by preset.
_SERIES: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("clean, one string", "#3f51b5", {}),
    ("clean, 2 KB strings", "#7986cb", {"strict": 1000.0, "molecule": 2000.0}),
    ("one secret in each 2 KB", "#ff8f00", {}),
)


def place(rate: float) -> float:
    """Return the x coordinate of a speed."""
    share = math.log(min(max(rate, _LOW), _HIGH) / _LOW) / math.log(_HIGH / _LOW)
    return _LEFT + share * _WIDTH


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 11) -> str:
    """Return text as SVG."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{_INK}">{escape(words)}</text>'


def line(x: float, top: float, bottom: float, colour: str, more: str = "") -> str:
    """Return a vertical line as SVG."""
    return f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{colour}"{more}/>'


def draw(about: str, speeds: dict[str, dict[str, float]]) -> str:
    """Return the picture: a group of bars for each column of the table, the fastest on top."""
    names = sorted(speeds["clean, one string"], key=lambda name: -speeds["clean, one string"][name])
    top = 66
    group = len(_SERIES) * _BAR + _GAP
    bottom = top + group * len(names)
    parts = [
        text(10, 18, "MB/s on one core, logarithmic: further right is faster", size=14),
        text(10, 35, about),
    ]
    start = _LEFT
    for title, colour, _ in _SERIES:
        parts.append(f'<rect x="{start}" y="44" width="11" height="11" fill="{colour}"/>')
        parts.append(text(start + 15, 54, title))
        start += 150
    parts.append(line(start + 5, 44, 55, "#c62828", ' stroke-width="3"'))
    parts.append(text(start + 15, 54, "goal"))
    power = _LOW
    while power <= _HIGH:
        parts.append(line(place(power), top, bottom, _GRID))
        parts.append(text(place(power), bottom + 14, f"{power:,g}", "middle"))
        power *= 10
    for number, name in enumerate(names):
        y = top + number * group + _GAP / 2
        parts.append(text(_LEFT - 8, y + group / 2, name, "end", 12))
        for title, colour, goals in _SERIES:
            if rate := speeds[title].get(name):
                parts.append(
                    f'<rect x="{_LEFT}" y="{y:.1f}" width="{place(rate) - _LEFT:.1f}" height="{_BAR - 1}" fill="{colour}"/>'
                )
                shown = f"{rate:,.0f}" if rate >= 100 else f"{rate:,.1f}"
                parts.append(text(place(rate) + 4, y + _BAR - 3, shown, size=10))
            if goal := goals.get(name):
                parts.append(line(place(goal), y - 1, y + _BAR, "#c62828", ' stroke-width="3"'))
            y += _BAR
    size = f"{_LEFT + _WIDTH + 60} {bottom + 24}"
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    """Read the numbers and write the picture."""
    numbers, picture = map(Path, sys.argv[1:])
    recorded = json.loads(numbers.read_text("utf-8"))
    picture.write_text(draw(recorded["about"], recorded["MB/s"]), "utf-8")


if __name__ == "__main__":
    main()
