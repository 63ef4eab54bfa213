"""REST routes of how learners do in courses."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.schemas import problems
from heliograph.insights.api import RangeQuery
from heliograph.insights.durations import RANGES, in_ranges
from heliograph.insights.learning import paths, queries, questions
from heliograph.insights.learning.selection import NAMES, Selection, refuse_customers, selected, versus
from heliograph.insights.periods import days

router = Router(tags=["Organization"], auth=SIGNED_IN)


class SelectionQuery(RangeQuery):
    """Whose learning: everybody's who was registered on these days."""

    course: str = Field("", description="Only this course, by ID or key.")
    destination: str = Field("", description="Only this customer, by ID or key.")
    group: str = Field(
        "",
        description="Only the people who are in this group now and are not deactivated, by ID or key. They "
        "are found by their email address.",
    )


class ComparisonQuery(SelectionQuery):
    """What is compared with what. Without any `versus_…`, the second column is the same selection in as many
    days right before.
    """

    versus_course: str = Field("", description="The second column: only this course, by ID or key.")
    versus_destination: str = Field("", description="The second column: only this customer, by ID or key.")
    versus_group: str = Field("", description="The second column: only this group, by ID or key.")
    versus_from: str = Field("", description="The second column: first day; default as in the first one.")
    versus_to: str = Field("", description="The second column: last day, included; default today.")


class SelectedOut(Schema):
    period: str = Field(description="The requested period, or `custom`.")
    from_: date = Field(alias="from")
    to: date


class ReachedOut(Schema):
    registered: int
    launched: int
    half: int = Field(description="Reported a progress of at least one half, or completed.")
    completed: int = Field(description="Completed or passed, in any attempt.")
    passed: int
    completion_rate: float | None = Field(description="From 0 to 1; null without registrations.")
    pass_rate: float | None = Field(description="From 0 to 1; null without registrations.")
    average_score: float | None = Field(description="From 0 to 1; null without scores.")


class TimeRangeOut(Schema):
    from_seconds: int = Field(description="Included.")
    to_seconds: int | None = Field(description="Not included; null for the last range.")
    learners: int


class TimesOut(Schema):
    """From first launch to first completion."""

    learners: int
    first_quartile_seconds: float | None = Field(description="To within a tenth, as the others.")
    median_seconds: float | None
    third_quartile_seconds: float | None
    distribution: list[TimeRangeOut]


class ScoresOut(Schema):
    """The latest score of each learner who has one."""

    learners: int
    average: float | None
    median: float | None = Field(description="To within 0.01.")
    distribution: list[int] = Field(
        description="Learners in ten ranges: below 0.1, from 0.1 to below 0.2 … the last one includes 1."
    )


class MonthOut(ReachedOut):
    month: date = Field(description="First day of the month of registration.")


class LearningOut(SelectedOut):
    outcomes: ReachedOut
    previous: ReachedOut = Field(description="Of as many days, right before.")
    time_to_complete: TimesOut
    scores: ScoresOut
    months: list[MonthOut]


class LearningGroupOut(ReachedOut):
    id: str | None = Field(description="Null for registrations without a customer.")
    name: str


class MediansOut(Schema):
    completion_rate: float | None
    pass_rate: float | None
    average_score: float | None


class LearningGroupsOut(SelectedOut):
    items: list[LearningGroupOut]
    medians: MediansOut = Field(description="Of those in `items` that have the figure.")


class ColumnOut(ReachedOut):
    from_: date = Field(alias="from")
    to: date
    course: str | None = Field(description="ID; null for all courses.")
    destination: str | None = Field(description="ID; null for all customers.")
    group: str | None = Field(description="ID; null for everybody.")
    median_score: float | None = Field(description="From 0 to 1, to within 0.01; null without scores.")
    median_seconds: float | None = Field(
        description="From first launch to first completion, to within a tenth; null without completions."
    )


class ComparisonOut(Schema):
    columns: list[ColumnOut] = Field(description="What was asked for, and what it is compared with.")


