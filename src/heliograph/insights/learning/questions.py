"""Item analysis: how difficult each question of a course is, how well it tells learners apart, and what is
answered.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final, LiteralString
from uuid import UUID

from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext
from heliograph.insights.learning.rows import rows
from heliograph.insights.learning.selection import Selection

MOST_RESPONSES: Final = 20


@dataclass(frozen=True)
class Item:
    """A question, by those who answered it in their first scored attempt.

    ``compared`` and the sums: see `QuestionCohort`.
    """

    id: UUID
    course_id: UUID
    activity: str
    identifier: str
    kind: str
    text: str
    correct_responses: list[str]
    answered: int
    graded: int
    correct: int
    compared: int
    sum_x: int
    sum_y: int
    sum_xy: int
    sum_yy: int

    @property
    def difficulty(self) -> float | None:
        """The share of graded answers that are correct, 0 to 1: the higher, the easier."""
        return self.correct / self.graded if self.graded else None

    @property
    def discrimination(self) -> float | None:
        """The point-biserial correlation of this question with the share of the learner's other questions
        that are correct, -1 to 1; None where either is the same for everybody.
        """
        n = self.compared
        of_x = n * self.sum_x - self.sum_x**2
        of_y = n * self.sum_yy - self.sum_y**2
        return (n * self.sum_xy - self.sum_x * self.sum_y) / sqrt(of_x * of_y) if of_x and of_y else None

    @property
    def label(self) -> str:
        """What it asks, or what the course calls it."""
        return self.text or self.identifier.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Response:
    """What was answered; None is all that is not among the most frequent."""

    text: str | None
    learners: int
    correct: int
    right: bool | None = None

    def share(self, item: Item) -> float | None:
        return self.learners / item.answered if item.answered else None


_OF_QUESTION: LiteralString = """
c.question_id = %(question)s
  AND c.course_id = (SELECT q.course_id FROM report_questions q WHERE q.id = %(question)s)
"""
_ITEMS: LiteralString = """
SELECT q.id, q.course_id, q.activity, q.identifier, q.kind, q.text, q.correct_responses,
       g.answered, g.graded, g.correct, g.compared, g.sum_x, g.sum_y, g.sum_xy, g.sum_yy
  FROM (
    SELECT c.question_id, sum(c.answered), sum(c.graded), sum(c.correct), sum(c.compared),
           sum(c.sum_x), sum(c.sum_y), sum(c.sum_xy), sum(c.sum_yy)
      FROM {cohorts} c
     WHERE {where}
     GROUP BY c.question_id
  ) g (id, answered, graded, correct, compared, sum_x, sum_y, sum_xy, sum_yy)
  JOIN report_questions q ON q.id = g.id
"""


def items(selection: Selection) -> list[Item]:
    """The questions that were answered, by activity and name."""
    sql = _items(selection, selection.of_each_course) + " ORDER BY q.activity, q.identifier, q.id"
    return [Item(*row) for row in rows(sql, selection.parameters)]


def item(selection: Selection, question_id: UUID) -> Item:
    """One question. Raises `NotFound` where nobody of the selection answered it."""
    sql = _items(selection, f"{selection.of_each_course} AND {_OF_QUESTION}")
    found = rows(sql, {**selection.parameters, "question": question_id})
    if not found:
        raise NotFound(gettext("Question not found."), code="question_not_found")
    return Item(*found[0])


def responses(selection: Selection, item: Item) -> list[Response]:
    """What was answered, most frequent first, and all that is less frequent than `MOST_RESPONSES` in one."""
    found = rows(
        f"""
SELECT CASE WHEN g.place <= %(most)s THEN g.response END, sum(g.learners), sum(g.correct)
  FROM (
    SELECT c.response, sum(c.learners) AS learners, sum(c.correct) AS correct,
           row_number() OVER (ORDER BY sum(c.learners) DESC, c.response) AS place
      FROM {selection.cohorts("insights_responsecohort")} c
     WHERE {selection.of_each_course} AND {_OF_QUESTION}
     GROUP BY c.response
  ) g
 GROUP BY 1
 ORDER BY min(g.place)
""",
        {**selection.parameters, "question": item.id, "most": MOST_RESPONSES},
    )
    return [
        Response(text, learners, correct, _is_right(item, text, learners, correct))
        for text, learners, correct in found
    ]


def courses_with_questions(selection: Selection) -> list[tuple[UUID, str, int]]:
    """The courses whose questions were ever answered: id, title, and how many questions; on any day."""
    return [
        (row[0], row[1], row[2])
        for row in rows(
            f"""
SELECT t.id, t.title, count(DISTINCT c.question_id)
  FROM {selection.cohorts("insights_questioncohort")} c
  JOIN report_courses t ON t.id = c.course_id
 WHERE {selection.each_course}
 GROUP BY t.id, t.title
 ORDER BY lower(t.title), t.id
""",
            selection.parameters,
        )
    ]


def _items(selection: Selection, where: LiteralString) -> LiteralString:
    return _ITEMS.replace("{cohorts}", selection.cohorts("insights_questioncohort")).replace("{where}", where)


def _is_right(item: Item, text: str | None, learners: int, correct: int) -> bool | None:
    """Whether a response is a correct one: the course said so of most who gave it, or has it as a pattern."""
    if text is None or item.kind == "likert":
        return None
    return correct * 2 > learners or text in item.correct_responses
