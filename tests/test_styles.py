"""One design system: colours and sizes of type are tokens, and every token that a style asks for exists."""

import re

import pytest

from tests.e2e.running import ROOT

STYLES = sorted((ROOT / "static/css").glob("*.css"))
OTHERS = [path for path in STYLES if path.name != "tokens.css"]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|\b(?:rgba?|hsla?|oklch|light-dark)\(")
TYPE = re.compile(r"font(?:-size)?:[^;}/]*?[\d.]+(?:px|rem)\b")
DEFINED = re.compile(r"(?<![\w-])(--[\w-]+)\s*:")
USED = re.compile(r"var\((--[\w-]+)\)")


def rules(path) -> str:
    return COMMENT.sub("", path.read_text())


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_a_style_names_colours_and_sizes_of_type_by_their_tokens(path):
    assert COLOUR.findall(rules(path)) == []
    assert TYPE.findall(rules(path)) == []


def test_every_token_that_is_asked_for_exists_and_every_one_that_exists_is_asked_for():
    told = {path: rules(path) for path in STYLES}
    written = "".join(told.values())
    defined = set(DEFINED.findall(written))
    drawn = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    scripts = [path.read_text() for path in (ROOT / "static/js").glob("*.js")]
    elsewhere = set(re.findall(r"--[a-z][\w-]*", "".join(drawn + scripts)))
    assert set(USED.findall(written)) - defined - elsewhere == set()
    ours = set(DEFINED.findall(rules(ROOT / "static/css/tokens.css")))
    assert ours - set(USED.findall(written)) - elsewhere == set()
