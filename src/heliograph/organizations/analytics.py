"""The tab *Analytics*: how learners do in courses. What is selected is in the address, and so is which table
to have as CSV.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import NotFound
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import is_limited, refuse_limited
from heliograph.core.translation import gettext, ngettext, short_day
from heliograph.core.translation import gettext_lazy as _
from heliograph.core.web.csv_files import as_csv
from heliograph.insights.learning import paths, queries, questions
from heliograph.insights.learning.durations import labeled_ranges
from heliograph.insights.learning.selection import (
    NAMES,
    Selection,
    available_filters,
    choices,
    refuse_customers,
    selected,
    versus,
)
from heliograph.insights.learning.titles import titles_of
from heliograph.insights.periods import PERIODS, days
from heliograph.lrs.rules import keys
from heliograph.lrs.statements import summary
from heliograph.organizations import frame
from heliograph.ui import charts, filter_menus
from heliograph.ui.filter_menus import MOST, Filtered, sought
from heliograph.ui.lookups import Option
from heliograph.ui.tables import Chip, address
from heliograph.ui.templatetags.heliograph import number

LEARNERS: Final = "organization_analytics"
STATEMENTS: Final = "organization_analytics_statements"
CUSTOMERS: Final = "organization_analytics_customers"
TABS: Final = {
    LEARNERS: _("Outcomes"),
    "organization_analytics_courses": _("Courses"),
    CUSTOMERS: _("Customers"),
    "organization_analytics_compare": _("Compare"),
    "organization_analytics_questions": _("Questions"),
    "organization_analytics_paths": _("Paths"),
    STATEMENTS: _("Statements"),
}
STEPS: Final = {
    "registered": _("Registered"),
    "launched": _("Launched"),
    "half": _("Half completed"),
    "completed": _("Completed"),
    "passed": _("Passed"),
}
VERSUS: Final = {
    "course": _("Compare with course"),
    "destination": _("Compare with customer"),
    "group": _("Compare with group"),
}
MOST_DRAWN = 30
Columns = Mapping[str, Callable[[Any], Any]]


class Table(NamedTuple):
    """What can be had as CSV."""

    columns: Columns
    rows: Iterable[Any]


_REACHED: Final[dict[str, Callable[[Any], Any]]] = {
    **{step: attrgetter(step) for step in STEPS},
    "completion rate": lambda row: _rounded(row.completion_rate),
    "pass rate": lambda row: _rounded(row.pass_rate),
    "average score": lambda row: _rounded(row.average_score),
}


@page(Permission.ANALYTICS_VIEW)
def outcomes(request: HttpRequest) -> HttpResponseBase:
    """Steps, times and scores of everybody who was registered in the period."""
    selection = _selection(request)
    now, before = queries.outcomes(selection), queries.outcomes(selection.before)
    months = queries.months(selection)
    times = labeled_ranges(now.durations)
    scores = [(_percents(ten), learners) for ten, learners in enumerate(now.score_tens)]
    steps = [
        (STEPS[step], count, _share(count, now.registered), _rows_of(selection, step))
        for step, count in now.steps.items()
    ]
    tables = {
        "funnel": Table(
            {"step": lambda row: row[0], "learners": lambda row: row[1]}, list(now.steps.items())
        ),
        "months": Table({"month": lambda row: row.month.isoformat(), **_REACHED}, months),
        "times": Table({"time to complete": lambda row: row[0], "learners": lambda row: row[1]}, times),
        "scores": Table({"score": lambda row: row[0], "learners": lambda row: row[1]}, scores),
    }
    return _answer(
        request,
        selection,
        LEARNERS,
        "outcomes.html",
        tables,
        now=now,
        before=before,
        months=months,
        times=times,
        scores=scores,
        steps=steps,
        funnel=[(label, count, share, "") for label, count, share, _ in steps],
        rows=_rows_of(selection, "registered"),
    )


@page(Permission.ANALYTICS_VIEW)
def groups(request: HttpRequest, group: str) -> HttpResponseBase:
    """Courses or customers beside their median."""
    if group == "customers":
        refuse_customers()
    selection = _selection(request)
    found = queries.groups(selection, group)
    for row in found:
        row.name = row.name or gettext("Without a customer")
    medians = queries.medians(found)
    most = sorted(found, key=lambda row: -row.registered)[:MOST_DRAWN]
    drawn = [
        (title, definition, [(row.name, getattr(row, measure)) for row in most], medians[measure])
        for measure, title, definition in _measures()
    ]
    parameter = "course" if group == "courses" else "destination"
    view = f"organization_analytics_{group}"
    return _answer(
        request,
        selection,
        view,
        "groups.html",
        {group: Table({"name": lambda row: row.name, **_REACHED}, found)},
        group=group,
        heading=gettext("Course") if group == "courses" else gettext("Customer"),
        found=[(row, _narrowed(request, parameter, row.id)) for row in found],
        drawn=drawn,
        medians=medians,
        left_out=max(0, len(found) - MOST_DRAWN),
        most=MOST_DRAWN,
    )


@page(Permission.ANALYTICS_VIEW)
def compare(request: HttpRequest) -> HttpResponseBase:
    """Two selections side by side; the second is the previous period where the address names none."""
    first = _selection(request)
    given = {name: request.GET.get(f"versus_{name}", "") for name in (*NAMES, "from", "to")}
    second = versus(first, given)
    sides = [queries.outcomes(first), queries.outcomes(second)]
    titles = [_named(first), _named(second)]
    rows = list(_compared(*sides))
    tables = {
        "comparison": Table(
            {
                "figure": lambda row: row.label,
                f"first: {titles[0]}": lambda row: _rounded(row.first),
                f"second: {titles[1]}": lambda row: _rounded(row.second),
            },
            rows,
        )
    }
    bars = [
        [(STEPS[step], count, _share(count, side.registered), "") for step, count in side.steps.items()]
        for side in sides
    ]
    return _answer(
        request,
        first,
        "organization_analytics_compare",
        "compare.html",
        tables,
        compared=rows,
        sides=list(
            zip(titles, bars, (_rows_of(side, "registered") for side in (first, second)), strict=True)
        ),
        names=titles,
        versus=second.days,
        versus_chips=[
            Chip(VERSUS[name], label, _with(request, f"versus_{name}"))
            for name, label in second.labels.items()
            if given[name]
        ],
        versus_menus=[
            (
                f"versus_{name}",
                VERSUS[name],
                reverse(f"organization_analytics_compare_versus_{name}"),
            )
            for name in available_filters()
        ],
        of_people=first.is_of_groups or second.is_of_groups,
    )


@page(Permission.ANALYTICS_VIEW)
def item_analysis(request: HttpRequest) -> HttpResponseBase:
    """The questions of a course, or the courses that have any."""
    selection = _selection(request)
    if selection.course_id is None:
        return _choose_course(request, selection, "organization_analytics_questions")
    items = questions.items(selection)
    titles = titles_of(selection.organization_id, selection.course_id)
    columns: Columns = {
        "activity": lambda item: titles.get(item.activity, item.activity),
        "question": lambda item: item.label,
        "id": lambda item: item.identifier,
        "type": lambda item: item.kind,
        "answered": lambda item: item.answered,
        "graded": lambda item: item.graded,
        "correct": lambda item: item.correct,
        "difficulty": lambda item: _rounded(item.difficulty),
        "discrimination": lambda item: _rounded(item.discrimination),
        "compared": lambda item: item.compared,
    }
    return _answer(
        request,
        selection,
        "organization_analytics_questions",
        "questions.html",
        {"questions": Table(columns, items)},
        items=[
            (
                item,
                titles.get(item.activity, item.activity),
                reverse("organization_analytics_question", args=[item.id]) + address(request.GET),
            )
            for item in items
        ],
    )


@page(Permission.ANALYTICS_VIEW)
def question(request: HttpRequest, question_id: str) -> HttpResponseBase:
    """A question with the responses that were given."""
    selection = _selection(request)
    item = questions.item(selection, _id(question_id))
    responses = questions.responses(selection, item)
    titles = titles_of(selection.organization_id, item.course_id)
    columns: Columns = {
        "response": lambda row: "other" if row.text is None else row.text,
        "learners": lambda row: row.learners,
        "correct": lambda row: "" if row.right is None else "yes" if row.right else "no",
    }
    return _answer(
        request,
        selection,
        "organization_analytics_questions",
        "question.html",
        {"responses": Table(columns, responses)},
        item=item,
        activity=titles.get(item.activity, item.activity),
        responses=[(row, _share(row.learners, item.answered)) for row in responses],
        statements=f"{reverse('records')}?{urlencode({'activity': item.identifier})}"
        if "://" in item.identifier
        else "",
        rows=_rows_of(selection, "registered", course=item.course_id),
        back=reverse("organization_analytics_questions")
        + address(request.GET, course=str(item.course_id), csv=""),
    )


@page(Permission.ANALYTICS_VIEW)
def learning_paths(request: HttpRequest) -> HttpResponseBase:
    """In which order learners go through a course, and where they leave."""
    selection = _selection(request)
    if selection.course_id is None:
        return _choose_course(request, selection, "organization_analytics_paths")
    found = paths.paths(selection)
    titles = titles_of(selection.organization_id, selection.course_id)
    moves = [
        (_place(move.origin, titles), _place(move.target, titles), move.learners) for move in found.moves
    ]
    columns: Columns = {
        "from": lambda move: move[0],
        "to": lambda move: move[1],
        "learners": lambda move: move[2],
    }
    return _answer(
        request,
        selection,
        "organization_analytics_paths",
        "paths.html",
        {"paths": Table(columns, moves)},
        found=found,
        moves=[(*move, _share(move[2], found.learners)) for move in moves],
        chart=_flow(found, titles) if found.learners else "",
        rows=_rows_of(selection, "registered"),
    )


@page(Permission.ANALYTICS_VIEW)
def statements(request: HttpRequest) -> HttpResponseBase:
    """The statements of the record store by person, course, verb and day."""
    refuse_limited()
    selection = _selection(request)
    asked = summary.SummaryFilters(selection.days.first, selection.days.last)
    counted = summary.summary(selection.organization_id, asked, 20)
    since = {"since": selection.days.first.isoformat(), "until": selection.days.last.isoformat()}

    def to(**filters: str) -> str:
        return f"{reverse('records')}?{urlencode({**filters, **since})}"

    by_day = [(row["day"], row["statements"], to(since=str(row["day"]))) for row in counted["by_day"]]
    tables = {
        "by-day": (gettext("Day"), by_day),
        "by-user": (
            gettext("Person"),
            [
                (row.get("name") or gettext("Unnamed"), row["statements"], to(learner=_learner(row)))
                for row in counted["by_user"]
            ],
        ),
        "by-course": (
            gettext("Course"),
            [
                (row["name"] or row["id"], row["statements"], to(activity=row["id"]))
                for row in counted["by_course"]
            ],
        ),
        "by-verb": (
            gettext("Verb"),
            [(row["name"] or row["id"], row["statements"], to(verb=row["id"])) for row in counted["by_verb"]],
        ),
    }
    columns: Columns = {"name": lambda row: row[0], "statements": lambda row: row[1]}
    return _answer(
        request,
        selection,
        STATEMENTS,
        "statements.html",
        {name: Table(columns, rows) for name, (_heading, rows) in tables.items()},
        total=counted["statements"],
        lists=[(name, heading, rows) for name, (heading, rows) in tables.items()],
        rows=to(),
    )


@page(Permission.ANALYTICS_VIEW)
def filter_choices(request: HttpRequest, view: str, name: str) -> HttpResponseBase:
    """The values of a filter of one of the pages, to be chosen."""
    kind = name.removeprefix("versus_")
    found = choices(actor_of(request).organization_id, kind, sought(request), MOST + 1)
    filtered = Filtered(gettext("Analytics"), reverse(view), name, NAMES[kind])
    return filter_menus.choices(request, filtered, (Option(*pair) for pair in found.items()))


class ComparedFigure(NamedTuple):
    """A figure of both sides; ``unit`` is "count", "share" or "seconds"."""

    label: str
    first: float | None
    second: float | None
    unit: str


def _compared(first: queries.Outcomes, second: queries.Outcomes) -> Iterable[ComparedFigure]:
    for step, label in STEPS.items():
        yield ComparedFigure(label, getattr(first, step), getattr(second, step), "count")
    for measure, label in (
        ("completion_rate", gettext("Completion rate")),
        ("pass_rate", gettext("Pass rate")),
        ("average_score", gettext("Average score")),
        ("median_score", gettext("Median score")),
    ):
        yield ComparedFigure(label, getattr(first, measure), getattr(second, measure), "share")
    middle = gettext("Median time to complete")
    yield ComparedFigure(middle, first.quartiles[1], second.quartiles[1], "seconds")


def _answer(
    request: HttpRequest,
    selection: Selection,
    view: str,
    template: str,
    tables: Mapping[str, Table],
    **content: Any,
) -> HttpResponseBase:
    """A page below the tabs; or one of its tables as CSV, where the address asks for it."""
    csv = request.GET.get("csv", "")
    if csv in tables:
        file = f"{csv}-{selection.days.first}-to-{selection.days.last}"
        return as_csv(file, tables[csv].columns, tables[csv].rows)
    filters = [] if view == STATEMENTS else list(available_filters().items())
    content = {"of_people": selection.is_of_groups, **content}
    return frame.show(
        request,
        f"organizations/analytics/{template}",
        frame.ANALYTICS,
        pages=[
            (label, reverse(name) + _kept(request), name == view)
            for name, label in TABS.items()
            if _is_open(name)
        ],
        title=TABS[view],
        days=selection.days,
        periods={
            name: ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
            for name, count in PERIODS.items()
        },
        selection=selection,
        menus=[(name, label, reverse(f"{view}_filter_{name}")) for name, label in filters],
        chips=[Chip(NAMES[name], label, _with(request, name)) for name, label in selection.labels.items()],
        unfiltered=address(request.GET, **dict.fromkeys(NAMES, "")),
        **content,
    )


def _is_open(view: str) -> bool:
    """Whether whoever asks finds anything there: statements are of the whole organization."""
    if view == CUSTOMERS:
        return "destination" in available_filters()
    return view != STATEMENTS or not is_limited()


def _selection(request: HttpRequest) -> Selection:
    """What the address selects, after counting what came in."""
    asked = days(*(request.GET.get(name, "") for name in ("period", "from", "to")))
    selection = selected(actor_of(request).organization_id, asked, request.GET)
    queries.catch_up(selection)
    return selection


def _choose_course(request: HttpRequest, selection: Selection, view: str) -> HttpResponseBase:
    """The courses to choose from, for what is of one course only."""
    if view == "organization_analytics_questions":
        found = questions.courses_with_questions(selection)
    else:
        found = paths.courses_with_paths(selection)
    listed = [
        (title, count, reverse(view) + address(request.GET, course=str(id_))) for id_, title, count in found
    ]
    return _answer(request, selection, view, "choose_course.html", {}, listed=listed)


def _flow(found: paths.Paths, titles: Mapping[str, str]) -> str:
    places = [paths.START, *found.activities]
    places += [paths.OTHER] if found.others else []
    places.append(paths.FINISHED)
    stops = [
        charts.Stop(
            _place(place, titles),
            found.learners if place == paths.START else found.entered(place),
            gettext("%(count)s left here") % {"count": number(left)} if (left := found.left(place)) else "",
            "good" if place == paths.FINISHED else "",
        )
        for place in places
    ]
    moves = [
        (places.index(move.origin), places.index(move.target), move.learners)
        for move in found.moves
        if move.target != paths.LEFT
    ]
    return charts.flow(
        gettext("Learning paths"),
        gettext("A bar for each activity and an arc for each move; the table below has the figures."),
        stops,
        moves,
    )


def _place(place: str, titles: Mapping[str, str]) -> str:
    """What pages call a place of a path."""
    names = {
        paths.START: gettext("Start"),
        paths.LEFT: gettext("Left the course"),
        paths.FINISHED: gettext("Course completed"),
        paths.OTHER: gettext("Other activities"),
    }
    identifier = place.removeprefix(":")
    return names[place] if place in names else titles.get(identifier) or identifier


def _measures() -> list[tuple[str, str, str]]:
    """The measures of a comparison with the median: name, title and definition."""
    return [
        (
            "completion_rate",
            gettext("Completion rate"),
            gettext("The share of those registered in the period who have ever completed or passed."),
        ),
        (
            "pass_rate",
            gettext("Pass rate"),
            gettext("The share of those registered in the period who have ever passed."),
        ),
        (
            "average_score",
            gettext("Average score"),
            gettext("The average of the latest score of each learner who has one."),
        ),
    ]


def _rows_of(selection: Selection, step: str, course: UUID | None = None) -> str:
    """The address of the registrations that a step counts."""
    asked = {
        "course": course or selection.course_id,
        "destination": selection.destination_id,
        "group": selection.group_id,
        "since": selection.days.first,
        "until": selection.days.last,
        "reached": "" if step == "registered" else step,
    }
    return f"{reverse('registrations')}?{urlencode({k: v for k, v in asked.items() if v})}"


def _narrowed(request: HttpRequest, parameter: str, id_: UUID | None) -> str:
    """The outcomes of one course or customer."""
    return reverse(LEARNERS) + address(request.GET, **{parameter: str(id_), "csv": ""}) if id_ else ""


def _named(selection: Selection) -> str:
    """What a side of a comparison is called."""
    span = gettext("%(first)s to %(last)s") % {
        "first": short_day(selection.days.first),
        "last": short_day(selection.days.last),
    }
    return " · ".join([*selection.labels.values(), span])


def _kept(request: HttpRequest) -> str:
    """The query that goes along from page to page."""
    kept = {name: request.GET.get(name, "") for name in ("period", "from", "to", *NAMES)}
    asked = urlencode({name: value for name, value in kept.items() if value})
    return f"?{asked}" if asked else ""


def _with(request: HttpRequest, name: str) -> str:
    """The address without a filter."""
    return address(request.GET, **{name: ""})


def _percents(ten: int) -> str:
    return f"{ten * 10}–{100 if ten == 9 else ten * 10 + 9}%"


def _learner(row: Mapping[str, Any]) -> str:
    return keys.identifier(row["agent"]) or "" if row.get("agent") else ""


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _id(text: str) -> UUID:
    question_id = parse_id(text)
    if question_id is None:
        raise NotFound(gettext("Question not found."), code="question_not_found")
    return question_id


PAGES: Final[dict[str, tuple[str, Callable[..., HttpResponseBase], dict[str, str]]]] = {
    LEARNERS: ("", outcomes, {}),
    "organization_analytics_courses": ("courses/", groups, {"group": "courses"}),
    CUSTOMERS: ("customers/", groups, {"group": "customers"}),
    "organization_analytics_compare": ("compare/", compare, {}),
    "organization_analytics_questions": ("questions/", item_analysis, {}),
    "organization_analytics_paths": ("paths/", learning_paths, {}),
    STATEMENTS: ("statements/", statements, {}),
}
urlpatterns = [
    *(
        path(f"admin/org/analytics/{place}", view, given, name=name)
        for name, (place, view, given) in PAGES.items()
    ),
    path(
        "admin/org/analytics/questions/<str:question_id>/", question, name="organization_analytics_question"
    ),
    *(
        path(
            f"admin/org/analytics/{place}filters/{name}/",
            filter_choices,
            {"view": view, "name": name},
            name=f"{view}_filter_{name}",
        )
        for view, (place, _view, _given) in PAGES.items()
        for name in NAMES
    ),
    *(
        path(
            f"admin/org/analytics/compare/filters/versus_{name}/",
            filter_choices,
            {"view": "organization_analytics_compare", "name": f"versus_{name}"},
            name=f"organization_analytics_compare_versus_{name}",
        )
        for name in NAMES
    ),
]
