"""Drop-in for `lib.pre_stop`: the same names, defaults, log lines and quirks, over the Rust core.

`lib.pre_stop` is this very module, so that patching either patches both. If the core cannot be loaded, the
module still imports, logs that, and writes nothing rather than anything unscrubbed.
"""

from __future__ import annotations

import os
import time

from . import _scrubbers
from ._content import build as _build
from ._deadline import write_seconds as _write_seconds
from ._log_line import line as _line
from ._log_line import place as _place
from ._log_line import printable as _printable
from ._log_line import shortened as _shortened
from ._log_line import shown as _shown
from .snapshot_scrub import scrub_snapshot as scrub_snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Any

    from ._core import Reading, WriteReport
    from ._in_the_way import InTheWay

    StrPath = str | os.PathLike[str]
    logger: logging.Logger

DEFAULT_SNAPSHOT_PATH = os.environ.get("AGENT_SNAPSHOT_PATH") or "/configs/.agent_snapshot.json"
MAX_TRANSCRIPT_LINES = 200

# Messages that are logged only once.
_told: list[str] = []

# What `read_snapshot` could not read, by its path: to a host it looks as if there were nothing, but the next write
# must not replace it.
_unread: dict[str, InTheWay] = {}

last_report: WriteReport | None = None
"""The report of the last successful `write_snapshot`; None before it and after a failure."""


def build_snapshot(heartbeat: Any, adapter_state: Any) -> dict[str, Any]:
    """Return the snapshot of this workspace; nothing in it is scrubbed yet.

    The heartbeat may be None. Its session is used only if the adapter's state has none.
    """
    fields: dict[str, Any] = {}
    if heartbeat is not None:
        fields["current_task"] = heartbeat.current_task or ""
        fields["active_tasks"] = heartbeat.active_tasks
        if hasattr(heartbeat, "start_time"):
            fields["uptime_seconds"] = int(time.time() - heartbeat.start_time)
        if not adapter_state.get("session_id"):
            fields["session_id"] = getattr(heartbeat, "_session_id", "") or ""
    workspace_id = os.environ.get("WORKSPACE_ID", "unknown")
    return _build(workspace_id=workspace_id, adapter=adapter_state, **fields)


def write_snapshot(snapshot: Any, path: StrPath | None = None) -> bool:
    """Scrub the snapshot and write it durably; return whether that is certain. Never raises an Exception.

    False means that the old snapshot is intact, or, if a warning says so, that the new one is in place but
    may not outlast a power cut, or that overwriting in place failed midway. A file that `read_snapshot` could
    not read is moved aside first, and nothing is written where that is impossible.
    """
    global last_report  # noqa: PLW0603 - a name that hosts read
    target = path or DEFAULT_SNAPSHOT_PATH
    # The result is about this call: another thread's write may set `last_report` meanwhile.
    last_report = None
    if _core is None:
        _log().error(
            "Pre-stop snapshot not written (%s): nothing can be scrubbed without prestop._core",
            _place(target),
        )
        return False
    name = _named_file(target)
    unread = _unread.get(name)
    if unread is not None and not unread.clear(loud=True):
        return False
    try:
        last_report = report = _durable.write(snapshot, target, deadline=_write_seconds.get())
    except Exception as error:  # noqa: BLE001 - whatever it is, the stop goes on
        if unread is not None:
            unread.put_back()
        _log().warning("Pre-stop snapshot write failed (%s): %s", _place(target), _line(error))
        return False
    _unread.pop(name, None)
    _log_written(report, snapshot, target)
    return report.durability != "indeterminate"


def read_snapshot(path: StrPath | None = None) -> Any:
    """Return what was saved, or None if there is nothing usable.

    `session_id` and `transcript_lines` that are only under `adapter` also appear at the top level. The type
    is not checked: a file that holds a list gives a list.
    """
    snapshot, is_certain = _read_if_possible(path)
    name = _named_file(path or DEFAULT_SNAPSHOT_PATH)
    if is_certain:
        _unread.pop(name, None)
    elif name and _core is not None:
        from pathlib import Path

        from ._in_the_way import InTheWay

        _unread[name] = InTheWay(Path(name))
    return snapshot


def _read_if_possible(path: StrPath | None = None) -> tuple[Any, bool]:
    """Return what `read_snapshot` does, and False where there is something that cannot be read."""
    target = path or DEFAULT_SNAPSHOT_PATH
    if _core is None:
        _log().warning("Snapshot read failed (%s): prestop._core cannot be loaded", _place(target))
        return None, False
    try:
        if "\0" in os.fsdecode(target):
            return None, True
        reading = _durable._examine(target)
    except Exception as error:  # noqa: BLE001 - the host starts without a snapshot
        _log().warning("Snapshot read failed (%s): %s", _place(target), _line(error))
        return None, False
    return _tell_reading(reading, target), True


def _named_file(path: StrPath) -> str:
    try:
        return os.fsdecode(path)
    except Exception:  # noqa: BLE001 - no path, whatever it is: nothing is there
        return ""


