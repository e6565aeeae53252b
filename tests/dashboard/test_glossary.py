"""Hard words: each is explained where it stands, and leads to an entry that exists."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.template import Context, Template
from django.urls import reverse

from alerts.metrics import METRICS
from dashboard.pages.glossary_terms import OF_METRIC, TERMS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LINKS = Counter(
    key for path in TEMPLATES.rglob("*.html") for key in re.findall(r'{% term "([^"]+)"', path.read_text())
)


def test_every_link_leads_to_an_entry_and_every_entry_is_linked_from_a_page():
    assert set(LINKS) == set(TERMS)


def test_the_page_has_an_anchor_and_a_way_to_each_entry(client):
    page = client.get(reverse("glossary"))
    assert page.status_code == 200
    text = page.content.decode()
    for key, entry in TERMS.items():
        assert text.count(f'id="{key}"') == 1
        assert f'href="#{key}"' in text
        assert entry.name in text


def test_a_word_on_a_page_is_a_link_that_says_its_sentence_without_script():
    html = Template('{% load glossary %}{% term "premium" "Its premium" %}').render(Context())
    assert f'href="{reverse("glossary")}#premium"' in html
    assert html.endswith(">Its premium</a>")
    assert f'aria-description="{TERMS["premium"].short}"' in html


def test_a_word_without_entry_is_an_error_when_the_page_is_made():
    with pytest.raises(KeyError):
        Template('{% load glossary %}{% term "nonsense" %}').render(Context())


def test_what_an_alert_is_about_is_explained_beside_it_where_its_word_is_hard():
    assert OF_METRIC.keys() <= METRICS.keys()
    assert set(OF_METRIC.values()) <= TERMS.keys()
    line = Template("{% load glossary %}{% metric_term metric %}")
    html = line.render(Context({"metric": "liquidation_distance"}))
    assert f'href="{reverse("glossary")}#liquidation"' in html
    assert html.endswith(f"</a>: {TERMS['liquidation'].short}</p>")
    assert line.render(Context({"metric": "equity"})) == ""
