"""The site that `make docs` built is complete and needs nothing but itself."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from loads import Reader, of_style

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
PAGES = sorted(SITE.glob("**/*.html"))
OURS = [page for page in PAGES if (SITE / "rust") not in page.parents]


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://example.org/x.js"></script>',
        "<script src=//example.org/x.js></script>",
        '<link rel="stylesheet" href="HTTPS://example.org/x.css">',
        '<link rel="preconnect" href="https://example.org">',
        '<img srcset="x.png, https://example.org/x.png 2x">',
        '<p style="background: url(http://example.org/x.png)">',
        "<style>@import 'https://example.org/x.css';</style>",
        '<style>@font-face { src: url( "//example.org/x.woff2" ) }</style>',
        '<script>fetch("https://example.org/x")</script>',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_a_load_from_elsewhere_is_seen(html: str) -> None:
    assert len(Reader(html).loads) == 1


def test_no_page_loads_anything_from_elsewhere() -> None:
    assert len(OURS) > 15, "make docs"
    for page in PAGES:
        assert Reader(page.read_text("utf-8")).loads == [], page
    sheets = [*SITE.glob("**/*.css"), *SITE.glob("**/*.svg")]
    assert sheets
    for sheet in sheets:
        assert of_style(sheet.read_text("utf-8")) == [], sheet


def test_pages_forbid_the_browser_to_load_from_elsewhere() -> None:
    for page in OURS:
        policy = Reader(page.read_text("utf-8")).policy
        assert policy.startswith("default-src 'none'; "), page
        sources = {source for part in policy.split(";") for source in part.split()[1:]}
        assert sources <= {"'none'", "'self'", "'unsafe-inline'", "data:", "file:"}, page


def test_links_lead_somewhere() -> None:
    for page in OURS:
        if page.name == "404.html":  # its links start at the root of a server
            continue
        for link in Reader(page.read_text("utf-8")).links:
            path = unquote(urlsplit(link).path)
            if path and not link.startswith(("mailto:", "data:")):
                assert (page.parent / path).exists(), f"{page}: {link}"


def test_every_text_is_a_page() -> None:
    for source in (ROOT / "docs").glob("**/*.md"):
        assert (SITE / source.relative_to(ROOT / "docs")).with_suffix(".html").exists(), source
    for name in ("index", "security", "contributing", "changelog"):
        assert (SITE / f"{name}.html").exists()
    for crate in ("prestop", "prestop_agent"):
        assert (SITE / "rust" / crate / "index.html").exists()


def test_the_search_knows_every_page() -> None:
    entries = json.loads((SITE / "search/search_index.json").read_text("utf-8"))["docs"]
    known = {entry["location"].partition("#")[0] for entry in entries}
    assert {str(page.relative_to(SITE)) for page in OURS} - {"404.html"} <= known


def test_every_name_of_the_header_is_explained() -> None:
    header = (ROOT / "include/prestop.h").read_text("utf-8")
    names = set(re.findall(r"\bprestop_\w+(?=\()|(?<=^typedef struct )prestop_\w+", header, re.MULTILINE))
    assert len(names) > 25
    page = (SITE / "reference/c.html").read_text("utf-8")
    assert [name for name in sorted(names) if f'id="{name}"' not in page] == []


def test_every_name_of_the_package_is_explained() -> None:
    module = ast.parse((ROOT / "python/prestop/__init__.py").read_text("utf-8"))
    homes = next(
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOMES"
    )
    modules = {path.stem for path in (ROOT / "python/prestop").glob("[!_]*.py")}
    # What is in `session` is explained as names of the package.
    names = (set(ast.literal_eval(homes)) | modules) - {"session"}
    page = (SITE / "reference/python.html").read_text("utf-8")
    assert [name for name in sorted(names) if f'id="prestop.{name}"' not in page] == []
    # What only the stub contains: how a class is created, and a function that has only overloads.
    assert re.search(r'id="prestop\.Scrubber".*?known_secrets', page, re.DOTALL)
    assert 'id="prestop.ScrubStream.feed"' in page


def test_the_search_finds_without_a_server(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=30000", "--dump-dom"]
    page = f"{(SITE / 'guides/rules.html').as_uri()}?q=indeterminate"
    done = subprocess.run([*command, page], check=True, capture_output=True, text=True, timeout=300)
    found = re.search(r'<ol class="md-search-result__list".*?</ol>', done.stdout, re.DOTALL)
    assert found and "durability.html" in found[0]
