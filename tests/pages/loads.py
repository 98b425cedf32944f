"""What a page makes the browser fetch, and where it links to."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Elements that fetch a resource, with the attribute that names it.
_FETCHING = {
    "audio": ("src",),
    "embed": ("src",),
    "form": ("action",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
# Links for machines, which fetch nothing.
_FETCHES_NOTHING = {"canonical", "alternate", "prev", "next", "edit", "license", "author"}
_IN_STYLE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)""", re.IGNORECASE)


def elsewhere(target: str) -> bool:
    """Return whether an address is on another server."""
    return (
        re.match(r"(?:[a-z][a-z0-9+.-]*:)?//|(?:https?|ftp|wss?):", target.strip(), re.IGNORECASE) is not None
    )


def of_style(text: str) -> list[str]:
    """Return what a style sheet fetches from elsewhere."""
    return [found for found in _IN_STYLE.findall(text) if elsewhere(found)]


class Reader(HTMLParser):
    """Reads one page: `loads` from elsewhere, `links` within the site, and the `policy` it sets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.policy = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._inside = tag
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given.get("content", "")
        self.loads += of_style(given.get("style", ""))
        for name, value in given.items():
            if name in _FETCHING.get(tag, ()):
                if tag == "link" and set(given.get("rel", "").lower().split()) <= _FETCHES_NOTHING:
                    continue
                self.loads += [part for part in value.split(",") if elsewhere(part)]
            if name in ("href", "src") and value and not elsewhere(value):
                self.links.append(value)

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.loads += of_style(data)
        elif self._inside == "script":
            # What the page's own code fetches; the code of the theme is bound by the policy of the page.
            self.loads += re.findall(r"""(?:import\(|fetch\(|importScripts\()\s*["'](https?:[^"']+)""", data)

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""
