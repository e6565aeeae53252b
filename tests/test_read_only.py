"""Read-only on the exchange: nothing anywhere takes what could sign for somebody there."""

import re

from django.apps import apps
from django.forms import BaseForm
from django.urls import get_resolver

from dashboard.api.api import api
from tests.documented import ROOT


def test_nothing_that_people_or_programs_fill_in_is_a_private_key():
    asks = re.compile(r"private|mnemonic|seed|passphrase|api_?wallet|agent_?key")
    assert get_resolver().url_patterns, "with the views all forms are there"
    named = {f"{one.__name__}.{field}" for one in forms_of(BaseForm) for field in one.base_fields}
    named |= {f"{one.__name__}.{field.name}" for one in apps.get_models() for field in one._meta.fields}
    named |= {f"{name}.{field}" for name, one in schemas().items() for field in one.get("properties", ())}
    for file in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", file.read_text()):
            named |= {f"{file.name}.{name}" for name in re.findall(r'\b(?:name|placeholder)="([^"]*)"', tag)}
    assert len(named) > 500
    assert [one for one in sorted(named) if asks.search(one.lower())] == []


def forms_of(base: type) -> list[type]:
    """All forms that exist, with those of libraries."""
    below = [form for one in base.__subclasses__() for form in (one, *forms_of(one))]
    return [one for one in below if hasattr(one, "base_fields")]


def schemas() -> dict[str, dict]:
    """What the API is sent and what it answers."""
    return api.get_openapi_schema()["components"]["schemas"]
