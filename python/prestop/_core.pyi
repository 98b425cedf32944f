"""The Rust core of `prestop`. Private: import `prestop`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Final, Literal, Self, final, overload

from typing_extensions import disjoint_base

__all__ = [
    "VERSION",
    "Appended",
    "DelegationResult",
    "Delegations",
    "Finding",
    "Ingested",
    "LogSnapshot",
    "Notification",
    "Reading",
    "Restored",
    "RuleInfo",
    "ScrubStream",
    "Scrubber",
    "SnapshotError",
    "WakeUp",
    "WriteReport",
    "agentapi_environment",
    "agentapi_start",
    "agentapi_stop",
    "append",
    "command",
    "companion",
    "credential_files",
    "delete",
    "diff",
    "encode",
    "heartbeat_inbound_secret",
    "heartbeat_payload",
    "leave_behind",
    "lines",
    "log_snapshot",
    "purge",
    "read",
    "read_credential",
    "result_id",
    "scrub_state",
    "shared",
    "tolerant_json",
    "version_at_least",
    "write",
]

VERSION: Final[str]

_Pairs = Iterable[tuple[str, str]]
_Known = tuple[_Pairs, _Pairs, _Pairs]

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
    """Finds secrets and replaces them by `[REDACTED:LABEL]`. Safe to share between threads.

    It is made of a preset, with what is added to it, taken from it and excepted. A known secret has 4 characters or more
    and at most 64 KiB. At most 1,024 are held, and more are a `ValueError`; the strings of one that is JSON itself are
    known too, as far as there is room.
    """

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
        numbers or paths that exist; of a URL its password, and what else a rule finds in a value; and what the
        files hold that such variables name (`DB_PASSWORD_FILE`) and, of the process's own environment, those in
        which a workspace or a container is given its secrets. The other options are those of the class.
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
    def stream(self) -> ScrubStream:
        """Return a stream: it scrubs a text that comes in pieces, to what one call gives for the whole."""
    def findings(self, text: str) -> list[Finding]:
        """Return every finding in the text, in order, not overlapping; spans count code points."""
    @staticmethod
    def is_sandbox(text: str) -> bool:
        """Say whether the text carries a sandbox marker."""

@final
class ScrubStream:
    """Scrubs a text that comes in pieces: what comes out is what one call gives for the whole, however it was cut.

    It holds at most 2 MiB and 64 KiB, and gives nothing out before it has more than 2 MiB; with the preset
    `molecule`, which is defined over whole texts, it holds everything. Safe to share between threads.
    """

    @overload
    def feed(self, piece: str) -> str:
        """Take the next piece in and return what is scrubbed by now, which may be empty."""
    @overload
    def feed(self, piece: bytes) -> bytes: ...
    def finish(self) -> Any:
        """End the text: return the rest of it, `bytes` if the pieces were and else `str`.

        Raises `ValueError` when the stream is finished already.
        """
    @property
    def redactions(self) -> dict[str, int]:
        """What was redacted, by label; empty until the stream is finished."""

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
    @property
    def directory_synced(self) -> bool: ...

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

def credential_files(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the name and the path of every file with secrets that is this process's own or that one of the variables names."""

def read_credential(path: str) -> str | None:
    """Return what a credential file holds, or None if it is no file, no text, or cannot be read."""

def shared(
    preset: str,
    rules: str | PathLike[str] | None,
    now: _Known,
    before: _Known,
) -> tuple[Scrubber, list[str], str | None]:
    """Build the scrubber of the drop-in modules from what the environment says, and what of it is faulty.

    A fault in preset or rules leaves `strict` with every rule that loads. Known are the
    secrets of `now` and, as far as there is room, of `before`, each the pairs of variables, of what credential files
    hold and of what was added by hand: of a credential file is known what would be of a variable with a sensitive
    name, what was added is known as it is. Where those of `now` are too many the last thing that is returned says so,
    and the newest are known.
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
    @property
    def gated(self) -> list[str]: ...

def append(value: Any, path: str, scrubber: Scrubber, *, size_limit: int, deadline: float) -> Appended:
    """Scrub the value and append it to the file as one JSON line."""

def lines(path: str, *, own: bool = False) -> tuple[list[Any], int]:
    """Return the values of the file's lines, and how many lines are none; with `own`, of no file of somebody else."""

def read(path: str, scrubber: Scrubber) -> Reading:
    """Read the snapshot at the path; a damaged one is set aside and the previous one put back."""

def command(arguments: Sequence[str]) -> int:
    """Run the command with these arguments, the first of which is its own name, and return its exit status."""

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

def companion(path: str, suffix: str) -> str:
    """Return the path of a file that is kept beside the one at the path: `prev`, `starts`, `aside` or `old`."""

@final
class LogSnapshot:
    """The last messages of a conversation, as a body for the platform."""

    @property
    def body(self) -> bytes:
        """JSON, at most 65,536 bytes."""
    @property
    def messages(self) -> int:
        """How many messages it holds."""
    @property
    def of(self) -> int:
        """How many the conversation has."""
    @property
    def truncated(self) -> bool:
        """Whether something of the last ten messages had to go."""
    @property
    def redactions(self) -> dict[str, int]:
        """Redactions by label."""

def log_snapshot(messages: bytes, scrubber: Scrubber) -> LogSnapshot | None:
    """Return the last messages of a conversation, given as JSON, as a body for the platform, or None without messages."""

