"""Our file descriptors, kept apart from those of the host, and some reserved for the stop."""

from __future__ import annotations

import contextlib
import os

# Two descriptors each: a write has three open at once, and an import one.
_PIPES = 2


class Pipe:
    """A pipe that closes a descriptor only while its number still refers to it.

    A host that becomes a daemon closes everything that it did not open; later the numbers belong to its own
    files.
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
    """Descriptors held in reserve: a process that has run out of them can still write its snapshot."""

    def __init__(self) -> None:
        self._held: list[Pipe] = []
        # OSError: none are left even now, or the host allows only a few.
        with contextlib.suppress(OSError):
            for _ in range(_PIPES):
                self._held.append(Pipe())

    def free(self) -> None:
        """Close them, so that others can be opened. Does nothing a second time."""
        while self._held:
            pipe = self._held.pop()
            pipe.close(pipe.reader, pipe.writer)
