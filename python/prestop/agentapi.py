"""AgentAPI: stopped in order within one time limit, and started again; its state file without a secret; its conversation as a
platform shows it; which versions can keep it."""

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

STATE_VARIABLES = ("AGENTAPI_STATE_FILE", "AGENTAPI_SAVE_STATE", "AGENTAPI_LOAD_STATE")
"""The variables that make AgentAPI keep its conversation: `environment()` gives all of them or none."""


@dataclass(frozen=True)
class StopPhase:
    """One phase of a stop, or of a start."""

    phase: str
    """Its name: identify, keep, save, capture, upload, terminate, state; of a start identify, version, state."""
    outcome: Literal["done", "skipped", "failed"]
    """How it ended."""
    code: str
    """The same for programs: one word that stays."""
    detail: str
    """The same for people: one line without a secret in it."""
    http_status: int | None
    """The status of the last HTTP answer, where there was one."""
    seconds: float
    """How long it took."""


@dataclass(frozen=True)
class StopReport:
    """What a stop did. As a string it is a table for people."""

    ok: bool
    """Whether the process has ended, or none ran, and nothing that was wanted is missing."""
    pid: int | None
    """The process that was identified."""
    seconds: float
    """How long it took."""
    deadline: float
    """How long it might take."""
    phases: tuple[StopPhase, ...]
    """The phases in their order."""
    text: str
    """The table."""

    def phase(self, name: str) -> StopPhase:
        """Return the phase of this name. Raises KeyError where there is none."""
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
    """Stop AgentAPI: save, show the last messages to the platform, end the process. Blocks for up to `deadline` seconds.

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
    if not 0 < deadline < float("inf"):
        raise ValueError("deadline is not a number of seconds above 0")
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
    """Whether everything was in order. If not, that is no reason not to start, but where AgentAPI runs already."""
    pid: int | None
    """The process that runs already."""
    seconds: float
    """How long it took."""
    deadline: float
    """How long it might take."""
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
        """Whether AgentAPI runs already, so that the command would only be refused."""
        return self.phases[0].code == "running"

    def exec(self) -> NoReturn:
        """Put the command in the place of this process: same number, and nothing of Python runs any more.

        Raises RuntimeError where AgentAPI runs already, and OSError where the command cannot be run.
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
    """Prepare the start of AgentAPI: the pid file, the version, the state file. What is returned then runs `line`.

    A pid file that names nobody, or a stranger, would block AgentAPI and is removed; the state file is scrubbed, and put back
    where an empty one had replaced it. What is not given is as the environment has it, as for `stop`. Raises ValueError where
    there is no command. The scrubber is by default `balanced` with the environment's secrets.
    """
    if isinstance(line, str) or not line:
        raise ValueError("line is not a command and its arguments")
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


def _members(report: str) -> dict[str, Any]:
    """Return what a report has in common with its JSON."""
    import json

    members: dict[str, Any] = json.loads(report)
    members["phases"] = tuple(StopPhase(**phase) for phase in members["phases"])
    return members


def scrub_state(path: StrPath, *, scrubber: Scrubber | None = None) -> WriteReport | None:
    """Scrub AgentAPI's state file where it stands, durably and with mode 0600, or return None where there is none.

    AgentAPI loads it again: ids, roles, times and everything else that is not a text stay as they are. For a file that AgentAPI
    does not write to meanwhile; `stop` and `start` also keep a copy of the conversation, and put it back where it was lost. The
    scrubber is by default `balanced` with the environment's secrets. Raises SnapshotError for what AgentAPI would not
    load and where the disk refuses: the file is as it was.
    """
    return _core.scrub_state(os.fsdecode(path), scrubber or _scrubbers.with_environment())


def environment(
    *,
    state_file: StrPath | None = None,
    pid_file: StrPath | None = None,
    allowed_hosts: str | None = None,
    version: str | None = None,
) -> dict[str, str]:
    """Return the variables with which AgentAPI is to be started, for `subprocess.Popen(..., env=os.environ | variables)`.

    `version` is what `agentapi --version` said. Where that is unknown or before 0.12.0 there is no `AGENTAPI_STATE_FILE` in what
    is returned, nor a switch for it: the conversation will not survive. Remove the `STATE_VARIABLES` that are inherited, then;
    `start` does.
    """
    return dict(_core.agentapi_environment(state_file, pid_file, allowed_hosts, version))


def log_snapshot(messages: object, *, scrubber: Scrubber | None = None) -> LogSnapshot | None:
    """Return the last ten messages as a body for the platform, or None where there are none.

    `messages` is the answer to `GET /messages`: its bytes or text, or what it was parsed into, or only the list. The body is
    scrubbed and takes at most 65,536 bytes as it is sent, whatever the text; the newest is kept, and the oldest message
    that is left says so in its text when something had to go. The scrubber is by default `balanced` with the
    environment's secrets. Raises ValueError where there is no list of messages.
    """
    if isinstance(messages, str):
        messages = messages.encode("utf-8", "surrogatepass")
    if not isinstance(messages, bytes):
        import json

        messages = json.dumps(messages, default=str).encode()
    return _core.log_snapshot(messages, scrubber or _scrubbers.with_environment())


def version_at_least(reported: str, minimum: tuple[int, int, int] = PERSISTENCE) -> bool:
    """Say whether a version, as `agentapi --version` reports it, is at least this one.

    What is no version in three numbers is not; of the minimum itself a release candidate is.
    """
    return _core.version_at_least(reported, minimum)
