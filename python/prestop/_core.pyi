"""The Rust core of `prestop`. Private: import `prestop`."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, Final, Literal, final

__all__ = [
    "VERSION",
    "Appended",
    "Finding",
    "Reading",
    "Restored",
    "RuleInfo",
    "Scrubber",
    "SnapshotError",
    "WriteReport",
    "append",
    "delete",
    "diff",
    "encode",
    "leave_behind",
    "lines",
    "purge",
    "read",
    "shared",
    "write",
]

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
class RuleInfo:
    """One rule of a scrubber, for people."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def preset(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Scrubber:
    """Finds secrets and replaces them by `[REDACTED:LABEL]`. Safe to share between threads."""

    def __new__(
        cls,
        preset: str = "balanced",
        *,
        rules: str | PathLike[str] | None = None,
        disable: Iterable[str] = (),
        allow: Iterable[str | bytes] = (),
        known_secrets: Mapping[str, str | bytes] | None = None,
    ) -> Scrubber: ...
    @staticmethod
    def from_environment(
        preset: str = "balanced",
        environ: Mapping[str, str] | None = None,
        *,
        rules: str | PathLike[str] | None = None,
        disable: Iterable[str] = (),
        allow: Iterable[str | bytes] = (),
        known_secrets: Mapping[str, str | bytes] | None = None,
    ) -> Scrubber:
        """Return a scrubber that also knows the secrets in the environment, by default the process's own.

        Taken are the values of variables with sensitive names, unless they are short, plain words, short
        numbers or paths that exist; of a URL its password. The other options are those of the class.
        """

    @property
    def rules(self) -> list[RuleInfo]:
        """Every rule, those of the preset and the added ones."""
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

@final
class WriteReport:
    """What a write did."""

    @property
    def path(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def redactions(self) -> dict[str, int]: ...
    @property
    def dropped(self) -> int: ...
    @property
    def gated(self) -> list[str]: ...
    @property
    def durability(self) -> Literal["durable", "degraded", "indeterminate"]: ...
    @property
    def atomic(self) -> bool: ...
    @property
    def ephemeral(self) -> bool: ...

@final
class Restored:
    """A snapshot that was read: whatever JSON the file holds, from the file itself or from the one before it."""

    @property
    def snapshot(self) -> Any: ...
    @property
    def source(self) -> Literal["current", "previous"]: ...
    @property
    def verified(self) -> bool | None: ...

@final
class Reading:
    """Everything that a read has to say, also when there is no snapshot."""

    @property
    def restored(self) -> Restored | None: ...
    @property
    def corrupt(self) -> bool: ...
    @property
    def quarantined(self) -> str | None: ...

def shared(
    preset: str, rules: str | PathLike[str] | None, variables: Iterable[tuple[str, str]]
) -> tuple[Scrubber, list[str]]:
    """Build the scrubber of the drop-in modules from what the environment says, and what of it is faulty.

    A fault costs only itself: an unknown preset means `strict`, and every rule that loads is used. The variables
    may repeat a name: values that it had before stay known.
    """

def write(
    snapshot: Any,
    path: str,
    scrubber: Scrubber,
    create: Callable[[str, int], tuple[int, int]],
    *,
    follow_symlink: bool,
    deadline: float,
) -> WriteReport:
    """Scrub the object and write it to the path.

    `create(name, directory)` creates the temporary file in the open directory and says which file that is, by
    device and inode; it is not called where the document is overwritten in place.
    """

@final
class Appended:
    """What an append did."""

    @property
    def path(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def redactions(self) -> dict[str, int]: ...
    @property
    def durability(self) -> Literal["durable", "indeterminate"]: ...
    @property
    def repaired(self) -> bool: ...
    @property
    def rotated(self) -> bool: ...

def append(value: Any, path: str, scrubber: Scrubber, *, size_limit: int, deadline: float) -> Appended:
    """Scrub the value and append it to the file as one JSON line."""

def lines(path: str) -> tuple[list[Any], int]:
    """Return the values of the file's lines, and how many lines are none."""

def read(path: str, scrubber: Scrubber) -> Reading:
    """Read the snapshot at the path; a damaged one is set aside and the previous one put back."""

def delete(path: str, scrubber: Scrubber) -> bool:
    """Delete the snapshot and its previous generation; say whether there was one."""

def purge(path: str, scrubber: Scrubber) -> int:
    """Delete the snapshot and everything that belongs to it; say how many files went."""

def leave_behind() -> None:
    """Leave behind what other threads are doing with the interpreter released: they never ask for it again.

    For the end of the interpreter only.
    """

def diff(before: bytes, after: bytes) -> list[str]:
    """Return the sorted dotted names of the fields in which two JSON documents differ."""
