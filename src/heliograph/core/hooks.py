"""Hooks: where a part asks or tells the parts above it, which it does not know.

A hook is declared in the `hooks` module of the part that calls it, as a function without a body: its
signature says what it is called with and what it answers, its docstring when it is called and what it may
raise. Parts above connect their functions in `apps.py`.
"""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """A declared hook, and the functions that are connected to it."""

    def __init__(self, declared: Callable[P, R]) -> None:
        self.name = f"{declared.__module__.split('.')[1]}.{declared.__name__}"
        self.__doc__ = declared.__doc__
        self.connected: list[Callable[P, R]] = []
        HOOKS[self.name] = self

    def connect(self, function: Callable[P, R]) -> None:
        """Have a function called whenever the hook is, after those that are connected already."""
        self.connected.append(function)

    def call(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """What all of them answer. Whatever one of them raises is raised, and the rest is not called."""
        return [function(*args, **kwargs) for function in self.connected]

    def first(self, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The first answer that is not empty; None where there is none. The rest is not called."""
        return next((answer for function in self.connected if (answer := function(*args, **kwargs))), None)


HOOKS: dict[str, Hook[..., Any]] = {}


def hook(declared: Callable[P, R]) -> Hook[P, R]:
    """Declares a hook."""
    return Hook(declared)
