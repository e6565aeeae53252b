"""The browser's scrubber (static/js/scrub.js) against the same texts as the server's."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.monitoring.secrets_planted import NAMED, PLAIN, core, plain
from tests.monitoring.test_scrub import KEPT

ROOT = Path(__file__).resolve().parents[2]
RUN = """
const { scrub, scrubValue } = await import(process.argv[1]);
let text = "";
for await (const piece of process.stdin) text += piece;
const { texts, value } = JSON.parse(text);
const said = texts.map(scrub);
console.log(JSON.stringify({ texts: said, twice: said.map(scrub), value: scrubValue(value) }));
"""
SERVER_ONLY = {"SQL"}
"""Statements are not seen by browsers."""


def in_node(texts, value=None):
    """What the script makes of texts and of a structure."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", RUN, str(ROOT / "static/js/scrub.js")],
        input=json.dumps({"texts": texts, "value": value}), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.node
def test_no_secret_that_the_server_knows_by_its_looks_comes_out_of_the_script():
    secrets = [(kind, plain(kind, seed)) for kind in PLAIN for seed in range(20)]
    texts = [f"about {secret} in 3 ms" for _kind, secret in secrets]
    said = in_node(texts)
    told = zip(secrets, said["texts"], strict=True)
    assert [(kind, secret, text) for (kind, secret), text in told if core(secret) in text] == []
    assert said["twice"] == said["texts"]


@pytest.mark.node
def test_any_word_is_hidden_in_the_script_too_where_a_secret_stands():
    texts = [made("zqHunter7") for around, made in NAMED.items() if around not in SERVER_ONLY]
    assert [text for text in in_node(texts)["texts"] if "zqHunter7" in text] == []


@pytest.mark.node
def test_what_debugging_needs_stays_in_the_script_too():
    assert in_node(list(KEPT))["texts"] == list(KEPT)


@pytest.mark.node
def test_structures_lose_secrets_by_name_and_users_and_keep_what_joins_reports():
    wallet = plain("wallet", 3)
    given = {
        "event_id": "0123456789abcdef0123456789abcdef",
        "user": {"id": 7},
        "extra": {"sessionKey": "short", "rows": [wallet, 12.5, None, True], wallet: 1},
        "frames": [{"filename": "https://site.example/static/js/page.js?x=1", "lineno": 12}],
    }
    assert in_node([], given)["value"] == {
        "event_id": "0123456789abcdef0123456789abcdef",
        "extra": {"sessionKey": "[hidden]", "rows": ["[address]", 12.5, None, True], "[address]": 1},
        "frames": [{"filename": "app:///static/js/page.js", "lineno": 12}],
    }
