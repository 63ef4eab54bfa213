"""How a dispatch stands: active, full, upcoming, disabled or expired."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from heliograph.core import clock
from heliograph.core.scope import is_limited, limited
from heliograph.core.translation import gettext_lazy
from heliograph.dispatch import queries
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.models import Dispatch

LABELS = {
    "active": gettext_lazy("Active"),
    "full": gettext_lazy("Full"),
    "upcoming": gettext_lazy("Scheduled"),
    "expired": gettext_lazy("Expired"),
    "disabled": gettext_lazy("Disabled"),
}
STATES = tuple(LABELS)
MOST_COUNTED = 5_000  # dispatches; to tell the states of more takes longer than all else of a page

# What `state_of` says, for all dispatches of an organization: see `_parameters`.
_STATED = """
WITH license AS (
  -- Each license: whether it has not ended, has begun, and has room for a new learner.
  SELECT l.dispatch_id, l.destination_id, l.going_on,
         l.going_on AND l.started AS begun,
         l.going_on AND l.started AND l.room AS open
    FROM (
      SELECT dispatch_id, destination_id,
             ended_at IS NULL
               AND (expires_at IS NULL OR expires_at + grace_days * interval '1 day' > %s) AS going_on,
             starts_at IS NULL OR starts_at <= %s AS started,
             (registration_limit IS NULL
               OR registrations_used
                  < registration_limit + registration_limit::bigint * grace_share / 100)
             AND (learner_limit IS NULL
               OR learners_used < learner_limit + learner_limit::bigint * grace_share / 100)
             AND (launch_limit IS NULL
               OR launches_used < launch_limit + launch_limit::bigint * grace_share / 100) AS room
        FROM dispatch_license
       WHERE organization_id = %s
    ) l
), licensed AS (
  -- All licenses of a dispatch, and all of a destination, taken together.
  SELECT dispatch_id, destination_id,
         bool_or(going_on) AS going_on, bool_or(begun) AS begun, bool_or(open) AS open
    FROM license
   GROUP BY dispatch_id, destination_id
)
SELECT d.id,
       -- A dispatch's own licenses count, or else its destination's; where there are none, nothing follows.
       CASE WHEN NOT d.enabled THEN 'disabled'
            WHEN d.expires_at <= %s OR NOT l.going_on THEN 'expired'
            WHEN d.registrations_used >= d.registration_limit OR (l.begun AND NOT l.open) THEN 'full'
            WHEN NOT l.begun THEN 'upcoming'
            ELSE 'active'
       END AS state
  FROM dispatch_dispatch d
  LEFT JOIN licensed own ON own.dispatch_id = d.id
  LEFT JOIN licensed customers ON customers.destination_id = d.destination_id AND own.dispatch_id IS NULL
  LEFT JOIN LATERAL (
    SELECT coalesce(own.going_on, customers.going_on) AS going_on,
           coalesce(own.begun, customers.begun) AS begun,
           coalesce(own.open, customers.open) AS open
  ) l ON true
 WHERE d.organization_id = %s
"""


def dispatches(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[Dispatch]:
    """The organization's dispatches, newest first, perhaps only those that a search finds, and those in one
    of `STATES`.
    """
    dispatches = queries.dispatches(organization_id, search)
    if not state:
        return dispatches
    if state == "disabled":
        return dispatches.filter(enabled=False)
    # Told once: for each dispatch again is what PostgreSQL may choose until it has counted the rows.
    stated = RawSQL(  # noqa: S611 - our own text, with parameters
        f"WITH stated AS MATERIALIZED ({_STATED}) SELECT id FROM stated WHERE state = %s",  # noqa: S608
        [*_parameters(organization_id), state],
    )
    return dispatches.filter(enabled=True, id__in=stated)


def state_counts(organization_id: UUID) -> dict[str, int]:
    """How many dispatches are in each of `STATES`, and ``""`` of all; only that above `MOST_COUNTED`, and for
    somebody whose role is limited.
    """
    mine = limited(Dispatch.objects.filter(organization_id=organization_id))
    total = mine.count()
    if total > MOST_COUNTED or is_limited():
        return {"": total}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT state, count(*) FROM ({_STATED}) AS stated GROUP BY state",  # noqa: S608
            _parameters(organization_id),
        )
        counted = dict(cursor.fetchall())
    return {"": total, **{state: counted.get(state, 0) for state in STATES}}


def state_of(dispatch: Dispatch) -> str:
    """One of `STATES`: the first that applies of disabled, expired, full, upcoming, active; its own limits
    and its licenses' count alike.
    """
    if not dispatch.enabled:
        return "disabled"
    licenses = usage.license_state(dispatch)
    if (dispatch.expires_at and dispatch.expires_at <= clock.now()) or licenses == usage.ENDED:
        return "expired"
    if (
        dispatch.registration_limit is not None and dispatch.registrations_used >= dispatch.registration_limit
    ) or licenses == usage.USED_UP:
        return "full"
    return "upcoming" if licenses == usage.NOT_BEGUN else "active"


def _parameters(organization_id: UUID) -> list[datetime | UUID]:
    now = clock.now()
    return [now, now, organization_id, now, organization_id]
