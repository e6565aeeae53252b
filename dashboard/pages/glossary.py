"""``/glossary/``: what the hard words mean. Each entry can be linked to by its name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.pages.glossary_terms import TERMS


async def glossary(request: HttpRequest) -> HttpResponse:
    """All entries, by name."""
    terms = sorted(TERMS.items(), key=lambda entry: entry[1].name.lower())
    return render(request, "glossary/page.html", {"terms": terms})
