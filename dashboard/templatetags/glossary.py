"""``{% term "premium" %}``: a hard word on a page, explained on the spot and linked to its entry."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.pages.glossary_terms import TERMS

register = template.Library()


@register.simple_tag
def term(key: str, text: str = "") -> SafeString:
    """The word, a link; its sentence shows under the pointer or while it has the focus. KeyError without entry.

    It needs no script, and a finger gets to the entry itself.
    """
    entry = TERMS[key]
    return format_html(
        '<a class="term" href="{}#{}" aria-description="{}" data-says="{}">{}</a>',
        reverse("glossary"),
        key,
        entry.short,
        entry.short,
        text or entry.name,
    )
