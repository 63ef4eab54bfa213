"""How pages show statements."""

from django import template
from django.utils.safestring import SafeString

from heliograph.core.translation import grouped
from heliograph.lrs.browser import highlighting

register = template.Library()


@register.filter
def json(text: str) -> SafeString:
    """JSON indented, its parts told apart."""
    return highlighting.highlighted(text)


@register.filter
def up_to(count: int, most: int) -> str:
    """A count that was not counted further than ``most``: 10,000+."""
    return f"{grouped(most)}+" if count > most else grouped(count)
