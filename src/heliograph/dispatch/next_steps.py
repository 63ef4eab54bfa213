"""What to do next for one dispatch: the steps until its first launch, and what needs attention afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from heliograph.core import clock
from heliograph.core.ids import lowest_id
from heliograph.core.scope import limited
from heliograph.core.translation import gettext, grouped, ngettext, short_day
from heliograph.dispatch import frame
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.models import Dispatch, Postback
from heliograph.ui.home import Attention

LATELY = timedelta(days=7)
ENDS_SOON = timedelta(days=30)


def next_steps(dispatch: Dispatch, state: str, in_lms: dict[str, Any]) -> Iterator[Attention]:
    """The worst first; ``state`` is that of `states.state_of`, ``in_lms`` is `results.results_in_lms`."""
    yield from _of_results(dispatch, in_lms)
    yield from _of_limits(dispatch, state)
    if not dispatch.launch_count:
        yield _first_launch(dispatch)


def _of_results(dispatch: Dispatch, in_lms: dict[str, Any]) -> Iterator[Attention]:
    if differs := in_lms["differs"]:
        address = f"{frame.RESULTS.address(dispatch.id)}?state=differs"
        sentence = ngettext(
            "%(count)s result differs in the customer's LMS",
            "%(count)s results differ in the customer's LMS",
            differs,
        )
        yield Attention("bad", sentence % {"count": grouped(differs)}, address)
    given_up = Postback.objects.filter(
        dispatch=dispatch, state=Postback.State.GIVEN_UP, id__gte=lowest_id(clock.now() - LATELY)
    )
    if failed := limited(given_up).count():
        address = f"{frame.WEBHOOKS.address(dispatch.id)}?state=given+up"
        sentence = ngettext(
            "%(count)s webhook failed in the last 7 days",
            "%(count)s webhooks failed in the last 7 days",
            failed,
        )
        yield Attention("bad", sentence % {"count": grouped(failed)}, address)


def _of_limits(dispatch: Dispatch, state: str) -> Iterator[Attention]:
    limits = frame.LIMITS.address(dispatch.id)
    if state == "full":
        yield Attention("bad", gettext("A limit is reached: new learners are refused"), limits)
    elif state == "expired":
        yield Attention("bad", gettext("The dispatch has ended: launches are refused"), limits)
    elif state == "disabled":
        yield Attention("warn", gettext("The dispatch is disabled: launches are refused"), limits)
    else:
        for use in usage.uses(dispatch):
            if use.tone != "good":
                yield Attention(
                    "warn",
                    gettext("%(used)s of %(limit)s %(what)s used")
                    % {"used": grouped(use.used), "limit": grouped(use.limit), "what": use.label},
                    limits,
                )
        ends = usage.ends_at(dispatch)
        if ends and ends < clock.now() + ENDS_SOON:
            yield Attention("warn", gettext("Ends on %(ends)s") % {"ends": short_day(ends)}, limits)


def _first_launch(dispatch: Dispatch) -> Attention:
    packages = frame.PACKAGE.address(dispatch.id)
    if not dispatch.download_count:
        return Attention("soft", gettext("Download the package and send it to the customer"), packages)
    return Attention("soft", gettext("Waiting for the first launch in the customer's LMS"), packages)
