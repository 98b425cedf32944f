"""What the release scripts do to wheels and look for in them, on wheels made up here."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
INFO = "prestop-0.1.0.dist-info"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), ROOT / "scripts" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# The modules that they share are beside them.
SQUEEZE = script("squeeze")
WHEELS = script("wheels")
CHECK = script("check-wheels")


def wheel(
    directory: Path, *, place: str = "/prestop", serial: str = "1", more: Mapping[str, bytes] | None = None
) -> Path:
    """Create a wheel that is in order, except for the given content."""
    bill = {
        "serialNumber": f"urn:uuid:{serial}",
        "metadata": {
            "timestamp": f"2026-01-01T00:00:0{serial}Z",
            "component": {"bom-ref": f"path+file://{place}#x"},
        },
        "components": [{"name": name} for name in ("prestop", "pyo3", "regex-automata")],
    }
    files = {
        "lib/pre_stop.py": b"",
        "prestop/_core.abi3.so": b"\x7fELF /prestop/src/lib.rs /rustc/1/library/std/src/io.rs",
        "prestop/_core.pyi": b"",
        f"{INFO}/METADATA": b"/home/agent",
        f"{INFO}/licenses/LICENSE-MIT": b"",
        f"{INFO}/licenses/LICENSE-APACHE": b"",
        f"{INFO}/sboms/x.cyclonedx.json": json.dumps(bill).encode(),
        **(more or {}),
    }
    lines = [f"{name},sha256={digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{INFO}/RECORD"] = "\n".join([*lines, f"{INFO}/RECORD,,", ""]).encode()
    path = directory / "prestop-0.1.0-cp311-abi3-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def test_where_and_when_a_wheel_was_built_is_taken_out(tmp_path: Path) -> None:
    made = []
    for serial in ("1", "2"):
        (tmp_path / serial).mkdir()
        made.append(wheel(tmp_path / serial, place=str(ROOT), serial=serial))
    assert made[0].read_bytes() != made[1].read_bytes()
    assert CHECK.faults(made[0]) != []
    for path in made:
        WHEELS.settle(path, 1_700_000_000)
    assert made[0].read_bytes() == made[1].read_bytes()
    assert CHECK.faults(made[0]) == []
    with zipfile.ZipFile(made[0]) as archive:
        bill = json.loads(archive.read(f"{INFO}/sboms/x.cyclonedx.json"))
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert bill["metadata"]["component"]["bom-ref"] == "path+file:///prestop#x"


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("prestop/_core.abi3.so", b"x /root/.cargo/registry/src/a-1.0/src/lib.rs", "/root/.cargo/registry"),
        ("prestop/_core.abi3.so", b"\0/home/me/prestop/src/lib.rs\0", "/home/me/prestop/src/lib.rs"),
        (f"{INFO}/sboms/y.json", b'{"ref": "path+file:///home/me/prestop#x"}', "file:///home/me/prestop"),
        ("tests/test_x.py", b"", "not expected: tests/test_x.py"),
        ("prestop/secrets.txt", b"", "not expected: prestop/secrets.txt"),
        ("prestop/large.py", b"0" * 10, "bytes"),
    ],
)
def test_what_is_wrong_with_a_wheel_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, fault: str
) -> None:
    if fault == "bytes":
        monkeypatch.setattr(CHECK, "TOO_LARGE", 100)
    found = CHECK.faults(wheel(tmp_path, more={name: data}))
    assert any(fault in one for one in found), found


def test_a_wrong_record_is_found(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["lib/pre_stop.py"] = b"import os"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert CHECK.faults(path) == ["RECORD is wrong: lib/pre_stop.py"]


def test_a_tag_that_does_not_hold_is_found() -> None:
    new = {"overall_tag": "manylinux_2_17_x86_64", "sym_tag": "manylinux_2_17_x86_64"}
    plain = {"external_libs": {}, "unsupported_isa": False}
    assert CHECK.holds("manylinux_2_17_x86_64", new | plain)
    assert not CHECK.holds("manylinux_2_12_x86_64", new | plain)
    assert not CHECK.holds("manylinux_2_17_x86_64", new | plain | {"external_libs": {"libssl.so.3": None}})
    assert not CHECK.holds("manylinux_2_17_x86_64", new | plain | {"unsupported_isa": True})
    musl = {"overall_tag": "linux_aarch64", "sym_tag": "musllinux_1_2_aarch64", "unsupported_isa": False}
    assert CHECK.holds("musllinux_1_2_aarch64", musl | {"external_libs": {"libc.so": None}})
    assert not CHECK.holds("musllinux_1_1_aarch64", musl | {"external_libs": {"libc.so": None}})
    assert not CHECK.holds(
        "musllinux_1_2_aarch64", musl | {"external_libs": {"libc.so": None, "libgcc_s.so.1": None}}
    )


def test_an_interpreter_is_found_or_it_is_said_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = Path("prestop-0.1.0-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl")
    musl = Path("prestop-0.1.0-cp311-abi3-musllinux_1_2_x86_64.whl")
    assert CHECK.platforms(wheel) == ["manylinux2014_x86_64", "manylinux_2_17_x86_64"]
    monkeypatch.setattr(CHECK, "fits", lambda wheel, python: python == "/one/that/fits")
    assert CHECK.interpreter(wheel, ["/another", "/one/that/fits"]) == ("/one/that/fits", "")
    monkeypatch.setattr(CHECK.platform, "machine", lambda: "x86_64")
    for one in (wheel, musl, Path("prestop-0.1.0-cp311-abi3-macosx_11_0_arm64.whl")):
        assert CHECK.interpreter(one, []) == (None, "no interpreter here loads it")
    # For another processor an interpreter is downloaded; there are no packages for this processor.
    python, why = CHECK.interpreter(Path("prestop-0.1.0-cp311-abi3-manylinux_2_17_vax.whl"), [])
    assert python is None and "vax" in why


def test_no_rust_is_on_the_path_of_a_clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cargo").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin")
    assert str(tmp_path) not in CHECK.without_rust()["PATH"].split(":")


def test_a_squeezed_wheel_holds_the_same(tmp_path: Path) -> None:
    made = wheel(tmp_path, more={"prestop/text.py": b"a line of it\n" * 400})

    def contents() -> list[tuple[str, int, bytes]]:
        with zipfile.ZipFile(made) as archive:
            assert archive.testzip() is None
            return [
                (entry.filename, entry.external_attr, archive.read(entry)) for entry in archive.infolist()
            ]

    before = contents()
    SQUEEZE.squeeze(made)
    assert contents() == before and list(tmp_path.iterdir()) == [made]
