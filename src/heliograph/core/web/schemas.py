"""Shapes that every part's API shares."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, WithJsonSchema

Row = TypeVar("Row")


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC: PostgreSQL takes no offset of 16 hours or more.

    One without a zone stays; whoever takes it says what is missing.

    What would be before the year 1 or after 9999 there is the first or last moment of all.
    """
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(in_utc)]
AwareMoment = Annotated[AwareDatetime, AfterValidator(in_utc)]
ZIP = {"type": "string", "format": "binary", "contentMediaType": "application/zip"}
Zip = Annotated[bytes, WithJsonSchema(ZIP)]


class Body(Schema):
    """What a request holds: a field that is none of these is refused by its name."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Schema):
    """What is wrong with one field of a request."""

    where: str = Field(description="The field, such as `body.learner.id`.")
    message: str


class ProblemDocument(Schema):
    """An RFC 9457 problem document."""

    type: str = Field(description="A URN made of the code.")
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong and what to do.")
    code: str = Field(description="Stable error code for programs.")
    errors: list[FieldProblem] = Field([], description="Each invalid field.")


def problems(*statuses: int) -> dict[int, Any]:
    """The problem responses of a route, for its ``response`` argument; 401 and 403 are always among them."""
    return dict.fromkeys(sorted({401, 403, *statuses}), ProblemDocument)
