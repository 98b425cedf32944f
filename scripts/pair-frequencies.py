"""Write the table of `src/scrub/rarity.rs` from text: python scripts/pair-frequencies.py FILE... > src/scrub/pairs.txt

For every two neighbouring bytes, bit 5 of both set, the binary logarithm of their share of all pairs plus 20, rounded, from 0 to
15, as one hexadecimal digit; every file counts the same. Bytes that are not ASCII are left out.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

ROWS = [byte for byte in range(128) if byte & 0x20]


def shares(text: bytes) -> dict[tuple[int, int], float]:
    """Return the share of each pair in a text."""
    folded = bytes(byte | 0x20 for byte in text)
    counts = Counter(pair for pair in pairwise(folded) if max(pair) < 128)
    total = sum(counts.values())
    return {pair: count / total for pair, count in counts.items()}


def main(files: list[str]) -> int:
    """Print the table."""
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    every = [shares(Path(file).read_bytes()) for file in files]

    def digit(pair: tuple[int, int]) -> str:
        share = sum(one.get(pair, 0.0) for one in every) / len(every)
        return f"{min(15, max(0, round(math.log2(share) + 20))) if share else 0:x}"

    for first in ROWS:
        print("".join(digit((first, second)) for second in ROWS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
