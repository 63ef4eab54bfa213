"""How many requests an API key, or a person's tokens, may send within a minute."""

from heliograph.core.actor import Actor
from heliograph.core.errors import TooMany
from heliograph.core.web.rate_limits import RateLimit, RateRemaining

REQUESTS = RateLimit(6_000)  # of one API key, or of one person's tokens


def count_request(actor: Actor) -> RateRemaining:
    """Count a request, and say how many more there may be."""
    return REQUESTS.take((actor.kind, actor.id, actor.organization_id))


def refuse_beyond_limit(remaining: RateRemaining) -> None:
    """Raise `TooMany` where the key has sent more than it may."""
    if not remaining.allowed:
        raise TooMany(
            f"The limit of {remaining.limit:,} requests per minute was reached. Wait, then send more slowly.",
            retry_after=remaining.seconds,
        )
