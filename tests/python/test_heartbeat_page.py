"""docs/heartbeat.md: its examples are what is sent, its pictures match the sources beside them."""

from __future__ import annotations

import asyncio
import html
import json
import re
from pathlib import Path

import pytest
from platform_server import platform

from prestop import heartbeat

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = re.findall(
    r"^```json\n(.*?)^```$", (DOCS / "heartbeat.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


async def test_the_examples_are_what_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    beat, result, told, noted = (json.loads(one) for one in EXAMPLES)
    file = tmp_path / "results.jsonl"
    monkeypatch.setattr(heartbeat, "DELEGATION_RESULTS_FILE", str(file))
    row = {name: value for name, value in result.items() if name != "timestamp"}
    async with platform(rows=[row], workspaces={"ws-1": {"name": "one"}}) as one:
        loop = heartbeat.HeartbeatLoop(
            one.url, "ws-1", auth=dict, wedge=lambda: None, metadata=lambda: beat["runtime_metadata"]
        )
        loop.request_count, loop.error_count, loop.sample_error = 40, 1, beat["sample_error"]
        loop.active_tasks, loop.current_task = 1, beat["current_task"]
        loop.start()
        async with asyncio.timeout(30):
            while not one.sent("/notify"):
                await asyncio.sleep(0.01)
        await loop.stop()
        sent = one.sent("/heartbeat")[0].json
        assert sent | {"uptime_seconds": 61} == beat
        assert json.loads(file.read_text()) | {"timestamp": result["timestamp"]} == result
        assert one.sent("/a2a")[0].json == told
        assert one.sent("/notify")[0].json == noted


@pytest.mark.parametrize("source", sorted((DOCS / "pictures").glob("*.dot")), ids=lambda path: path.stem)
def test_a_picture_shows_what_its_source_says(source: Path) -> None:
    drawn = html.unescape(source.with_suffix(".svg").read_text("utf-8"))
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", drawn.replace("\xa0", " "))
    labels = re.findall(r'label="([^"]*)"', source.read_text("utf-8"))
    assert sorted(shown) == sorted(line for label in labels for line in label.split("\\n"))
