"""Lines of a document of nested groups: a group that fits stays on its line, another breaks at each place
that it has.
"""

from dataclasses import dataclass

WIDTH = 110


@dataclass(frozen=True)
class Break:
    """A space or nothing, and a new line in a group that breaks; or always a new line."""

    flat: str = " "
    always: bool = False
    blank: bool = False


@dataclass
class Group:
    parts: list["Part"]
    breaks: bool = False


@dataclass
class Fill:
    """Things with breaks between, as many on a line as fit: [thing, break, thing, …]."""

    parts: list["Part"]


@dataclass
class Indent:
    by: int
    parts: list["Part"]


Part = str | Break | Group | Fill | Indent | list["Part"]
Todo = tuple[int, bool, Part]


def must_break(part: Part) -> bool:
    """And says so to each group within."""
    if isinstance(part, str):
        return "\n" in part
    if isinstance(part, Break):
        return part.always
    inner = part if isinstance(part, list) else part.parts
    breaks = sum(map(must_break, inner)) > 0  # each of them is asked
    if isinstance(part, Group):
        part.breaks = part.breaks or breaks
    return breaks


def fits(todo: Todo, rest: list[Todo], room: int) -> bool:
    stack = [todo]
    left = len(rest)
    while room >= 0:
        if not stack:
            if not left:
                return True
            left -= 1
            stack.append(rest[left])
        indent, flat, part = stack.pop()
        if isinstance(part, str):
            if "\n" in part:
                return len(part.partition("\n")[0]) <= room
            room -= len(part)
        elif isinstance(part, Break):
            if part.always or not flat:
                return True
            room -= len(part.flat)
        elif isinstance(part, list):
            stack += [(indent, flat, piece) for piece in reversed(part)]
        else:
            flat = flat and not (isinstance(part, Group) and part.breaks)
            stack += [(indent, flat, piece) for piece in reversed(part.parts)]
    return False


def written(document: Part, width: int = WIDTH) -> str:
    must_break(document)
    out: list[str] = []
    at = 0
    todo: list[Todo] = [(0, False, document)]
    while todo:
        indent, flat, part = todo.pop()
        if isinstance(part, str):
            out.append(part)
            at = len(part.rpartition("\n")[2]) + (0 if "\n" in part else at)
        elif isinstance(part, Break):
            if flat and not part.always:
                out.append(part.flat)
                at += len(part.flat)
            else:
                out.append(("\n\n" if part.blank else "\n") + " " * indent)
                at = indent
        elif isinstance(part, list):
            todo += [(indent, flat, piece) for piece in reversed(part)]
        elif isinstance(part, Indent):
            todo += [(indent + part.by, flat, piece) for piece in reversed(part.parts)]
        elif isinstance(part, Group):
            flat = not part.breaks and (flat or fits((indent, True, list(part.parts)), todo, width - at))
            todo += [(indent, flat, piece) for piece in reversed(part.parts)]
        else:
            fill(part.parts, indent, todo, width - at)
    return "\n".join(line.rstrip() for line in "".join(out).split("\n"))


def fill(parts: list[Part], indent: int, todo: list[Todo], room: int) -> None:
    if not parts:
        return
    first = (indent, True, parts[0])
    alone = fits(first, todo if len(parts) == 1 else [], room) and not must_break(parts[0])
    if len(parts) > 2:
        pair: Part = [parts[0], parts[1], parts[2]]
        together = (
            alone
            and not must_break(pair)
            and fits((indent, True, pair), todo if len(parts) == 3 else [], room)
        )
        todo.append((indent, False, Fill(parts[2:])))
        todo.append((indent, together, parts[1]))
    todo.append((indent, alone, parts[0]))
