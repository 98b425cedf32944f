"""AgentAPI: stopped in order within one time limit; its conversation as a platform shows it; which versions can keep it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import _core, _scrubbers
from ._core import LogSnapshot as LogSnapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from ._core import Scrubber

    StrPath = str | os.PathLike[str]

PERSISTENCE = (0, 12, 0)
"""The first version of AgentAPI with a state file, and with a save signal that does not kill it."""


@dataclass(frozen=True)
class StopPhase:
    """One phase of a stop."""

    phase: str
    """Its name: identify, keep, save, capture, upload, terminate, state."""
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
    `AGENTAPI_*`. With a `state_file` the conversation is to survive. Nothing raises but what cannot be meant: a port or
    deadline that is none (ValueError); what failed is in the report. A signal to this process is handled when it
    returns, so call it in a worker thread where an event loop runs. The scrubber is by default `balanced` with the
    environment's secrets.
    """
    import json

    if port is not None and not 0 < port < 65_536:
        raise ValueError("port is not between 1 and 65535")
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
    members: dict[str, Any] = json.loads(report)
    phases = tuple(StopPhase(**phase) for phase in members.pop("phases"))
    return StopReport(**members, phases=phases, text=text)


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
