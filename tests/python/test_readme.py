"""Every block of code in the README and the pages runs, or is parsed if it cannot do anything by itself."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import prestop

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))

from blocks import LANGUAGES, ROOT, Block, every, of, to_run

# In a block of shell, `make VERB` is looked up and not run: most of the verbs would run these tests first.
SHELL = """
set -euo pipefail
make() { command make --dry-run --directory="$ROOT" "$@" >/dev/null; }
"""


def blocks(*languages: str) -> list[Any]:
    """Return the blocks of these languages as parameters, named by page and line."""
    return [pytest.param(block, id=block.name) for block in to_run(*languages)]


def run(command: list[str], directory: Path) -> None:
    environ = {
        **os.environ,
        "AGENT_SNAPSHOT_PATH": str(directory / "snapshot.json"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ROOT": str(ROOT),
    }
    done = subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, check=False, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_blocks_of_every_language() -> None:
    for language, least in {
        "python": 9,
        "json": 4,
        "toml": 2,
        "sh": 2,
        "console": 4,
        "c": 2,
        "rust": 1,
    }.items():
        assert len(to_run(language)) >= least, language


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in every()])
def test_block_is_run_by_somebody(block: Block) -> None:
    assert block.language in LANGUAGES or block.reason, "a language that no test runs"
    assert not block.reason or (block.language != "text" and len(block.reason.split()) >= 4), "not a reason"
    assert block.reason or block.language == "text" or (ROOT / LANGUAGES[block.language]).exists()


def test_few_blocks_are_not_run() -> None:
    assert len([block for block in every() if block.reason]) * 5 <= len(every())


def test_blocks_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run: it needs a cluster -->\n\n```sh\na\n```\n\n- x\n\n  ````toml\n  ```\n  b\n  ````\n"
    )
    assert [(block.line, block.language, block.text, block.reason) for block in of(page)] == [
        (3, "sh", "a\n", "it needs a cluster"),
        (9, "toml", "```\nb\n", ""),
    ]
    page.write_text("```\na\n")
    with pytest.raises(ValueError, match="no end"):
        of(page)


@pytest.mark.parametrize("block", blocks("json"))
def test_block_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_block_is_yaml(block: Block) -> None:
    assert all(list(yaml.safe_load_all(block.text)))


@pytest.mark.parametrize("block", blocks("toml"))
def test_block_is_toml(block: Block, tmp_path: Path) -> None:
    tables = tomllib.loads(block.text)
    if rules := tables.get("rule") or tables.get("rules"):
        file = tmp_path / "rules.toml"
        file.write_text(block.text)
        before = {rule.id for rule in prestop.Scrubber().rules}
        after = {rule.id for rule in prestop.Scrubber(rules=file).rules}
        assert len(after - before) == len(rules)


@pytest.mark.parametrize("block", blocks("python"))
def test_block_of_python_runs(block: Block, tmp_path: Path) -> None:
    run([sys.executable, "-W", "error", "-c", block.text], tmp_path)


@pytest.mark.parametrize("block", blocks("sh"))
def test_block_of_shell_runs(block: Block, tmp_path: Path) -> None:
    run(["bash", "-c", SHELL + block.text], tmp_path)


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_of_a_session_run(block: Block, tmp_path: Path) -> None:
    commands = re.findall(r"^\$ (.*)$", block.text, re.MULTILINE)
    assert commands
    run(["bash", "-c", SHELL + "\n".join(commands)], tmp_path)


def test_pages_with_rust_are_documentation_tests() -> None:
    root = (ROOT / "src/lib.rs").read_text("utf-8")
    pages = {block.page for block in to_run("rust")}
    assert [page for page in pages if f'include_str!("../{page.relative_to(ROOT)}")' not in root] == []
    # The published crate must include them, or its documentation tests do not compile.
    crate = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["package"]
    included = re.findall(r'include_str!\("\.\.(/docs/[^"]+)"\)', root)
    assert included and set(included) <= set(crate["include"])
