"""No secret of any shape is in any file beside the snapshot, whatever happens to it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any
from unittest.mock import patch

from secrets_at_run_time import PASSWORD, SHAPES, private_key

from prestop.pre_stop import read_snapshot, write_snapshot


def test_the_canary_is_in_no_file_of_the_directory(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.json"
    secrets = [*SHAPES.values(), PASSWORD]
    lines: list[Any] = [f"it said {secret} then" for secret in SHAPES.values()]
    lines += [json.dumps({"content": json.dumps({"output": line})}) for line in lines]
    lines += [{"password": PASSWORD}, f"DB_PASSWORD={PASSWORD}", f"postgres://u:{PASSWORD}@db", private_key()]
    # A file as the replaced module left it: everything in the open.
    target.write_text(json.dumps({"adapter": {"transcript_lines": [str(line) for line in lines]}}))
    for number in range(3):
        assert write_snapshot({"n": number, "adapter": {"transcript_lines": lines}}, target) is True
    with patch("builtins.open", side_effect=OSError("no")):
        write_snapshot({"adapter": {"transcript_lines": lines}}, target)
    target.write_bytes(target.read_bytes()[:-20])
    read_snapshot(target)
    seen = 0
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        seen += 1
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 or file == target, file.name
        for secret in secrets:
            assert secret.encode() not in content, (file.name, secret[:4])
        for line in private_key().split("\n")[1:-1]:
            assert line.encode() not in content, file.name
    assert seen >= 2