def scrub_state(path: str, scrubber: Scrubber) -> WriteReport | None:
    """Scrub the state file and write it durably, or return None where there is none."""

def agentapi_environment(
    state_file: str | PathLike[str] | None,
    pid_file: str | PathLike[str] | None,
    allowed_hosts: str | None,
    version: str | None,
) -> list[tuple[str, str]]:
    """Return the variables to set for the start of AgentAPI, by name."""

def agentapi_start(
    line: Sequence[str], options: Mapping[str, object], environ: Mapping[str, str], scrubber: Scrubber
) -> tuple[str, str, list[tuple[str, str]], list[str]]:
    """Prepare a start; return the report as JSON and as text, the variables for the command, and the names of those to remove."""

def agentapi_stop(
    options: Mapping[str, object], environ: Mapping[str, str], scrubber: Scrubber
) -> tuple[str, str]:
    """Stop AgentAPI; return the report as JSON and as text."""

def version_at_least(reported: str, minimum: tuple[int, int, int]) -> bool:
    """Say whether the version that `agentapi --version` reports is at least this one, in three numbers."""

def heartbeat_payload(state: Any, scrubber: Scrubber) -> bytes:
    """Return the body of a beat as JSON, from a mapping or dataclass with the state of the host."""

def heartbeat_inbound_secret(body: Any) -> str | None:
    """Return the inbound secret in the answer to a beat, or None. The body may be bytes, text, or what it was parsed into."""

def tolerant_json(document: bytes) -> Any:
    """Return the value of a JSON document of others: what is refused in one of its values costs no other."""

def result_id(row: Any, scrubber: Scrubber) -> str | None:
    """Return the id under which the result of a row is given, confirmed and written, or None for what is no delegation."""

@final
class DelegationResult:
    """The result of a delegation of this workspace, scrubbed."""

    @property
    def delegation_id(self) -> str:
        """The delegation's id, by which the result is confirmed."""
    @property
    def target_id(self) -> str:
        """The workspace that was asked."""
    @property
    def source_id(self) -> str:
        """This workspace."""
    @property
    def status(self) -> Literal["completed", "failed"]:
        """`completed` or `failed`."""
    @property
    def summary(self) -> str:
        """What it was about."""
    @property
    def response_preview(self) -> str:
        """The beginning of the answer."""
    @property
    def error(self) -> str:
        """What went wrong."""
    @property
    def timestamp(self) -> float:
        """When it was seen first, in Unix seconds."""
    def line(self) -> bytes:
        """Return the result's line in the results file, with its line break; the same at every call."""

@final
class Ingested:
    """What one list of delegations gave."""

    @property
    def results(self) -> list[DelegationResult]: ...
    @property
    def foreign(self) -> list[str]: ...
    @property
    def skipped(self) -> int: ...
    @property
    def left(self) -> int: ...

@final
class WakeUp:
    """A message for the agent about results in the results file."""

    @property
    def delegation_ids(self) -> list[str]:
        """The delegations it tells of."""
    @property
    def text(self) -> str:
        """The message: one line."""
    def body(self) -> bytes:
        """Return the body of the request that sends it, as JSON."""

@final
class Notification:
    """A message for the user about one result."""

    @property
    def delegation_id(self) -> str:
        """The delegation it is about."""
    @property
    def message(self) -> str:
        """The message."""
    def body(self) -> bytes:
        """Return the body of the request that sends it, as JSON."""

@disjoint_base
class Delegations:
    """Keeps track of the delegations of one workspace. Not for several threads at once."""

    def __new__(cls, workspace_id: str) -> Self: ...
    def ingest(self, rows: Any, scrubber: Scrubber, now: float) -> Ingested:
        """Take a list of delegations as the platform gives it, and say what there is to write."""
    def confirm(self, ids: Iterable[str]) -> int:
        """Take note that these results are durably in the file; return how many there were."""
    @property
    def pending(self) -> list[DelegationResult]:
        """The results that are not confirmed, oldest first."""
    def due(self, now: float) -> WakeUp | None:
        """Return the message to send now, or None."""
    def wake_up_failed(self) -> int:
        """Take note that the latest message could not be sent; return how many results were given up."""
    def notifications(self) -> list[Notification]:
        """Return what the user is to be told, oldest first; each is given once."""
    def notification_failed(self, notification: Notification) -> bool:
        """Take back a notification that could not be sent; return False if it is given up."""
    def remember(self, ids: Iterable[str]) -> None:
        """Remember delegations whose results were delivered, oldest first."""
    def forget(self, ids: Iterable[str]) -> None:
        """Forget delegations: a list that has them gives their results again."""
    def is_seen(self, id: str) -> bool:
        """Say whether the delegation was confirmed, remembered, or refused as another workspace's."""
    @property
    def seen(self) -> list[str]:
        """The ids that were confirmed or remembered, oldest first."""
    def set_seen_limit(self, limit: int) -> None:
        """Set how many ids are remembered."""
    def restore(self, file: bytes, scrubber: Scrubber) -> int:
        """Read the results file after a restart; return how many results were found in it."""
    def set_parent(self, name: str, scrubber: Scrubber) -> None:
        """Set the name of the workspace to which the agent reports; empty for none."""
    def set_cooldown(self, seconds: float) -> None:
        """Set the seconds between two messages."""
    @property
    def last_wake_up(self) -> float | None:
        """When the latest message was given, in Unix seconds, or None."""
    @last_wake_up.setter
    def last_wake_up(self, value: float | None) -> None: ...