class QuestionOut(Schema):
    id: str
    activity: str
    identifier: str
    kind: str = Field(description="Interaction type of SCORM and xAPI; empty if unknown.")
    text: str
    answered: int = Field(description="In each learner's first scored attempt.")
    graded: int
    correct: int
    difficulty: float | None = Field(description="`correct` / `graded`: the higher, the easier.")
    discrimination: float | None = Field(
        description="Point-biserial correlation with the share of the learner's other questions that are "
        "correct, from -1 to 1; null where either is the same for everybody."
    )
    discrimination_learners: int = Field(description="How many the correlation is of.")


class QuestionsOut(SelectedOut):
    items: list[QuestionOut]


class ResponseOut(Schema):
    response: str | None = Field(description="Null for all that are less frequent.")
    learners: int
    correct: bool | None


class QuestionDetailOut(QuestionOut):
    responses: list[ResponseOut] = Field(
        description=f"Most frequent first; at most {questions.MOST_RESPONSES}, and the others."
    )


class MoveOut(Schema):
    origin: str
    target: str
    learners: int


class PathsOut(SelectedOut):
    learners: int = Field(description="Who opened an activity.")
    activities: list[str] = Field(
        description=f"The busiest, at most {paths.MOST_ACTIVITIES}, in the usual order."
    )
    moves: list[MoveOut] = Field(
        description="From and to `start`, `left`, `finished`, `other`, or `:` with an activity’s identifier."
    )


@router.get(
    "/analytics",
    response={200: LearningOut, **problems(404, 422)},
    by_alias=True,
    summary="Learning analytics",
)
def read_learning(request: HttpRequest, query: Query[SelectionQuery]) -> Any:
    """How far those have come who were registered on these days, with a dispatch or without."""
    selection = _selection(request, query)
    outcomes = queries.outcomes(selection)
    quartiles = outcomes.quartiles
    return {
        **_selected(selection),
        "outcomes": reached(outcomes),
        "previous": reached(queries.outcomes(selection.before)),
        "time_to_complete": {
            "learners": outcomes.timed,
            "first_quartile_seconds": quartiles[0],
            "median_seconds": quartiles[1],
            "third_quartile_seconds": quartiles[2],
            "distribution": _time_ranges(outcomes.durations),
        },
        "scores": {
            "learners": outcomes.scored,
            "average": outcomes.average_score,
            "median": outcomes.median_score,
            "distribution": outcomes.score_tens,
        },
        "months": [{"month": month.month, **reached(month)} for month in queries.months(selection)],
    }


@router.get(
    "/analytics/courses",
    response={200: LearningGroupsOut, **problems(404, 422)},
    by_alias=True,
    summary="Learning analytics by course",
)
def read_learning_by_course(request: HttpRequest, query: Query[SelectionQuery]) -> Any:
    """Each course beside the median of the organization's courses."""
    return _groups(_selection(request, query), "courses")


@router.get(
    "/analytics/customers",
    response={200: LearningGroupsOut, **problems(404, 422)},
    by_alias=True,
    summary="Learning analytics by customer",
)
def read_learning_by_customer(request: HttpRequest, query: Query[SelectionQuery]) -> Any:
    """Each customer beside the median of the organization's customers. Not for a role that is limited to
    groups.
    """
    refuse_customers()
    return _groups(_selection(request, query), "customers")


@router.get(
    "/analytics/comparison",
    response={200: ComparisonOut, **problems(404, 422)},
    by_alias=True,
    summary="Compare learning analytics",
)
def compare_learning(request: HttpRequest, query: Query[ComparisonQuery]) -> Any:
    """Two courses, customers, groups or periods side by side."""
    first = _selection(request, query)
    given = {name: getattr(query, f"versus_{name}") for name in (*NAMES, "from", "to")}
    return {"columns": [_column(first), _column(versus(first, given))]}


@router.get(
    "/analytics/questions",
    response={200: QuestionsOut, **problems(404, 422)},
    by_alias=True,
    summary="Item analysis of a course",
)
def list_questions(request: HttpRequest, query: Query[SelectionQuery]) -> Any:
    """The questions of a `course` that were answered, with difficulty and discrimination."""
    selection = _of_course(request, query)
    items = [_question(item) for item in questions.items(selection)]
    return {**_selected(selection), "items": items}


