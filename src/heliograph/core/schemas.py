"""Shapes that every part's API shares."""

from typing import Any, TypeVar

from ninja import Field, Schema

Row = TypeVar("Row")


class ProblemDocument(Schema):
    """An RFC 9457 problem document."""

    type: str = Field(description="A URN made of the code.")
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong and what to do.")
    code: str = Field(description="Stable; programs look at this.")


def problems(*statuses: int) -> dict[int, Any]:
    """The problem responses of a route, for its ``response`` argument; 401 and 403 are always among them."""
    return dict.fromkeys(sorted({401, 403, *statuses}), ProblemDocument)
