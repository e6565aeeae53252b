"""One design system: colours and sizes of type are tokens, and every token that a style asks for exists."""

import json
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


def test_what_stands_outside_the_styles_has_the_colours_of_the_tokens():
    """The bars of phones, the installed site, and the page without network, which has no style at hand."""
    tokens = dict(re.findall(r"--([\w-]+): (light-dark\([^)]*\));", (ROOT / "static/css/tokens.css").read_text()))
    bars = re.findall(r'name="theme-color" content="(#\w+)"', (ROOT / "templates/_look.html").read_text())
    assert f"light-dark({', '.join(bars)})" == tokens["surface"]
    manifest = json.loads((ROOT / "static/root/site.webmanifest").read_text())
    assert tokens["surface"].endswith(f"{manifest['theme_color']})")
    assert tokens["bg"].endswith(f"{manifest['background_color']})")
    worker = (ROOT / "static/root/push-worker.js").read_text()
    used = set(re.findall(r"light-dark\([^)]*\)", worker))
    assert len(used) > 5
    assert used <= set(tokens.values())


STATE = r"\.(?:empty|nothing|reading|said-now|misread|errors|message|old|alarm|pulse)"
DRAWS = re.compile(r"(?:^|[;{\s])(?:color|background|border(?!-radius)[\w-]*|font[\w-]*|text-decoration)\s*:")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


@pytest.mark.parametrize("path", [path for path in OTHERS if path.name != "base.css"], ids=lambda path: path.name)
def test_a_state_looks_the_same_on_every_page(path):
    """Pages give it room (``base.css`` gives it its look)."""
    found = [
        selector.strip()
        for selector, told in RULE.findall(rules(path))
        if re.search(rf"{STATE}(?::[\w-]+(?:\([^)]*\))?)*\s*(?:,|$)", selector.strip()) and DRAWS.search(told)
    ]
    assert [selector for selector in found if not selector.startswith(".guide")] == []


def test_the_style_guide_shows_every_state_by_what_pages_show_it_with():
    page = (ROOT / "templates/styleguide/page.html").read_text()
    parts = [(ROOT / "templates" / name).read_text() for name in re.findall(r'include "([^"]+)"', page)]
    shown = page + "".join(parts) + (ROOT / "templates/_message.html").read_text()
    classes = {name for told in re.findall(r'class="([^"{]+)', shown) for name in told.split()}
    states = re.search(r"/\* States:.*?\n\.look \{", (ROOT / "static/css/base.css").read_text(), re.DOTALL)
    drawn = set(re.findall(r"^\.([\w-]+)", states[0], re.MULTILINE)) - {"look"}
    assert len(drawn) >= 9
    assert drawn <= classes
