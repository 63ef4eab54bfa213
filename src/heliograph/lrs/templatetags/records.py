"""How pages show statements."""

from django import template
from django.utils.safestring import SafeString

from heliograph.lrs.browser import highlighting

register = template.Library()


@register.filter
def json(text: str) -> SafeString:
    """JSON indented, its parts told apart."""
    return highlighting.highlighted(text)
