"""What CPython's `re` takes for a word character and for white space, asked of the interpreter itself.

    python3 word_class.py            its Unicode version; then a line a class: name, ranges in hexadecimal
    python3 word_class.py --rust     the table of src/scrub/pyre/word.rs

The version and the class `assigned` are there because every Unicode adds letters: a table of another
version can only be held to what both assign.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator

LINE_WIDTH = 108

HEADER = """\
//! The code points that `\\w` of Python's `re` takes for word characters beyond ASCII.
//!
//! `str.isalnum` of Python 3.13 (Unicode {version}); it agrees with 3.11 and 3.12 on everything that
//! their Unicode assigns. Not `char::is_alphanumeric`, which also takes combining marks and circled
//! letters. Printed by `tests/oracle/word_class.py --rust`.

/// Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) static WORD: [(u32, u32); {count}] = [
"""


def ranges(holds: Callable[[str], bool], first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the inclusive ranges of code points for which `holds` is true."""
    start = None
    for code in range(first, 0x110000):
        if holds(chr(code)):
            start = code if start is None else start
        elif start is not None:
            yield start, code - 1
            start = None
    if start is not None:
        yield start, 0x10FFFF


def matches(pattern: str) -> Callable[[str], bool]:
    """Give the test whether one character matches `pattern`."""
    compiled = re.compile(pattern)
    return lambda character: compiled.match(character) is not None


CLASSES = {
    "word": matches(r"\w"),
    "space": matches(r"\s"),
    "folded-letter": matches(r"(?i)[A-Z]"),
    "folded-identifier": matches(r"(?i)[A-Z0-9_]"),
    "assigned": lambda character: unicodedata.category(character) != "Cn",
}


def rust_table() -> str:
    """Give the text of the Rust file."""
    found = list(ranges(CLASSES["word"], first=0x80))
    text = HEADER.format(version=unicodedata.unidata_version, count=len(found))
    line = "   "
    for start, end in found:
        item = f" (0x{start:x}, 0x{end:x}),"
        if len(line) + len(item) > LINE_WIDTH:
            text += line + "\n"
            line = "   "
        line += item
    return text + line + "\n];\n"


def main() -> None:
    """Print the table or the classes."""
    if "--rust" in sys.argv[1:]:
        sys.stdout.write(rust_table())
        return
    sys.stdout.write(unicodedata.unidata_version + "\n")
    for name, holds in CLASSES.items():
        sys.stdout.write(" ".join([name, *(f"{start:x}-{end:x}" for start, end in ranges(holds))]) + "\n")


if __name__ == "__main__":
    main()
