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
    """A snapshot could not be written, read or deleted.

    After a failed write the old snapshot is intact, unless the message says that overwriting it in place failed
    midway. After a failed delete it may be there, or be gone already.
    """

@final
class Finding:
    """One hit: its rule, its label and its span in code points, never its text."""

    @property
    def rule(self) -> str:
        """The id of the rule."""
    @property
    def label(self) -> str:
        """The label in the marker."""
    @property
    def start(self) -> int:
        """The offset of the first code point."""
    @property
    def end(self) -> int:
        """The offset one past the last code point."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RuleInfo:
    """The description of one rule of a scrubber."""

    @property
    def id(self) -> str:
        """The unique id, by which the rule is disabled."""
    @property
    def label(self) -> str:
        """The label in the marker; of a rule with several labels, a general one."""
    @property
    def description(self) -> str:
        """What the rule finds, in one line."""
    @property
    def preset(self) -> Literal["balanced", "strict", "molecule"]:
        """The preset of the scrubber that returned it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Scrubber:
    """Finds secrets and replaces each by `[REDACTED:LABEL]`. Safe to share between threads.

    A scrubber is a preset (`balanced`, `strict` or `molecule`) with changes. `rules` is the path of a file of
    rules to add, at most 1 MiB and 2,000 rules; `disable` holds ids of rules to leave out, and `allow` texts
    of findings to leave alone, at most 10,000 of each. `known_secrets` maps names to values: at most 1,024
    values, each of 4 characters to 64 KiB and not only white space. If a value is itself JSON, the strings in
    it are known too, while there is room. An option that cannot be used is a `ValueError` that names it.
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

        The values of variables with sensitive names are known, except those under 8 characters, plain words,
        short numbers, and paths that exist; of any variable, the password of a URL and every secret that a
        rule finds in the value; and the contents of the files that variables with sensitive names point to
        (`DB_PASSWORD_FILE`). Of the process's own environment, the files through which a workspace or a
        container receives its secrets are known too. The other options are those of the class.
        """

    @property
    def rules(self) -> list[RuleInfo]:
        """Every rule of the scrubber: those of the preset and those added."""
    def scrub_text(self, text: str) -> str:
        """Return the text with every secret replaced; the same object if there is none."""
    def scrub_bytes(self, data: bytes) -> bytes:
        """Return the bytes with every secret replaced; the same object if there is none."""
    def scrub(self, value: Any) -> Any:
        """Return the value with every secret in it replaced.

        Whatever does not change is the same object, at every level.
        """
    def stream(self) -> ScrubStream:
        """Return a stream, which scrubs a text that arrives in pieces with the result of a single call."""
    def findings(self, text: str) -> list[Finding]:
        """Return every finding in the text, in order and not overlapping; spans count code points."""
    @staticmethod
    def is_sandbox(text: str) -> bool:
        """Whether the text contains a sandbox marker."""

@final
class ScrubStream:
    """Scrubs a text that arrives in pieces, however it is cut, with the result of a single call.

    A stream holds at most 2 MiB and 64 KiB, and returns nothing before it has more than 2 MiB; with the
    preset `molecule`, which is defined on whole texts, it holds everything. Safe to share between threads.
    """

    @overload
    def feed(self, piece: str) -> str:
        """Append the next piece and return the output that is final by now, which may be empty."""
    @overload
    def feed(self, piece: bytes) -> bytes: ...
    def finish(self) -> Any:
        """End the text and return the rest of the output, `bytes` if the pieces were and else `str`.

        Raises `ValueError` if the stream is already finished.
        """
    @property
    def redactions(self) -> dict[str, int]:
        """The number of redactions by label; empty until the stream is finished."""

def encode(value: Any, scrubber: Scrubber) -> tuple[bytes, dict[str, int], int]:
    """Return the value as scrubbed JSON, the redactions by label, and the number of entries dropped whole."""