def _can_write() -> bool:
    """Say whether there is anything to scrub with: without it nothing is read or written."""
    return _core is not None


def delete_snapshot(path: StrPath | None = None) -> None:
    """Delete the snapshot and the previous one; does nothing if there is none."""
    target = path or DEFAULT_SNAPSHOT_PATH
    try:
        from . import snapshot as durable

        existed = durable.delete(target)
    except Exception as error:  # noqa: BLE001 - as the replaced module did
        _log().warning("Snapshot delete failed (%s): %s", _place(target), _line(error))
        return
    if existed:
        _log().debug("Snapshot deleted: %s", _place(target))


def _scrub_value(value: Any) -> Any:
    return _scrubbers.shared().scrub(value)


def _log_written(report: WriteReport, snapshot: Any, path: StrPath) -> None:
    target = _place(path)
    workspace_id, current_task, lines = _named(snapshot)
    counts = ", ".join(f"{label}={count}" for label, count in report.redactions.items())
    _log().info(
        "Pre-stop snapshot written: %s (workspace=%s, task=%r, lines=%d)%s",
        target,
        workspace_id,
        current_task,
        lines,
        f" redacted: {counts}" if counts else "",
    )
    if report.ephemeral and "ephemeral" not in _told:
        _told.append("ephemeral")
        _log().info(
            "Snapshots are gone with the container or the memory they lie in (%s): mount a volume", target
        )
    if report.durability == "durable" and not report.directory_synced and "directory" not in _told:
        _told.append("directory")
        _log().info(
            "Directories cannot be flushed where snapshots lie (%s): a power cut may undo the last one",
            target,
        )
    if report.durability == "degraded":
        _log().warning(
            "Pre-stop snapshot was overwritten in place (%s): %s",
            target,
            "mount the directory, not the file"
            if _is_mounted(path)
            else "its directory takes no new files from this process, or does not let it be replaced",
        )
    elif report.durability == "indeterminate":
        _log().warning(
            "Pre-stop snapshot is not certain (%s): the file holds the new snapshot, but the disk did not confirm it",
            target,
        )


def _tell_reading(reading: Reading, path: StrPath) -> Any:
    target = _place(path)
    restored = reading.restored
    moved = f", and was moved to {_place(reading.quarantined)}" if reading.quarantined else ""
    if reading.corrupt and restored is None:
        # An empty file is what a mount needs before there is a snapshot.
        tell = _log().debug if not moved and _is_empty(path) else _log().warning
        tell("Snapshot read failed (%s): it is not a snapshot%s; there is no previous one", target, moved)
    elif reading.corrupt:
        _log().warning("Snapshot was corrupt (%s)%s: the previous one is used", target, moved)
    if restored is None:
        return None
    if restored.verified is False:
        _log().warning("Snapshot was changed by someone since it was written (%s)", target)
    return restored.snapshot


def _named(snapshot: Any) -> tuple[str, Any, int]:
    """Return what the log says of a snapshot: its workspace, its task and its number of lines.

    The snapshot is already written, so this must not fail.
    """
    try:
        # As they stand in the file: what identifies the workspace stays readable.
        given = {
            "workspace_id": _field(snapshot, "workspace_id", "?"),
            "current_task": _field(snapshot, "current_task", ""),
        }
        named = _shortened(given, _scrub_value)
        lines = _field(_field(snapshot, "adapter", None), "transcript_lines", None)
        count = len(lines) if isinstance(lines, (list, tuple)) else 0
        return _line(named["workspace_id"]), _shown(named["current_task"]), count
    except Exception:  # noqa: BLE001 - an odd shape is as good as none
        return "?", "", 0


def _is_empty(path: StrPath) -> bool:
    try:
        return os.stat(path).st_size == 0
    except (OSError, ValueError):
        return False


def _is_mounted(path: StrPath) -> bool:
    """Say whether the file is mounted by itself, as far as the system tells."""
    try:
        directory, name = os.path.split(os.fsencode(path))
        place = os.path.join(os.path.realpath(directory), name)
        descriptor = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as mounts:
            # Blanks, and backslashes, in octal.
            return any(line.split()[4].decode("unicode_escape").encode("latin-1") == place for line in mounts)
    except (OSError, ValueError, IndexError):
        return False


def _field(holder: Any, name: str, default: Any) -> Any:
    return holder.get(name, default) if isinstance(holder, dict) else default


def _log() -> logging.Logger:
    found: logging.Logger | None = globals().get("logger")
    return found or __getattr__("logger")


def __getattr__(name: str) -> Any:
    # Importing logging takes longer than everything else here together.
    if name != "logger":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import _loggers

    globals()[name] = _loggers.named("lib.pre_stop")
    return globals()[name]


try:
    from . import _core
    from . import snapshot as _durable
except Exception as error:  # noqa: BLE001 - the host has to boot
    _core = None  # type: ignore[assignment]
    _log().error("prestop._core cannot be loaded, no snapshot will be written: %s", _printable(str(error)))
