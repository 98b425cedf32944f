"""Runs the hosts of children/host.py as processes of their own, which always end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HOST = Path(__file__).with_name("children") / "host.py"
_SECONDS = 120


class Host:
    """One such process: the events it has printed so far, and how it ended."""

    def __init__(self, name: str, path: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> None:
        self.path = path
        self.hung = False
        self.events: list[dict[str, Any]] = []
        environ = {key: value for key, value in os.environ.items() if key != "WORKSPACE_ID"}
        self._log = path.with_name("log").open("ab")
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(_HOST), name, str(path), *arguments],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
            process_group=0,
        )

    def until(self, key: str) -> dict[str, Any]:
        """Read until an event with this key has come, and return it."""
        for event in self._read():
            if key in event:
                return event
        raise AssertionError(f"ended without telling {key!r}:\n{self.log}")

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.process.send_signal(number)

    def end(self) -> int:
        """Read to the end and return the exit status."""
        for _ in self._read():
            pass
        status = self.process.wait(_SECONDS)
        assert not self.hung, f"did not end within {_SECONDS} s:\n{self.log}"
        return status

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Wait until it is ready, send the signal and return the exit status."""
        self.until("ready")
        self.send(number)
        return self.end()

    @property
    def log(self) -> str:
        return self.path.with_name("log").read_text()

    @property
    def writes(self) -> list[str]:
        return [event["write"] for event in self.events if "write" in event]

    @property
    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found

    def told(self, key: str) -> list[Any]:
        """Return all values printed under this key."""
        return [event[key] for event in self.events if key in event]

    def _read(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # The last line of a killed process may be cut.
            with contextlib.suppress(ValueError):
                self.events.append(json.loads(line))
                yield self.events[-1]

    def give_up(self) -> None:
        self.hung = True
        # It prints its tracebacks in response.
        self.process.send_signal(signal.SIGABRT)
        time.sleep(1)
        # Its children too: one that lives on would hold the pipe.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._log.close()


@contextlib.contextmanager
def host(name: str, path: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> Iterator[Host]:
    """Start a host; it is killed if it still runs at the end."""
    running = Host(name, path, *arguments, prefix=prefix)
    # A host that hangs fails its test, and not the whole run.
    with contextlib.ExitStack() as stack:
        stack.callback(running.close)
        watchdog = threading.Timer(_SECONDS, running.give_up)
        watchdog.daemon = True
        watchdog.start()
        stack.callback(watchdog.cancel)
        yield running