@router.get(
    "/analytics/questions/{question_id}",
    response={200: QuestionDetailOut, **problems(404, 422)},
    summary="Answers to a question",
)
def read_question(request: HttpRequest, question_id: str, query: Query[SelectionQuery]) -> Any:
    """A question, and which responses were given."""
    selection = _selection(request, query)
    item = questions.item(selection, _id(question_id))
    responses = [
        {"response": response.text, "learners": response.learners, "correct": response.right}
        for response in questions.responses(selection, item)
    ]
    return {**_question(item), "responses": responses}


@router.get(
    "/analytics/paths",
    response={200: PathsOut, **problems(404, 422)},
    by_alias=True,
    summary="Learning paths of a course",
)
def read_paths(request: HttpRequest, query: Query[SelectionQuery]) -> Any:
    """In which order learners first open the activities of a `course`, and where they leave."""
    selection = _of_course(request, query)
    found = paths.paths(selection)
    return {
        **_selected(selection),
        "learners": found.learners,
        "activities": [place.removeprefix(":") for place in found.activities],
        "moves": [
            {"origin": move.origin, "target": move.target, "learners": move.learners} for move in found.moves
        ],
    }


def reached(figures: queries.Reached) -> dict[str, Any]:
    """The steps and rates of anybody's figures."""
    return {
        **figures.steps,
        "completion_rate": figures.completion_rate,
        "pass_rate": figures.pass_rate,
        "average_score": figures.average_score,
    }


def _selection(request: HttpRequest, query: SelectionQuery) -> Selection:
    """What is asked for, after counting what came in. Requires the role admin."""
    actor = actor_of(request)
    actor.require(Permission.ANALYTICS_VIEW)
    given = {name: getattr(query, name) for name in NAMES}
    selection = selected(actor.organization_id, days(query.period, query.from_, query.to), given)
    queries.catch_up(selection)
    return selection


def _of_course(request: HttpRequest, query: SelectionQuery) -> Selection:
    selection = _selection(request, query)
    if selection.course_id is None:
        raise Invalid(gettext("Choose a course with “course”."), code="course_missing")
    return selection


def _selected(selection: Selection) -> dict[str, Any]:
    return {
        "period": selection.days.period,
        "from": selection.days.first,
        "to": selection.days.last,
    }


def _groups(selection: Selection, group: str) -> dict[str, Any]:
    rows = queries.groups(selection, group)
    return {
        **_selected(selection),
        "items": [{"id": str(row.id) if row.id else None, "name": row.name, **reached(row)} for row in rows],
        "medians": queries.medians(rows),
    }


def _column(selection: Selection) -> dict[str, Any]:
    outcomes = queries.outcomes(selection)
    ids = {
        "course": selection.course_id,
        "destination": selection.destination_id,
        "group": selection.group_id,
    }
    return {
        "from": selection.days.first,
        "to": selection.days.last,
        **{name: str(id_) if id_ else None for name, id_ in ids.items()},
        **reached(outcomes),
        "median_score": outcomes.median_score,
        "median_seconds": outcomes.quartiles[1],
    }


def _time_ranges(durations: list[int]) -> list[dict[str, Any]]:
    ends = [0, *RANGES, None]
    return [
        {"from_seconds": ends[place], "to_seconds": ends[place + 1], "learners": learners}
        for place, learners in enumerate(in_ranges(durations))
    ]


def _question(item: questions.Item) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "activity": item.activity,
        "identifier": item.identifier,
        "kind": item.kind,
        "text": item.text,
        "answered": item.answered,
        "graded": item.graded,
        "correct": item.correct,
        "difficulty": item.difficulty,
        "discrimination": item.discrimination,
        "discrimination_learners": item.compared,
    }


def _id(text: str) -> UUID:
    question_id = parse_id(text)
    if question_id is None:
        raise NotFound(gettext("Question not found."), code="question_not_found")
    return question_id
