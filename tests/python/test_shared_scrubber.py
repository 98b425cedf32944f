"""The scrubber that the drop-in modules share, and the settings in the environment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from secrets_at_run_time import GITHUB, PASSWORD, letters

import prestop
from prestop.pre_stop import write_snapshot

pytestmark = pytest.mark.usefixtures("fresh_scrubber")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def stored(snapshot: Any, target: Path) -> Any:
    assert write_snapshot(snapshot, target) is True
    return json.loads(target.read_text())


def test_the_preset_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    monkeypatch.setenv("PRESTOP_PRESET", "molecule")
    path = "/home/agent/projects/molecule/workspace/lib/pre_stop.py"
    assert stored({"p": path}, target) == {"p": "[REDACTED:BASE64_BLOB]_stop.py"}
    monkeypatch.delenv("PRESTOP_PRESET")
    assert stored({"p": path}, target) == {"p": path}


@pytest.mark.parametrize("name", ["PRESTOP_PRESET", "PRESTOP_RULES"])
def test_a_faulty_setting_is_one_error_and_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, target: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setenv(name, "/no/such/" + PASSWORD)
    for number in range(2):
        assert write_snapshot({"n": number, "note": f"x {GITHUB}"}, target) is True
    assert GITHUB not in target.read_text()
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "PRESTOP_" in errors[0]


@pytest.mark.parametrize("preset", ["molecule", "balanced", "strict"])
@pytest.mark.parametrize("fault", ["missing", "a rule", "rules for molecule"])
def test_a_fault_in_the_rules_leaves_strict_whatever_the_preset_is(
    monkeypatch: pytest.MonkeyPatch, target: Path, caplog: pytest.LogCaptureFixture, preset: str, fault: str
) -> None:
    rules = target.with_name("rules.toml")
    good = (
        'id = "acme"\nlabel = "ACME"\ndescription = "d"\nkeywords = ["acme_"]\npattern = "acme_[a-z]{10}"\n'
    )
    if fault != "missing":
        broken = f"[[rule]]\n{good.replace('[a-z]', '[a-z').replace('acme', 'other', 1)}\n"
        rules.write_text(f"{broken if fault == 'a rule' else ''}[[rule]]\n{good}")
    monkeypatch.setenv("PRESTOP_PRESET", preset)
    monkeypatch.setenv("PRESTOP_RULES", str(rules))
    assert (
        write_snapshot({"note": f"password={PASSWORD} DB_PASSWORD=changeme acme_abcdefghij"}, target) is True
    )
    note = json.loads(target.read_text())["note"]
    assert PASSWORD not in note
    assert ("acme_" in note) is (fault == "missing")
    is_fault = fault != "rules for molecule" or preset == "molecule"
    # Only `strict` redacts plain words after such a name.
    assert ("changeme" in note) is (not is_fault and preset == "balanced")
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == is_fault


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "large", "directory"])
def test_rules_that_are_no_file_of_rules_are_one_error_and_hold_nothing_up(
    monkeypatch: pytest.MonkeyPatch, target: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    # A secret in the path must not be in any log.
    rules = Path(kind) if kind.startswith("/") else target.with_name(f"{kind}-{PASSWORD}")
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    if kind == "pipe":
        os.mkfifo(rules)
    elif kind == "directory":
        rules.mkdir()
    elif kind == "large":
        rules.write_text("# a comment\n" * 100_000)
    monkeypatch.setenv("PRESTOP_RULES", str(rules))
    assert stored({"note": f"x {GITHUB}"}, target) == {"note": "x [REDACTED:GITHUB_PAT]"}
    (error,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert ("larger than" if kind == "large" else "not a regular file") in error
    assert PASSWORD not in error
    with pytest.raises(ValueError, match="rules cannot be read"):
        prestop.Scrubber(rules=rules)


def test_a_secret_that_enters_the_environment_is_known_at_the_next_write(
    monkeypatch: pytest.MonkeyPatch, target: Path
) -> None:
    value = "plain-looking-words-of-a-passphrase-93"
    assert stored({"note": value}, target) == {"note": value}
    monkeypatch.setenv("MY_SERVICE_PASSWORD", value)
    assert stored({"note": value}, target) == {"note": "[REDACTED:MY_SERVICE_PASSWORD]"}


def test_a_secret_that_was_rotated_stays_known(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    old, new = "plain-looking-words-of-a-passphrase-93", "other-words-that-took-their-place-47"
    monkeypatch.setenv("MY_SERVICE_PASSWORD", old)
    stored({}, target)
    monkeypatch.setenv("MY_SERVICE_PASSWORD", new)
    assert stored({"note": f"{old} {new}"}, target) == {
        "note": "[REDACTED:MY_SERVICE_PASSWORD] [REDACTED:MY_SERVICE_PASSWORD]"
    }
    monkeypatch.delenv("MY_SERVICE_PASSWORD")
    assert new not in stored({"note": new}, target)["note"]


def test_of_a_faulty_file_every_rule_that_loads_is_used(
    monkeypatch: pytest.MonkeyPatch, target: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = (
        'id = "acme"\nlabel = "ACME"\ndescription = "d"\nkeywords = ["acme_"]\npattern = "acme_[a-z]{10}"\n'
    )
    bad = good.replace('id = "acme"', 'id = "broken"').replace("{10}", "{10")
    tail = 'source = "s"\npositive = ["«acme_abcdefghij»"]\nnegative = ["acme_"]\n'
    rules = tmp_path / "rules.toml"
    rules.write_text(f"[[rule]]\n{bad.replace('[a-z]', '[a-z')}{tail}[[rule]]\n{good}{tail}")
    monkeypatch.setenv("PRESTOP_RULES", str(rules))
    assert stored({"note": "x acme_abcdefghij y"}, target) == {"note": "x [REDACTED:ACME] y"}
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and "broken" in errors[0]


@pytest.mark.parametrize("known", ["environment", "added"])
def test_a_secret_that_is_not_utf8_is_known_in_every_spelling(
    monkeypatch: pytest.MonkeyPatch, target: Path, known: str
) -> None:
    part = letters(9, 81)
    raw = b"hun" + b"ter2\xff" + part.encode()
    value = os.fsdecode(raw)
    if known == "environment":
        monkeypatch.setenv("MY_PASSWORD", value)
    else:
        prestop.add_secret("MY_PASSWORD", value)
    for text in (value, raw.decode(errors="replace"), part, raw):
        assert stored({"note": text}, target) == {"note": "[REDACTED:MY_PASSWORD]"}
    if known == "environment":
        scrubber = prestop.Scrubber.from_environment()
        assert scrubber.scrub_text(f"say {value}") == "say [REDACTED:MY_PASSWORD]"
        assert scrubber.scrub_bytes(b"say " + raw) == b"say [REDACTED:MY_PASSWORD]"


def test_an_environment_that_is_not_text_costs_nothing(monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
    monkeypatch.setenv("ODD_TOKEN", "\udc80\udc81-odd-value")
    monkeypatch.setenv("PRESTOP_PRESET", "\udc80")
    assert stored({"note": f"x {GITHUB}"}, target) == {"note": "x [REDACTED:GITHUB_PAT]"}
