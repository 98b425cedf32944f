"""Shows the main use from outside: a workspace process is stopped, its snapshot inspected, and started again.

usage: run.py [TRANSCRIPT...], where each is a clean transcript in JSON Lines with which the run is repeated.
Exits with 1 if anything is not as it should be.
"""

import http.server
import json
import os
import re
import secrets
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from planted import Planted

_HERE = Path(__file__).parent
_LINES_KEPT = 200
_MARKER = re.compile(r"\[REDACTED:([A-Z0-9_]+)\]")


def _wrapped(text: str) -> str:
    """Wrap at ASCII spaces; a no-break space keeps a label and its count together."""
    lines = textwrap.fill(text, 100, subsequent_indent=" " * 10, break_on_hyphens=False)
    return lines.replace("\xa0", " ")


class Platform(http.server.ThreadingHTTPServer):
    """The platform that receives the beats: one delegation has ended while the workspace worked."""

    daemon_threads = True

    def __init__(self, answer: str) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.requests: list[tuple[str, bytes]] = []
        self.beaten = threading.Event()
        ended = {"delegation_id": "d-1", "source_id": "demo-workspace", "target_id": "reviewer"}
        self.rows = [ended | {"status": "completed", "summary": "review", "response_preview": answer}]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL on which it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def sent(self, end: str) -> list[bytes]:
        """Return the bodies of the requests to paths with this end."""
        return [body for path, body in self.requests if path.endswith(end)]


