"""Hard words of pages, explained on the spot and linked to their entries.

``{% term "premium" %}`` is such a word; ``{% metric_term alert.metric %}`` a line on that of an alert's metric.
"""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.pages.glossary_terms import OF_METRIC, TERMS

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


@register.simple_tag
def metric_term(metric: str) -> SafeString:
    """What the metric's word means, as a paragraph; nothing where it is plain."""
    key = OF_METRIC.get(metric)
    return format_html('<p class="help">{}: {}</p>', term(key), TERMS[key].short) if key else SafeString("")
