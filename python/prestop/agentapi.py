"""AgentAPI: its stop within one time limit, its start, its state file, and its log snapshot."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from . import _core, _scrubbers
from ._core import LogSnapshot as LogSnapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, NoReturn

    from ._core import Scrubber, WriteReport

    StrPath = str | os.PathLike[str]

PERSISTENCE = (0, 12, 0)
"""The first version of AgentAPI with a state file, and with a save signal that does not kill it."""

# The core counts in whole seconds of 64 bits.
_MOST_SECONDS = 2.0**63

STATE_VARIABLES = ("AGENTAPI_STATE_FILE", "AGENTAPI_SAVE_STATE", "AGENTAPI_LOAD_STATE")
"""The variables that make AgentAPI keep its conversation: `environment()` gives all of them or none."""


@dataclass(frozen=True)
class StopPhase:
    """One phase of a stop or of a start."""

    phase: Literal["identify", "keep", "save", "capture", "upload", "terminate", "state", "version"]
    """Its name; version only of a start."""
    outcome: Literal["done", "skipped", "failed"]
    """How it ended."""
    code: str
    """How it ended, for programs: one word, which does not change between versions."""
    detail: str
    """How it ended, for people: one line without secrets."""
    http_status: int | None
    """The status of the last HTTP answer, if there was one."""
    seconds: float
    """How long it took, in seconds."""


@dataclass(frozen=True)
class StopReport:
    """The report of a stop. As a string it is a table for people."""

    ok: bool
    """Whether the process has ended, or none ran, and nothing that was wanted is missing."""
    pid: int | None
    """The number of the process that was identified, or None."""
    seconds: float
    """How long the stop took, in seconds."""
    deadline: float
    """The time limit, in seconds."""
    phases: tuple[StopPhase, ...]
    """The phases in their order."""
    text: str
    """The table."""

    def phase(self, name: str) -> StopPhase:
        """Return the phase of this name. Raises KeyError if there is none."""
        for phase in self.phases:
            if phase.phase == name:
                return phase
        raise KeyError(name)

    def __str__(self) -> str:
        return self.text


def stop(
    *,
    state_file: StrPath | None = None,
    pid_file: StrPath | None = None,
    port: int | None = None,
    task: str | None = None,
    url: str | None = None,
    token: str | None = None,
    log_snapshot: bool | None = None,
    command: str = "agentapi",
    deadline: float = 25.0,
    environ: Mapping[str, str] | None = None,
    scrubber: Scrubber | None = None,
) -> StopReport:
    """Stop AgentAPI: save, send the last messages to the platform, end the process.

    What is not given is as the environment has it, in the variables of the Coder module (`ARG_*`, `CODER_AGENT_*`) and in
    `AGENTAPI_*`; an empty text is not given. With a `state_file` the conversation is to survive. Nothing raises but what cannot be
    meant: a port, deadline or url that is none (ValueError, or TypeError for one of another type); what failed is in the report. A signal to this process is handled when it
    returns, so call it in a worker thread where an event loop runs. The scrubber is by default `balanced` with the
    environment's secrets.
    """
    if port is not None:
        if isinstance(port, bool) or not isinstance(port, int):
            raise TypeError("port is not an integer")
        if not 0 < port < 65_536:
            raise ValueError("port is not between 1 and 65535")
    if isinstance(deadline, bool) or not isinstance(deadline, (int, float)):
        raise TypeError("deadline is not a number of seconds")
    if not 0 < deadline <= _MOST_SECONDS:
        raise ValueError("deadline is not a number of seconds above 0")
    if not isinstance(log_snapshot, bool | None):
        raise TypeError("log_snapshot is neither True nor False")
    _check_paths(state_file=state_file, pid_file=pid_file, command=command)
    _check_texts(task=task, url=url, token=token)
    options = {
        "state_file": state_file,
        "pid_file": pid_file,
        "port": port,
        "task": task,
        "url": url,
        "token": token,
        "log_snapshot": log_snapshot,
        "command": command,
        "deadline": deadline,
    }
    variables = os.environ if environ is None else environ
    report, text = _core.agentapi_stop(options, dict(variables), scrubber or _scrubbers.with_environment())
    return StopReport(**_members(report), text=text)


@dataclass(frozen=True)
class Started:
    """A start that is prepared. As a string it is a table for people."""

    ok: bool
    """Whether everything was in order. Only a running AgentAPI is a reason not to start."""
    pid: int | None
    """The number of the process that is already running, or None."""
    seconds: float
    """How long the preparation took, in seconds."""
    deadline: float
    """The time limit, in seconds."""
    phases: tuple[StopPhase, ...]
    """The phases in their order: identify, version, state."""
    line: tuple[str, ...]
    """The command and its arguments."""
    environ: Mapping[str, str] = field(repr=False)
    """All the variables for the command: for `subprocess.Popen(started.line, env=started.environ)`. Those of `STATE_VARIABLES` are
    not inherited where AgentAPI is to keep no state."""
    text: str
    """The table."""

    @property
    def runs_already(self) -> bool:
        """Whether AgentAPI is already running, so that the command would only be refused."""
        return self.phases[0].code == "running"

    def exec(self) -> NoReturn:
        """Replace this process by the command: the process number stays, and no Python code runs any more.

        Raises RuntimeError if AgentAPI is already running, and OSError if the command cannot be run.
        """
        if self.runs_already:
            raise RuntimeError("AgentAPI runs already")
        os.execvpe(self.line[0], self.line, self.environ)

    def __str__(self) -> str:
        return self.text


def start(
    line: Sequence[str],
    *,
    state_file: StrPath | None = None,
    pid_file: StrPath | None = None,
    allowed_hosts: str | None = None,
    command: str = "agentapi",
    environ: Mapping[str, str] | None = None,
    scrubber: Scrubber | None = None,
) -> Started:
    """Prepare the start of AgentAPI: pid file, version and state file. The result can run `line`.

    A pid file that names no process, or another program's, would block AgentAPI and is removed; the state
    file is scrubbed, and put back if an empty one had replaced it. An option that is None is taken from the
    environment, as for `stop`. Raises ValueError if there is no command. The default scrubber is `balanced`
    with the environment's secrets.
    """
    if isinstance(line, str) or not line:
        raise ValueError("line is not a command and its arguments")
    _check_paths(state_file=state_file, pid_file=pid_file, command=command)
    _check_texts(allowed_hosts=allowed_hosts)
    options = {
        "state_file": state_file,
        "pid_file": pid_file,
        "allowed_hosts": allowed_hosts,
        "command": command,
    }
    own = dict(os.environ if environ is None else environ)
    report, text, variables, removed = _core.agentapi_start(
        list(line), options, own, scrubber or _scrubbers.with_environment()
    )
    inherited = {name: value for name, value in own.items() if name not in removed}
    return Started(**_members(report), line=tuple(line), environ={**inherited, **dict(variables)}, text=text)


def _check_paths(*, command: object, **paths: object) -> None:
    """Raise TypeError, with the name of the option, for what is no path; only the command has to be given."""
    for name, path in {"command": command, **paths}.items():
        is_given = path is not None or name == "command"
        if is_given and not isinstance(os.fspath(path) if isinstance(path, os.PathLike) else path, str):
            raise TypeError(f"{name} is not a path")


def _check_texts(**texts: object) -> None:
    for name, text in texts.items():
        if not isinstance(text, str | None):
            raise TypeError(f"{name} is not text")


def _members(report: str) -> dict[str, Any]:
    """Return the fields that a report shares with its JSON."""
    import json

    members: dict[str, Any] = json.loads(report)
    members["phases"] = tuple(StopPhase(**phase) for phase in members["phases"])
    return members


def scrub_state(path: StrPath, *, scrubber: Scrubber | None = None) -> WriteReport | None:
    """Scrub AgentAPI's state file in place, durably and with mode 0600; return None if there is no file.

    AgentAPI can load it again: ids, roles, times and everything else that is not text remain unchanged.
    AgentAPI must not write to the file meanwhile; `stop` and `start` also keep a copy of the conversation,
    and put it back if it was lost. The default scrubber is `balanced` with the environment's secrets. Raises
    SnapshotError for a file that AgentAPI would not load, and if the disk refuses; the file is then
    unchanged.
    """
    return _core.scrub_state(os.fsdecode(path), scrubber or _scrubbers.with_environment())


def environment(
    *,
    state_file: StrPath | None = None,
    pid_file: StrPath | None = None,
    allowed_hosts: str | None = None,
    version: str | None = None,
) -> dict[str, str]:
    """Return the variables for a start of AgentAPI, for `subprocess.Popen(..., env=os.environ | variables)`.

    `version` is what `agentapi --version` said. Where that is unknown or before 0.12.0 there is no `AGENTAPI_STATE_FILE` in what
    is returned, nor a switch for it: the conversation will not survive. Remove the `STATE_VARIABLES` that are inherited, then;
    `start` does.
    """
    return dict(_core.agentapi_environment(state_file, pid_file, allowed_hosts, version))


def log_snapshot(messages: object, *, scrubber: Scrubber | None = None) -> LogSnapshot | None:
    """Return the last ten messages as a request body for the platform, or None if there are none.

    `messages` is the answer to `GET /messages`: its bytes or text, the parsed value, or only the list. The
    body is scrubbed and at most 65,536 bytes long as sent, whatever the text; the newest messages are kept,
    and the oldest one that is left begins with a notice if something had to be cut. The default scrubber is
    `balanced` with the environment's secrets. Raises ValueError if there is no list of messages.
    """
    if isinstance(messages, str):
        messages = messages.encode("utf-8", "surrogatepass")
    if not isinstance(messages, bytes):
        import json

        messages = json.dumps(messages, default=str).encode()
    return _core.log_snapshot(messages, scrubber or _scrubbers.with_environment())


def version_at_least(reported: str, minimum: tuple[int, int, int] = PERSISTENCE) -> bool:
    """Return whether a version, as `agentapi --version` reports it, is at least this one.

    Anything but a version of three numbers is not; a release candidate of the minimum itself is.
    """
    return _core.version_at_least(reported, minimum)