class _Asked(http.server.BaseHTTPRequestHandler):
    """One request, answered like the real platform."""

    server: Platform
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send the list of delegations; nothing else is known."""
        self._say(200, self.server.rows) if self.path.endswith("/delegations") else self._say(404, {})

    def do_POST(self) -> None:
        """Accept a beat or a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, body))
        self._say(200, {"status": "ok"})
        if self.path.endswith("/notify"):
            self.server.beaten.set()

    def _say(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


class Workspace:
    """The process of demo/workspace.py, and the report that it printed."""

    def __init__(
        self, directory: Path, deploy_password: str, platform: Platform, transcript: Path | None = None
    ) -> None:
        environ = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        environ |= {"WORKSPACE_ID": "demo-workspace", "AGENT_SNAPSHOT_PATH": str(directory / "snapshot.json")}
        environ |= {"DEPLOY_PASSWORD": deploy_password, "PLATFORM_URL": platform.url}
        environ |= {"DELEGATION_RESULTS_FILE": str(directory / "results.jsonl")}
        command = [sys.executable, str(_HERE / "workspace.py"), *([str(transcript)] if transcript else [])]
        with (directory / "workspace.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        watchdog = threading.Timer(60, self._process.kill)
        watchdog.start()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            self._process.wait()
            sys.exit("the workspace did not start:\n" + (directory / "workspace.log").read_text())
        self.said: dict[str, Any] = json.loads(line)

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM as a platform does; return the exit status and the milliseconds until then."""
        start = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return status, (time.perf_counter() - start) * 1e3


class Checks:
    """The conditions of the demo, printed one by one."""

    def __init__(self) -> None:
        self.failed = 0

    def that(self, what: str, holds: bool, otherwise: object = "") -> None:
        """Print whether the condition holds."""
        print(f"  {'ok    ' if holds else 'FAILED'}  {what}{'' if holds else f': {otherwise}'}")
        self.failed += not holds


def beat_of(platform: Platform) -> str:
    """Describe the first beat, and the notification."""
    beat = json.loads(platform.sent("/registry/heartbeat")[0])
    told = json.loads(platform.sent("/notify")[0])["message"] if platform.sent("/notify") else "nothing"
    return f"{beat['workspace_id']!r} works on {beat['current_task']!r}; told: {' '.join(told.split())!r}"


def best_ms(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the shortest of several runs, in milliseconds."""
    shortest = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e3


def is_sandbox(entry: Any) -> bool:
    """Return whether the shipped transcript marks the entry as sandbox output."""
    return isinstance(entry, dict) and (entry.get("source") == "sandbox" or entry.get("tool") == "run_code")


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def excerpt(lines: list[Any]) -> list[str]:
    """Return the first lines of the text with the most kinds of markers."""
    chosen = max(strings(lines), key=lambda text: len(set(_MARKER.findall(text))), default="")
    return [line[:100] for line in chosen.splitlines()[:8]]


def phases(adapter_state: dict[str, Any], directory: Path) -> tuple[str, Any]:
    """Do the same steps in this process; return the time of each, and the report of the write."""
    import prestop
    from lib.pre_stop import build_snapshot, read_snapshot
    from prestop import snapshot

    path = directory / "again.json"
    scrubber = prestop.Scrubber.from_environment(preset="strict")
    made = build_snapshot(None, adapter_state)
    took = {
        "build": best_ms(lambda: build_snapshot(None, adapter_state)),
        "scrub": best_ms(lambda: scrubber.scrub(made)),
        "scrub + encode + write + fsync": best_ms(lambda: snapshot.write(made, path)),
        "read + verify": best_ms(lambda: read_snapshot(path)),
    }
    return ", ".join(f"{name} {ms:.2f}" for name, ms in took.items()), snapshot.write(made, path)


def perform(name: str, entries: list[Any], planted: Planted, checks: Checks, untouched: set[int]) -> None:
    """Run everything on one transcript; `untouched` are the kept lines that must come back unchanged."""
    with tempfile.TemporaryDirectory() as private, tempfile.TemporaryDirectory() as volume:
        transcript, directory = Path(private) / "transcript.jsonl", Path(volume)
        transcript.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
        kept = entries[-_LINES_KEPT:]
        deploy_password = planted.values["deploy"]
        at_risk = planted.survivors(json.dumps(kept).encode())
        print(
            f"\n{name}: {len(entries)} lines, the last {len(kept)} are saved, {len(at_risk)} kinds of secrets in them"
        )

        platform = Platform(f"merged; the deploy password is {deploy_password}")
        first = Workspace(directory, deploy_password, platform, transcript)
        print(f"  start   {first.said['session_id']}, {first.said['lines']} lines")
        platform.beaten.wait(30)
        print(f"  beats   {beat_of(platform)}")
        status, milliseconds = first.stop()
        path = directory / "snapshot.json"
        if not path.exists():
            checks.that("there is a snapshot", False, (directory / "workspace.log").read_text())
            return
        saved = json.loads(path.read_text("utf-8"))
        lines = saved["adapter"]["transcript_lines"]
        print(
            f"  stop    {milliseconds:.0f} ms from SIGTERM to the end; {path.stat().st_size / 1024:.0f} KB on disk"
        )

        os.environ["DEPLOY_PASSWORD"] = deploy_password
        took, report = phases({"session_id": "s", "transcript_lines": kept}, Path(private))
        found = Counter(dict(report.redactions)).most_common()
        print(_wrapped("  found   " + ", ".join(f"{label}\xa0{count}" for label, count in found)))
        print(f"  dropped {report.dropped} sandbox entries")
        print(f"  took    {took} (ms)")
        for line in excerpt(lines):
            print(f"        | {line}")

        second = Workspace(directory, deploy_password, platform)
        print(f"  start   {second.said['session_id']}, {second.said['restored']} lines restored")
        second.stop()
        platform.shutdown()
        platform.server_close()
        again = json.loads(path.read_text("utf-8"))["adapter"]["transcript_lines"]

        everything = b"".join(file.read_bytes() for file in sorted(directory.rglob("*")) if file.is_file())
        modes = {oct(stat.S_IMODE(file.stat().st_mode)) for file in directory.glob("*.json*")}
        survivors = planted.survivors(everything)
        returned = [line for line in lines if line in kept]
        missing = [n for n in untouched if kept[n] not in returned]
        checks.that("the process ended by the signal", status == -signal.SIGTERM, status)
        checks.that("the search finds the secrets in the input", len(at_risk) > 10, at_risk)
        checks.that(
            "none of them is in any file of the directory, the log included", not survivors, survivors
        )
        checks.that("no sandbox entry is left", not any(map(is_sandbox, lines)))
        checks.that("lines without a secret came back as they were", not missing, f"{len(missing)} changed")
        told = b"".join(body for _, body in platform.requests)
        checks.that("the platform was told of the work and of no secret", not planted.survivors(told), told)
        results = (directory / "results.jsonl").read_bytes().count(b"\n")
        checks.that("the delegation's result was delivered once", results == 1, results)
        checks.that("files are mode 0600", modes == {"0o600"}, modes)
        checks.that(
            "the session is the same", second.said["session_id"] == first.said["session_id"], second.said
        )
        checks.that("so is the transcript", second.said["restored"] == len(lines) == len(again), second.said)
        checks.that("a second stop changes nothing in it", again == lines)


def main(others: list[Path]) -> int:
    """Run on the transcript of the repository, and on others."""
    checks = Checks()
    print("prestop: an agent workspace stops and starts again, and nothing secret stays on its disk")

    planted = Planted(secrets.randbits(64))
    shipped = [json.loads(line) for line in (_HERE / "transcript.jsonl").read_text("utf-8").splitlines()]
    filled = [planted.plant(entry) for entry in shipped]
    kept = list(zip(shipped, filled, strict=True))[-_LINES_KEPT:]
    untouched = {n for n, (before, after) in enumerate(kept) if before == after and not is_sandbox(after)}
    perform("demo/transcript.jsonl", filled, planted, checks, untouched)

    for other in others:
        planted = Planted(secrets.randbits(64))
        entries = [json.loads(line) for line in other.read_text("utf-8").splitlines()]
        kept_entries = planted.scatter(entries[-_LINES_KEPT:], seed=1)
        perform(other.name, [*entries[:-_LINES_KEPT], *kept_entries], planted, checks, set())

    print(f"\n{'everything is as it should be' if not checks.failed else f'{checks.failed} checks FAILED'}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
