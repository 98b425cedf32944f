"""Writes demo/transcript.jsonl: a made-up agent session, the same on every run.

Secrets are placeholders such as <<github>>. Run it after a change here: python demo/generate.py
"""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

_SESSION = "5f0c1d9e-7a42-4f1b-9a53-2b8e64c7d310"
_ROOT = "/workspace/ledger"

# (module, what is wrong with it, what the agent concludes)
_TASKS = [
    (
        "retry",
        "the webhook retry fires twice when the receiver answers 409",
        "a 409 is final: the event is already booked",
    ),
    (
        "invoices",
        "totals are off by a cent on invoices with more than one tax rate",
        "rounding happens per line and has to happen per rate",
    ),
    (
        "sessions",
        "users are logged out when two tabs refresh at the same time",
        "the refresh has to be idempotent within its grace time",
    ),
    (
        "exports",
        "the nightly export times out since the table has a million rows",
        "the query needs keyset pagination, not OFFSET",
    ),
    (
        "quota",
        "a tenant with a quota of zero is treated as unlimited",
        "`if limit` has to become `if limit is not None`",
    ),
    (
        "mailer",
        "mails with an umlaut in the subject arrive garbled",
        "the header has to be encoded, not the body twice",
    ),
    (
        "locks",
        "two workers sometimes book the same payout",
        "the lock has to be taken before the balance is read",
    ),
    (
        "search",
        "searching for an apostrophe answers 500",
        "the term goes into the query as text and has to be a parameter",
    ),
]


