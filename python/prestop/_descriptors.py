"""Descriptors of ours in a process whose others are the host's: told apart, and kept back for the stop."""

from __future__ import annotations

import contextlib
import os

# Two descriptors each: a write has three open at once, and an import one.
_PIPES = 2


class Pipe:
    """A pipe, of which an end is closed only while its number still leads to it.

    A host that becomes a daemon closes everything it did not open, and then the numbers are those of its own files.
    """

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self._seen = os.fstat(self.reader)

    def close(self, *numbers: int) -> None:
        """Close these ends."""
        for number in numbers:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(number), self._seen):
                    os.close(number)


class Reserve:
    """Takes descriptors when it is made, so that a process that has run out of them can still write its last snapshot."""

    def __init__(self) -> None:
        self._held: list[Pipe] = []
        # OSError: there are none left even now, or the host allows few.
        with contextlib.suppress(OSError):
            for _ in range(_PIPES):
                self._held.append(Pipe())

    def free(self) -> None:
        """Give them back for others to use. Does nothing a second time."""
        while self._held:
            pipe = self._held.pop()
            pipe.close(pipe.reader, pipe.writer)