@final
class WriteReport:
    """What a write did."""

    @property
    def path(self) -> str:
        """The path as it was given."""
    @property
    def bytes(self) -> int:
        """The size of the file in bytes."""
    @property
    def redactions(self) -> dict[str, int]:
        """The number of redactions by label; `TRUNCATED` counts strings that were cut."""
    @property
    def dropped(self) -> int:
        """The number of entries dropped whole: sandbox output, and lines for which there was no room."""
    @property
    def gated(self) -> list[str]:
        """Labels of secrets that only the last pass over the finished bytes found, and replaced.

        Each is a fault of the scrubber.
        """
    @property
    def durability(self) -> Literal["durable", "degraded", "indeterminate"]:
        """What is certain now: `durable`, `degraded` or `indeterminate`.

        `durable`: the snapshot is on the disk. `degraded`: it is on the disk, but was overwritten in place.
        `indeterminate`: it is in place, but a power cut may bring the old one back.
        """
    @property
    def atomic(self) -> bool:
        """Whether the file was replaced in one step; False if it was overwritten in place."""
    @property
    def locked(self) -> bool:
        """Whether other writers were locked out; without, one that wrote at the same time may be the last."""
    @property
    def ephemeral(self) -> bool:
        """Whether the file system does not outlive the machine or the container (tmpfs, ramfs, overlay)."""
    @property
    def directory_synced(self) -> bool:
        """Whether the directory was flushed; False also where its file system cannot do that."""

@final
class Restored:
    """A snapshot that was read from the file itself or from the previous one; any JSON value."""

    @property
    def snapshot(self) -> Any:
        """The value in the file.

        `session_id` and `transcript_lines` that are only in its `adapter` also appear at its top level.
        """
    @property
    def source(self) -> Literal["current", "previous"]:
        """Which file it came from: `current` or `previous`."""
    @property
    def verified(self) -> bool | None:
        """True: exactly what was written. False: edited since. None: there is no checksum to compare with."""

@final
class Reading:
    """Everything that a read has to report, even if there is no snapshot."""

    @property
    def restored(self) -> Restored | None:
        """The snapshot, or None."""
    @property
    def corrupt(self) -> bool:
        """Whether the file was there but damaged."""
    @property
    def quarantined(self) -> str | None:
        """The path to which the damaged file was moved, or None."""
    @property
    def repaired(self) -> bool:
        """Whether the previous snapshot was put back in the place of the damaged file."""

