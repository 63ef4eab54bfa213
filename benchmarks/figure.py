"""One figure as a JSON line."""

import json


def figure(
    name: str,
    value: float,
    limit: float,
    goal: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    missing: int | None = None,
    **more: object,
) -> str:
    """``ratio`` is value / limit; ``holds`` tells whether it keeps ``at_most`` (ratio), and whether the value
    reaches ``at_least``.

    A figure without either is only stated: ``holds`` is null, since nothing could make it fail. No figure
    holds where the measurement failed: limit or value came out as 0, unless 0 is its goal (``at_most`` 0), or
    below, or some of what was to be measured is ``missing``.
    """
    ratio = value / limit if limit else 0.0
    kept = (at_most is None or ratio <= at_most) and (at_least is None or value >= at_least)
    measured = limit > 0 and (value > 0 or value == at_most == 0) and not missing
    holds = None if measured and at_most is None and at_least is None else measured and kept
    if missing is not None:
        more["missing"] = missing
    return json.dumps(
        {
            "figure": name,
            "value": round(value, 3),
            "limit": round(limit, 3),
            "ratio": round(ratio, 3),
            "goal": goal,
            "holds": holds,
            **more,
        }
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the values lie; 0 where there is none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
