"""Nothing is kept that nobody uses: exports of scripts, partial templates."""

import re

from tests.documented import ROOT

IMPORT = r"(?:import|const)\s*\{([^}]*)\}\s*(?:from\s*|= await whenThere\(\(\) => import\()\"([^\"]+)\""
SCRIPTS = {path: path.read_text() for path in (ROOT / "static").rglob("*.js")}
TEMPLATES = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
PAGES = "".join(path.read_text() for folder in ("dashboard", "accounts") for path in (ROOT / folder).rglob("*.py"))


def test_every_export_of_a_script_is_imported_by_another():
    imported = {
        (path.parent / file).resolve() / name.strip().split(" ")[0]
        for path, text in SCRIPTS.items()
        for names, file in re.findall(IMPORT, text)
        for name in names.split(",")
    }
    exported = {
        path / name
        for path, text in SCRIPTS.items()
        for name in re.findall(r"^export (?:async )?(?:function\*?|const|let|class) (\w+)", text, re.M)
    }
    assert len(exported) > 30
    assert sorted(str(one) for one in exported - imported) == []


def test_every_partial_template_is_included_or_rendered():
    written = "".join(TEMPLATES.values()) + PAGES
    partials = [path.relative_to(ROOT / "templates") for path in TEMPLATES if path.name.startswith("_")]
    assert len(partials) > 30
    assert [str(one) for one in partials if f'"{one}"' not in written] == []
