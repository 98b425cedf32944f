#!/usr/bin/env python3
"""Expand the shared vectors into a form that needs no JSON parser: fields with their lengths.

    python3 tests/vectors/expand.py [NAME-PREFIX...] > vectors.flat

The form, and that of the files it is made from, are described in README.md beside this program. It needs nothing
but Python 3.11; the Python tests import it.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

HERE = Path(__file__).resolve().parent
CALLS = ("text", "json", "build", "read", "payload", "inbound_secret", "delegations")

# Fields that are a JSON value in the file; the second word says how a runner gets its text.
COMPACT = ("options", "state", "built", "payload")
DOCUMENTS = ("document", "restored", "snapshot")

Vector = dict[str, Any]
Fields = list[tuple[str, bytes]]


def vectors(prefixes: tuple[str, ...] = ()) -> Iterator[tuple[str, Fields]]:
    """Give the name and the fields of every vector whose name begins with one of the prefixes, in order."""
    seen: set[str] = set()
    for path in sorted(HERE.glob("*/*.json")):
        collection = json.loads(path.read_text(encoding="utf-8"))
        stem = path.relative_to(HERE).with_suffix("").as_posix()
        for own in collection["vectors"]:
            vector = {**collection.get("defaults", {}), **own}
            for name, fields in _fields(stem, vector):
                if name in seen:
                    raise ValueError(f"two vectors are named {name}")
                seen.add(name)
                if not prefixes or name.startswith(prefixes):
                    yield name, fields


def text(form: Any) -> bytes:
    """The bytes that a text of the notation stands for."""
    match form:
        case str():
            return form.replace("{join}", "").encode("utf-8", "surrogatepass")
        case list():
            return b"".join(map(text, form))
        case {"times": int(times), "text": inner}:
            return text(inner) * times
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"json": value}:
            return compact(value)
        case {"quoted": inner}:
            return json.dumps(text(inner).decode(), ensure_ascii=False).encode()
        case {"base64": inner}:
            return base64.b64encode(text(inner))
    raise ValueError("no text of the notation")


def compact(value: Any) -> bytes:
    """A JSON value on one line, as Python's `json.dumps` spells it."""
    return json.dumps(_joined(value), ensure_ascii=False).encode()


def document(value: Any) -> bytes:
    """A JSON value in the layout of a snapshot's file."""
    return json.dumps(_joined(value), ensure_ascii=False, indent=2).encode()


def _joined(value: Any) -> Any:
    """The value without the joints in its strings and keys."""
    match value:
        case str():
            return value.replace("{join}", "")
        case list():
            return [_joined(item) for item in value]
        case dict():
            return {_joined(key): _joined(item) for key, item in value.items()}
    return value


def _fields(stem: str, vector: Vector) -> Iterator[tuple[str, Fields]]:
    call = vector["call"]
    if call not in CALLS:
        raise ValueError(f"{stem}/{vector['name']}: no call {call!r}")
    name = f"{stem}/{vector['name']}"
    if call not in ("text", "json", "build", "read"):
        yield name, [("call", call.encode()), *_body(call, vector)]
        return
    presets = vector["preset"]
    for preset in [presets] if isinstance(presets, str) else presets:
        options = compact({"preset": preset, **vector.get("options", {})})
        yield f"{name}/{preset}", [("call", call.encode()), ("options", options), *_body(call, vector)]


def _body(call: str, vector: Vector) -> Iterator[tuple[str, bytes]]:
    for key, form in vector.items():
        match key:
            case "name" | "why" | "call" | "preset" | "options":
                continue
            case "only":
                yield key, " ".join(form).encode()
            case "error" | "source" | "pending":
                yield key, form.encode()
            case "findings":
                for label, found in form:
                    yield "finding_label", label.encode()
                    yield "finding_text", text(found)
            case "gone" | "kept":
                for part in form:
                    yield key, text(part)
            case "input" | "output" if call == "json":
                yield key, (compact if key == "input" else document)(form)
            case "input_text" | "output_text" if call == "json":
                yield key.removesuffix("_text"), text(form)
            case "snapshot_text" | "state_text":
                yield key.removesuffix("_text"), text(form)
            case "steps":
                for step in form:
                    yield from _step(step)
            case _ if key in COMPACT:
                yield key, compact(form)
            case _ if key in DOCUMENTS:
                yield key, document(form)
            case "input" | "output" | "file" | "previous" | "body" | "secret" | "place" | "workspace_id":
                yield key, text(form)
            case _:
                raise ValueError(f"{vector['name']}: no field {key!r}")


def _step(step: Vector) -> Iterator[tuple[str, bytes]]:
    for key, form in step.items():
        match key:
            case "gone" | "kept":
                for part in form:
                    yield key, text(part)
            case "at" | "due":
                yield key, str(form).encode()
            case "ingest" | "ingested" | "confirm" | "wake_up":
                yield key, compact(form)
            case _:
                raise ValueError(f"no step {key!r}")


def write(out: BinaryIO, prefixes: tuple[str, ...]) -> None:
    """Write the vectors as `NAME LENGTH`, a line break, the bytes, a line break; `end 0` closes each vector."""
    for name, fields in vectors(prefixes):
        for key, value in [("vector", name.encode()), *fields, ("end", b"")]:
            out.write(b"%s %d\n%s\n" % (key.encode(), len(value), value))


if __name__ == "__main__":
    write(sys.stdout.buffer, tuple(sys.argv[1:]))