class Session:
    """Entries of one conversation, each linked to the previous one."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = datetime(2026, 11, 12, 8, 30, tzinfo=UTC)
        self.parent: str | None = None

    def id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def sha(self, length: int = 40) -> str:
        return f"{self.rng.getrandbits(160):040x}"[:length]

    def entry(self, kind: str, message: Entry) -> Entry:
        self.now += timedelta(seconds=self.rng.randrange(2, 40))
        made: Entry = {
            "type": kind,
            "uuid": self.id(),
            "parentUuid": self.parent,
            "sessionId": _SESSION,
            "timestamp": self.now.isoformat().replace("+00:00", "Z"),
            "cwd": _ROOT,
            "message": message,
        }
        self.parent = made["uuid"]
        return made

    def user(self, text: str) -> Entry:
        return self.entry("user", {"role": "user", "content": text})

    def says(self, text: str) -> Entry:
        return self.entry("assistant", {"role": "assistant", "content": [{"type": "text", "text": text}]})

    def call(self, tool: str, arguments: Entry, result: str) -> Iterator[Entry]:
        """Yield a tool call and its result."""
        call = "toolu_" + self.sha(24)
        content: list[Entry] = [{"type": "tool_use", "id": call, "name": tool, "input": arguments}]
        yield self.entry("assistant", {"role": "assistant", "content": content})
        yield self.entry(
            "user",
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": result}]},
        )

    def bash(self, command: str, result: str) -> Iterator[Entry]:
        return self.call("Bash", {"command": command}, result)


def _read(s: Session, module: str) -> Iterator[Entry]:
    source = [
        f'"""{module.capitalize()} of the ledger."""',
        "",
        "import logging",
        "from datetime import timedelta",
        "",
        "from ledger.models import Event, Tenant",
        "",
        f'logger = logging.getLogger("ledger.{module}")',
        f"GRACE = timedelta(seconds={s.rng.choice([5, 15, 30])})",
        "",
        "",
        f"def handle_{module}(event: Event, tenant: Tenant, attempt: int = 0) -> bool:",
        '    """Return whether the event is done with."""',
        f"    if attempt > {s.rng.randrange(3, 9)}:",
        '        logger.warning("giving up on %s for %s", event.id, tenant.slug)',
        "        return False",
        "    with tenant.lock(timeout=GRACE):",
        "        response = tenant.post(event)",
        "    if response.status >= 500:",
        f"        return handle_{module}(event, tenant, attempt + 1)",
        "    return response.ok",
    ]
    numbered = "\n".join(f"{n:6}\t{line}" for n, line in enumerate(source, 1))
    yield from s.call("Read", {"file_path": f"{_ROOT}/ledger/{module}.py"}, numbered)


def _grep(s: Session, module: str) -> Iterator[Entry]:
    places = ["api/routes.py", "tests/test_api.py", "worker/main.py", "docs/operations.md"]
    hits = [
        f"ledger/{place}:{s.rng.randrange(9, 400)}:    handle_{module}(event, tenant)" for place in places
    ]
    yield from s.call("Grep", {"pattern": f"handle_{module}", "path": _ROOT}, "\n".join(hits))


def _edit(s: Session, module: str) -> Iterator[Entry]:
    old = "    if response.status >= 500:"
    new = "    if response.status >= 500 and not event.booked:"
    path = f"{_ROOT}/ledger/{module}.py"
    yield from s.call(
        "Edit",
        {"file_path": path, "old_string": old, "new_string": new},
        f"The file {path} has been updated.\n@@ -19,1 +19,1 @@\n-{old}\n+{new}",
    )


def _tests(s: Session, module: str, failing: bool) -> Iterator[Entry]:
    names = [
        f"test_{module}_{case}" for case in ("accepts", "refuses", "retries", "times_out", "is_idempotent")
    ]
    lines = [f"tests/test_{module}.py::{name} PASSED" for name in names]
    seconds = s.rng.randrange(40, 900) / 100
    if failing:
        lines[-1] = f"tests/test_{module}.py::{names[-1]} FAILED"
        lines += [
            "",
            f"    def {names[-1]}(tenant):",
            "        first, second = book(tenant), book(tenant)",
            ">       assert first.id == second.id",
            f"E       AssertionError: assert '{s.id()}' == '{s.id()}'",
            f"=========== 1 failed, {len(names) - 1} passed in {seconds}s ===========",
        ]
    else:
        lines.append(f"=========== {len(names)} passed in {seconds}s ===========")
    yield from s.bash(f"cd {_ROOT} && python -m pytest -q tests/test_{module}.py", "\n".join(lines))


def _git(s: Session, module: str, title: str) -> Iterator[Entry]:
    log = "\n".join(f"{s.sha()} {word} {module}" for word in ("Split", "Rename", "Cover", "Type"))
    yield from s.bash("git log --format='%H %s' -4", log)
    yield from s.bash(
        f"git commit -aqm 'Fix {module}' && git show --stat HEAD",
        f"commit {s.sha()}\nAuthor: agent <agent@ledger.example>\nDate:   {s.now:%a %b %d %H:%M:%S %Y} +0000\n\n"
        f"    Fix {module}: {title}\n\n ledger/{module}.py | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)",
    )


def _lockfile(s: Session, module: str) -> Iterator[Entry]:
    rows = [
        f"{name}=={s.rng.randrange(1, 9)}.{s.rng.randrange(20)} --hash=sha256:{s.sha()}{s.sha(24)}"
        for name in ("attrs", "rich", "orjson")
    ]
    yield from s.bash("grep -A0 sha256 requirements.lock | head -3", "\n".join(rows))


def _compose(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash(
        "docker compose config",
        "services:\n  api:\n    image: registry.ledger.example/api:2026.11\n    environment:\n"
        "      DATABASE_URL: postgres://ledger:<<database>>@db.internal:5432/ledger\n"
        "      STRIPE_KEY: <<stripe>>\n      LOG_LEVEL: info\n    ports:\n      - 8080:8080",
    )


def _env(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash(
        "env | sort | tail -8",
        "AWS_ACCESS_KEY_ID=<<aws_id>>\nAWS_SECRET_ACCESS_KEY=<<aws_secret>>\nDEPLOY_PASSWORD=<<deploy>>\n"
        "HOME=/home/agent\nLANG=C.UTF-8\nOPENAI_API_KEY=<<openai>>\nPATH=/usr/local/bin:/usr/bin:/bin\nSHLVL=1",
    )


def _curl(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash(
        "curl -sv https://api.ledger.example/v1/me -H 'Authorization: Bearer <<bearer>>'",
        "> GET /v1/me HTTP/2\n> Host: api.ledger.example\n> authorization: Bearer <<bearer>>\n> accept: */*\n>\n"
        "< HTTP/2 200\n< content-type: application/json\n"
        "< set-cookie: ledger_session=<<cookie>>; Path=/; HttpOnly; Secure\n<\n"
        '{"tenant": "acme", "plan": "team", "refresh_token": "<<jwt>>"}',
    )


def _nested(s: Session, module: str) -> Iterator[Entry]:
    """Yield a tool call whose result is JSON text that contains JSON text."""
    inner = json.dumps(
        {"account": {"name": "ci", "api_key": "<<anthropic>>", "quota": 1000}, "region": "eu-1"}
    )
    outer = {"status": 200, "request_id": s.id(), "body": inner}
    yield from s.call("HttpRequest", {"url": "https://console.ledger.example/accounts/ci"}, json.dumps(outer))


def _kubectl(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash(
        "kubectl get secret deploy -o yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: deploy\n  namespace: ledger\n  uid: "
        + s.id()
        + "\ndata:\n  password: <<deploy:base64>>\ntype: Opaque",
    )


def _key_file(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash("cat deploy/id_rsa", "<<private_key>>")
    stored = json.dumps(
        {"type": "service_account", "private_key": "<<private_key:json>>", "project": "ledger"}
    )
    yield from s.bash("cat deploy/service-account.json", stored)


def _sandbox(s: Session, module: str) -> Iterator[Entry]:
    made = s.entry("tool", {"role": "tool", "content": "rows = 1204, mean = 17.3, p95 = 88.0"})
    made["source"] = "sandbox"
    yield made
    made = s.entry("tool", {"role": "tool", "content": "[sandbox_output] tenant,total\nacme,1204\nglobex,88"})
    made["tool"] = "run_code"
    yield made


def _remote(s: Session, module: str) -> Iterator[Entry]:
    yield from s.bash(
        "git remote -v",
        "origin\thttps://agent:<<github>>@github.com/acme/ledger.git (fetch)\n"
        "mirror\thttps://oauth2:<<gitlab>>@gitlab.example/acme/ledger.git (push)",
    )
    yield from s.bash(
        "cat ~/.npmrc", "registry=https://npm.example.org/\n//npm.example.org/:_authToken=<<npm>>"
    )


def _notify(s: Session, module: str) -> Iterator[Entry]:
    yield from s.call(
        "HttpRequest",
        {"url": "https://slack.com/api/chat.postMessage", "headers": {"Authorization": "Bearer <<slack>>"}},
        json.dumps({"ok": True, "channel": "C04LEDGER", "ts": "1794990000.000200"}),
    )
    yield from s.call(
        "Fetch",
        {"url": "https://deploy.ledger.example/hook?user=ci&pass=<<deploy:percent>>&ref=main"},
        "202 Accepted",
    )


_EXTRAS = [_compose, _env, _curl, _nested, _kubectl, _key_file, _remote, _notify]


def entries() -> Iterator[Entry]:
    """Yield the whole session, in order."""
    s = Session(seed=20261112)
    for turn, ((module, problem, conclusion), extra) in enumerate(zip(_TASKS * 2, _EXTRAS * 2, strict=True)):
        yield s.user(f"Please look at {module}: {problem}.")
        yield s.says(f"I will read `ledger/{module}.py` and its tests first.")
        yield from _read(s, module)
        yield from _grep(s, module)
        yield from _tests(s, module, failing=True)
        yield from extra(s, module)
        if turn % 3 == 0:
            yield from _sandbox(s, module)
        if turn % 4 == 1:
            yield from _lockfile(s, module)
        yield s.says(f"Found it: {conclusion}. The change is small.")
        yield from _edit(s, module)
        yield from _tests(s, module, failing=False)
        yield from _git(s, module, problem)
        yield s.says(f"Done. {conclusion[0].upper()}{conclusion[1:]}; the test that failed passes now.")


def main() -> None:
    """Write the file beside this one."""
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries()]
    (Path(__file__).parent / "transcript.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
