"""The Rust core of `prestop`. Private: import `prestop`."""

from typing import Any, Final, final

__all__ = ["VERSION", "Finding", "Scrubber", "SnapshotError", "encode"]

VERSION: Final[str]

class SnapshotError(OSError):
    """A snapshot could not be written, read or deleted; the one that was there is intact."""

@final
class Finding:
    """One hit: which rule, what its marker says and where, in code points; never the text."""

    @property
    def rule(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Scrubber:
    """Finds secrets and replaces them by `[REDACTED:LABEL]`. Safe to share between threads."""

    def __new__(cls, preset: str = "balanced") -> Scrubber: ...
    def scrub_text(self, text: str) -> str:
        """Return the text with every secret replaced; the same object when there is none."""
    def scrub_bytes(self, data: bytes) -> bytes:
        """Return the bytes with every secret replaced; the same object when there is none."""
    def scrub(self, value: Any) -> Any:
        """Return the value with every secret in it replaced; the same object where nothing changes, at every level."""
    def findings(self, text: str) -> list[Finding]:
        """Return every finding in the text, in order, not overlapping; spans count code points."""
    @staticmethod
    def is_sandbox(text: str) -> bool:
        """Say whether the text carries a sandbox marker."""

def encode(value: Any, scrubber: Scrubber) -> tuple[bytes, dict[str, int], int]:
    """Return the value as scrubbed JSON, the redactions by label, and how many entries were dropped whole."""
