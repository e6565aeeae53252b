"""The commands in the documents: lines of shell blocks, and what stands between backticks and begins as one."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
GIVEN = re.compile(r"[A-Z][A-Z0-9_]*=")
PROGRAMS = "python|python3|manage.py|make|npm|pytest|locust|docker|kubectl|systemctl|curl|cp|psql|git"
HERE = "/opt/dashboard/"
"""Where the checkout is in what is said of systemd."""
BEGINS = re.compile(rf"\s*(?:[A-Z_]+=\S* )*(?:[\w./-]*/)?(?:{PROGRAMS}) ")


@dataclass(frozen=True)
class Command:
    """``words``, after the variables that are ``given`` to it; ``is_whole``: in a block, to be typed so."""

    page: str
    line: str
    is_whole: bool
    words: list[str] = field(hash=False)
    given: dict[str, str] = field(hash=False)

    @property
    def program(self) -> str:
        """``python manage.py x`` is of ``manage.py``, whatever Python."""
        words = self.words
        name = words[0].rpartition("/")[2]
        if name.startswith("python") and words[1] == "manage.py":
            return "manage.py"
        return "python" if name == "python3" else name

    @property
    def rest(self) -> list[str]:
        """What the program is told."""
        at = self.words.index("manage.py") if self.program == "manage.py" else 0
        return [word for word in self.words[at + 1 :] if word != "…"]


def commands() -> Iterator[Command]:
    """All of them, page by page."""
    for page in PAGES:
        text = page.read_text()
        for lang, block in FENCE.findall(text):
            for line in block.replace("\\\n", " ").splitlines() if lang == "sh" else ():
                yield from _taken_apart(page.name, line, is_whole=True)
        for line in re.findall(r"`([^`\n]+)`", prose(text)):
            if BEGINS.match(line):
                yield from _taken_apart(page.name, line, is_whole=False)


def prose(text: str) -> str:
    """A page without its blocks."""
    return FENCE.sub("", text)


def hidden(text: str) -> list[str]:
    """Lines that look like a command where none is looked for: in blocks of another kind, or indented."""
    blocks = [block for lang, block in FENCE.findall(text) if lang != "sh"]
    lines = [line for line in prose(text).splitlines() if line.startswith("    ")]
    return [line for line in [*lines, *"".join(blocks).splitlines()] if BEGINS.match(line)]


def _taken_apart(page: str, line: str, is_whole: bool) -> Iterator[Command]:
    for part in line.split(" && "):
        words = shlex.split(part, comments=True)
        given = {}
        while words and GIVEN.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            given[name] = value
        if words:
            yield Command(page, line.strip(), is_whole, words, given)


ALL = list(commands())


def of(*programs: str) -> list[Command]:
    """The commands of these programs."""
    return [one for one in ALL if one.program in programs]


def accepted(words: list[str], is_whole: bool = True) -> None:
    """Raise unless ``manage.py`` has this command with these arguments."""
    command = load_command_class(get_commands()[words[0]], words[0])
    parser: ArgumentParser = command.create_parser("manage.py", words[0])
    if is_whole or len(words) > 1:
        parser.parse_args(words[1:])


def after(words: list[str], *flags: str) -> list[str]:
    """What follows each of the flags."""
    return [words[index + 1] for index, word in enumerate(words) if word in flags]