def credential_files(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the name and path of every credential file: the process's own, and those that variables name."""

def read_credential(path: str) -> str | None:
    """Return the content of a credential file, or None if it cannot be read or is not a file of text."""

def shared(
    preset: str,
    rules: str | PathLike[str] | None,
    now: _Known,
    before: _Known,
) -> tuple[Scrubber, list[str], str | None]:
    """Build the scrubber of the drop-in modules; return it, the faults of the settings, and an error or None.

    A fault in the preset or the rules leaves `strict` with every rule that can be used. The scrubber knows
    the secrets of `now` and, while there is room, those of `before`. Each of the two is a triple of pairs:
    environment variables, contents of credential files, and secrets added by hand. A credential file counts
    as a variable with a sensitive name; an added secret is known as it is. If those of `now` are too many,
    the newest are known and the error says so.
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

    `create(name, directory)` creates the temporary file in the open directory and returns its device and
    inode; it is not called if the document is overwritten in place. `deadline` is in seconds.
    """

@final
class Appended:
    """What an append did."""

    @property
    def path(self) -> str:
        """The path as it was given."""
    @property
    def bytes(self) -> int:
        """The size of the line in bytes, with its line break."""
    @property
    def redactions(self) -> dict[str, int]:
        """The number of redactions by label."""
    @property
    def durability(self) -> Literal["durable", "indeterminate"]:
        """What is certain now: `durable` or `indeterminate`.

        `indeterminate`: the directory could not be flushed, or the file was taken away meanwhile; appending
        again may then write the line twice.
        """
    @property
    def locked(self) -> bool:
        """Whether other writers were locked out; without, the line begins with a line break of its own."""
    @property
    def repaired(self) -> bool:
        """Whether a line that a crash had cut short was ended first."""
    @property
    def rotated(self) -> bool:
        """Whether the file was over the size limit, so that this line is the first of a new file."""
    @property
    def gated(self) -> list[str]:
        """Labels of secrets that only the last pass over the finished line found, and replaced.

        Each is a fault of the scrubber.
        """

def append(value: Any, path: str, scrubber: Scrubber, *, size_limit: int, deadline: float) -> Appended:
    """Scrub the value and append it to the file as one JSON line.

    A file that would grow over `size_limit` bytes is renamed to `.NAME.old` first. `deadline` is in seconds.
    """

def lines(path: str, *, own: bool = False) -> tuple[list[Any], int]:
    """Return the values of the file's lines, and the number of lines that are not JSON.

    With `own`, a file that somebody else may have put there is refused.
    """

def read(path: str, scrubber: Scrubber) -> Reading:
    """Read the snapshot at the path; a damaged one is set aside and the previous one put back where possible."""

def command(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status. The first argument is the name of the command."""

def delete(path: str, scrubber: Scrubber) -> bool:
    """Delete the snapshot and the previous one; return whether there was one."""

def purge(path: str, scrubber: Scrubber) -> int:
    """Delete the snapshot and every file that belongs to it; return how many files were deleted."""

def leave_behind() -> None:
    """Make threads that work with the interpreter released never ask for it again.

    Only for the end of the interpreter.
    """

def diff(before: bytes, after: bytes) -> list[str]:
    """Return the sorted dotted names of the fields in which two JSON documents differ."""

def companion(path: str, suffix: str) -> str:
    """Return the path of a file kept beside the one at `path`.

    `suffix` is `prev`, `starts`, `aside`, `unread` or `old`.
    """

@final
class LogSnapshot:
    """The last messages of a conversation, as a request body for the platform."""

    @property
    def body(self) -> bytes:
        """The body: JSON, at most 65,536 bytes."""
    @property
    def messages(self) -> int:
        """The number of messages in the body."""
    @property
    def of(self) -> int:
        """The number of messages in the conversation."""
    @property
    def truncated(self) -> bool:
        """Whether a part of the last ten messages had to be left out."""
    @property
    def redactions(self) -> dict[str, int]:
        """The number of redactions by label."""

def log_snapshot(messages: bytes, scrubber: Scrubber) -> LogSnapshot | None:
    """Return the last messages of a conversation as a body for the platform, or None if there are none.

    `messages` is the conversation as JSON.
    """

def scrub_state(path: str, scrubber: Scrubber) -> WriteReport | None:
    """Scrub the state file and write it durably, or return None if there is no such file."""

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
    """Whether the version that `agentapi --version` reports is at least `minimum`, three numbers."""

def heartbeat_payload(state: Any, scrubber: Scrubber) -> bytes:
    """Return the body of a beat as JSON. `state` is a mapping or dataclass with the state of the host."""

def heartbeat_inbound_secret(body: Any) -> str | None:
    """Return the inbound secret in the answer to a beat, or None.

    The body may be bytes, text, or the value it was parsed into.
    """

def tolerant_json(document: bytes) -> Any:
    """Return the value of a JSON document from outside, with defects in it replaced.

    A value that the strict reader refuses does not affect the others: bytes that are not UTF-8 become U+FFFD,
    an integer of more than 4,300 digits a string, and an array or object nested too deep null.
    """

def result_id(row: Any, scrubber: Scrubber) -> str | None:
    """Return the id of the result of a row, or None if the row is not a delegation.

    By this id the result is returned, confirmed and written.
    """

@final
class DelegationResult:
    """The result of a delegation of this workspace, scrubbed."""

    @property
    def delegation_id(self) -> str:
        """The id of the delegation, by which the result is confirmed."""
    @property
    def target_id(self) -> str:
        """The id of the workspace that was asked."""
    @property
    def source_id(self) -> str:
        """The id of this workspace."""
    @property
    def status(self) -> Literal["completed", "failed"]:
        """How it ended: `completed` or `failed`."""
    @property
    def summary(self) -> str:
        """What the delegation was about."""
    @property
    def response_preview(self) -> str:
        """The beginning of the answer."""
    @property
    def error(self) -> str:
        """What went wrong."""
    @property
    def timestamp(self) -> float:
        """When the result was first seen, in Unix seconds."""
    def line(self) -> bytes:
        """Return the result's line in the results file, with its line break; always the same bytes."""

@final
class Ingested:
    """What one list of delegations gave."""

    @property
    def results(self) -> list[DelegationResult]:
        """Every result that is not confirmed yet, oldest first, including those of earlier lists."""
    @property
    def foreign(self) -> list[str]:
        """Ids of finished delegations that this workspace did not request; each is reported once.

        They are scrubbed, on one line, and at most 128 bytes long.
        """
    @property
    def skipped(self) -> int:
        """The number of rows that are not delegations: not an object, or without a usable id."""
    @property
    def left(self) -> int:
        """The number of rows left for a later list.

        Their answer is still to come, or they would take too much memory.
        """

@final
class WakeUp:
    """A message for the agent about results in the results file."""

    @property
    def delegation_ids(self) -> list[str]:
        """The ids of the delegations that the message is about."""
    @property
    def text(self) -> str:
        """The message: one line."""
    def body(self) -> bytes:
        """Return the body of the request that sends the message, as JSON."""

@final
class Notification:
    """A message for the user about one result."""

    @property
    def delegation_id(self) -> str:
        """The id of the delegation that the message is about."""
    @property
    def message(self) -> str:
        """The message."""
    def body(self) -> bytes:
        """Return the body of the request that sends the message, as JSON."""

@disjoint_base
class Delegations:
    """Tracks the delegations of one workspace."""

    def __new__(cls, workspace_id: str) -> Self: ...
    def ingest(self, rows: Any, scrubber: Scrubber, now: float) -> Ingested:
        """Read a list of delegations as the platform returns it, and return what there is to write.

        `now` is in Unix seconds.
        """
    def confirm(self, ids: Iterable[str]) -> int:
        """Record that these results are durably in the file; return how many of the ids were pending."""
    @property
    def pending(self) -> list[DelegationResult]:
        """The results that are not confirmed yet, oldest first."""
    def due(self, now: float) -> WakeUp | None:
        """Return the message to send now, or None. `now` is in Unix seconds."""
    def wake_up_failed(self) -> int:
        """Record that the latest message could not be sent; return how many results were given up."""
    def notifications(self) -> list[Notification]:
        """Return the messages to the user, oldest first; each is returned once."""
    def notification_failed(self, notification: Notification) -> bool:
        """Take back a notification that could not be sent; return False if it is given up."""
    def remember(self, ids: Iterable[str]) -> None:
        """Record delegations whose results were delivered, oldest first: they are not returned again."""
    def forget(self, ids: Iterable[str]) -> None:
        """Forget delegations: a list that contains them returns their results again."""
    def is_seen(self, id: str) -> bool:
        """Whether the delegation was confirmed, remembered, or rejected as another workspace's."""
    @property
    def seen(self) -> list[str]:
        """The ids that were confirmed or remembered, oldest first."""
    def set_seen_limit(self, limit: int) -> None:
        """Set how many ids are remembered: 200 by default, at most 10,000."""
    def restore(self, file: bytes, scrubber: Scrubber) -> int:
        """Read the results file after a restart; return how many results it contains."""
    def set_parent(self, name: str, scrubber: Scrubber) -> None:
        """Set the name of the workspace to which the agent reports; empty for none."""
    def set_cooldown(self, seconds: float) -> None:
        """Set the seconds between two messages: 60 by default; 0 or less means no pause."""
    @property
    def last_wake_up(self) -> float | None:
        """When the latest message was returned, in Unix seconds, or None."""
    @last_wake_up.setter
    def last_wake_up(self, value: float | None) -> None: ...
