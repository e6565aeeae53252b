"""The page on which all pictures of the gallery are looked at, side by side."""

from collections.abc import Iterable
from html import escape
from itertools import product
from pathlib import Path
from typing import NamedTuple

STYLE = """
body { margin: 2rem; font: 14px/1.5 sans-serif; background: #777; color: #fff; }
a { color: inherit; }
section > div { display: flex; gap: 1rem; align-items: start; margin: 0 0 2rem; overflow-x: auto; }
img { display: block; height: 340px; width: auto; max-width: 60vw;
  object-fit: cover; object-position: top; border: 1px solid #444; }
"""


class Picture(NamedTuple):
    """Of one state of a page, in a chapter of a tour."""

    chapter: str
    name: str

    def file(self, size: str, scheme: str) -> str:
        """Where it lies in the folder."""
        return f"{self.chapter}.{self.name}.{size}.{scheme}.png"


def write_index(folder: Path, chapters: list[str], sizes: Iterable[str], schemes: Iterable[str]) -> Path:
    """Write ``index.html`` of all pictures that are in the folder; returns where it is."""
    taken = {Picture(*path.name.split(".")[:2]): path.stat().st_mtime_ns for path in folder.glob("*.*.*.*.png")}
    ways = list(product(sizes, schemes))
    parts = [
        section(name, [one for one in sorted(taken, key=taken.__getitem__) if one.chapter == name], ways)
        for name in chapters
    ]
    links = " · ".join(f'<a href="#{name}">{name}</a>' for name in chapters)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title><style>{STYLE}</style>'
    index = folder / "index.html"
    index.write_text(f"{head}<h1>Gallery</h1><p>{links}</p>{''.join(parts)}</html>\n")
    return index


def section(chapter: str, pictures: list[Picture], ways: list[tuple[str, str]]) -> str:
    """A chapter's pictures, each in all sizes and themes on one line."""
    lines = "".join(
        f"<h3>{escape(one.name)}</h3><div>{''.join(shown(one, *way) for way in ways)}</div>" for one in pictures
    )
    return f'<section id="{chapter}"><h2>{chapter}</h2>{lines}</section>'


def shown(picture: Picture, size: str, scheme: str) -> str:
    """One of them, small, with a link to all of it."""
    file = escape(picture.file(size, scheme))
    return f'<a href="{file}"><img src="{file}" alt="{escape(picture.name)}, {size}, {scheme}" loading="lazy"></a>'
