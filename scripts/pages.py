"""A MkDocs hook (mkdocs.yml) that completes the site.

Texts elsewhere in the repository become pages too: README.md is the first page, the others are at the root,
the reference is made from include/prestop.h, and every file or directory that a page links to has a page.
Each page forbids the browser to load anything from elsewhere.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import header_page  # noqa: E402 - it is beside this file, which is not imported as part of a package

# Texts at the root, and the page made from each.
TEXTS = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
LANGUAGES = {".mod": "text", ".h": "c", ".cpp": "cpp", ".js": "javascript", ".rs": "rust", ".py": "python"}
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)(?=[)#])")
# `file:` is for pages read without a server, where not every browser counts other files as 'self'.
_OWN = "'self' file:"
POLICY = (
    f"default-src 'none'; script-src {_OWN} 'unsafe-inline'; style-src {_OWN} 'unsafe-inline'; font-src {_OWN}; "
    f"img-src {_OWN} data:; connect-src {_OWN}; worker-src {_OWN}"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from other files."""
    made = {page: _with_links((ROOT / text).read_text("utf-8"), text) for text, page in TEXTS.items()}
    made["reference/c.md"] = header_page.page(ROOT / "include/prestop.h")
    texts = [(ROOT / text).read_text("utf-8") for text in TEXTS]
    texts += [page.read_text("utf-8") for page in Path(config.docs_dir).glob("**/*.md")]
    made |= _sources({found for text in texts for found in re.findall(r"\]\(((?:\.\./)*[\w./-]+)", text)})
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to the pages made from those files."""
    if page.file.generated_by is not None:
        return markdown
    return _with_links(markdown, posixpath.join("docs", page.file.src_uri))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Forbid the page to load anything from elsewhere."""
    return _with_policy(output)


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """Forbid the page for missing addresses (404.html) to load anything from elsewhere."""
    return _with_policy(output) if template_name == "404.html" else output


@event_priority(-100)
def on_post_build(config: MkDocsConfig) -> None:
    """Write the search index once more as a script: a page that is read from a file cannot fetch it."""
    search = Path(config.site_dir) / "search"
    index = (search / "search_index.json").read_text("utf-8")
    (search / "search_index.js").write_text(f"var __index = {index};\n", "utf-8")


def _with_policy(html: str) -> str:
    return html.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}">', 1)


def _with_links(text: str, place: str) -> str:
    """Return the text of the file at `place` (relative to the root) with its links as needed on its page."""
    here = posixpath.dirname(_page_of(place))

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), found[1]))
        return posixpath.relpath(_page_of(target), here or ".")

    return LINK.sub(link, text)


def _page_of(target: str) -> str:
    """Return the page that shows a file of the repository."""
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return TEXTS.get(target) or f"source/{target}.md"


def _sources(targets: set[str]) -> dict[str, str]:
    """Return pages that show the files, and list the directories, among the targets of links."""
    made = {}
    for target in targets:
        name = re.sub(r"^(\.\./)+", "", target).rstrip("/")
        path = ROOT / name
        if name in TEXTS or name.startswith("docs/") or not path.exists() or (ROOT / "docs" / name).exists():
            continue
        if path.is_dir():
            tracked = subprocess.run(
                ["git", "ls-files", name], cwd=ROOT, check=True, capture_output=True, text=True
            ).stdout.split()
            links = "\n".join(
                f"- [{file}]({posixpath.relpath(file, posixpath.dirname(name) or '.')}.md)"
                for file in tracked
            )
            made[f"source/{name}.md"] = f"# {name}\n\n{links}\n"
            made |= {f"source/{file}.md": _shown(file) for file in tracked}
        else:
            made[f"source/{name}.md"] = _shown(name)
    return made


def _shown(name: str) -> str:
    path = ROOT / name
    language = LANGUAGES.get(path.suffix, path.suffix.removeprefix(".") or "text")
    return f"# {name}\n\n````{language}\n{path.read_text('utf-8')}````\n"
