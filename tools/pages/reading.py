"""A template as a tree: elements, the template's own words around them, and the white space between."""

import re
from dataclasses import dataclass, field
from enum import Enum

WORD = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
END = re.compile(r"\{%\s*end(\w+)")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
AS_WRITTEN = {"pre", "textarea", "script", "style"}
UNINDENTED = {"html", "body"}  # their ends may be left out
KEPT = "{# white space shows #}"  # before an element whose style sheet keeps white space


class Gap(Enum):
    """What stands between two things. Where `FREE`, nobody sees whether white space is there."""

    TIGHT = 0
    SPACE = 1
    BLANK = 2  # white space with an empty line in it
    FREE = 3
    FREE_BLANK = 4


@dataclass
class Row:
    """Things with the gaps before, between and after them: always one gap more than things."""

    things: list["Thing"] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


@dataclass
class Text:
    """A word of a sentence, a comment, a document type, or what is kept as written."""

    text: str


@dataclass
class Said:
    """A variable or a tag of the template that has no end."""

    text: str

    @property
    def name(self) -> str:
        return self.text[2:-2].split()[0] if self.text.startswith("{%") else ""


@dataclass
class Element:
    name: str
    attributes: list[str]
    closed: bool = False  # with a slash, as in SVG
    row: Row | None = None
    written: str | None = None  # of what is kept as written, all that it holds
    kept: bool = False


@dataclass
class Logic:
    """A tag of the template with its end, and the branches between: each with the tag that begins it."""

    name: str
    branches: list[tuple[str, Row]]
    end: str = ""


Thing = Text | Said | Element | Logic


class Unreadable(Exception):
    pass


def read(source: str) -> Row:
    return Reader(source).row("")


class Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.with_end = {match[1] for match in END.finditer(source)}

    def wrong(self, sentence: str) -> Unreadable:
        return Unreadable(f"line {self.source.count(chr(10), 0, self.at) + 1}: {sentence}")

    def gap(self) -> Gap:
        begin = self.at
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1
        if begin == self.at:
            return Gap.TIGHT
        return Gap.BLANK if self.source.count("\n", begin, self.at) > 1 else Gap.SPACE

    def row(self, within: str) -> Row:
        """Things until what ends `within`, which is left to the caller."""
        row = Row()
        while True:
            row.gaps.append(self.gap())
            if self.at == len(self.source):
                if within:
                    raise self.wrong(f"{within} is not closed")
                return row
            if self.ends_here():
                if not within:
                    raise self.wrong("nothing that is open ends here")
                return row
            row.things.append(self.thing())

    def ends_here(self) -> bool:
        if match := re.compile(r"</([\w-]+)").match(self.source, self.at):
            return match[1].lower() not in UNINDENTED
        match = re.compile(r"\{%\s*(end\w+|else|elif|empty)\b").match(self.source, self.at)
        return bool(match)

    def thing(self) -> Thing:
        source, at = self.source, self.at
        if source.startswith(KEPT, at):
            self.at += len(KEPT)
            self.gap()
            begin = self.at
            element = self.thing()
            if not isinstance(element, Element):
                raise self.wrong(f"an element has to come after {KEPT}")
            element.kept, element.written = True, source[begin : self.at]
            return element
        if match := re.compile(r"<!--.*?-->|<![^>]*>", re.S).match(source, at):
            self.at = match.end()
            return Text(match[0])
        if re.compile(r"</?[a-zA-Z]").match(source, at):
            return self.element()
        if match := WORD.match(source, at):
            self.at = match.end()
            said = Said(match[0])
            if said.text.startswith("{#"):
                return Text(said.text)
            return self.logic(said) if said.name in self.with_end else said
        match = re.compile(r"(?:(?!\{[%{#]|</?[a-zA-Z]|<!)\S)+").match(source, at)
        if not match:
            raise self.wrong(f"what is {source[at : at + 20]!r}?")
        self.at = match.end()
        return Text(match[0])

    def logic(self, said: Said) -> Thing:
        if said.name in {"comment", "verbatim"}:
            end = re.compile(rf"\{{%\s*end{said.name}\s*%\}}").search(self.source, self.at)
            if not end:
                raise self.wrong(f"{said.text} is not closed")
            written = said.text + self.source[self.at : end.end()]
            self.at = end.end()
            return Text(written)
        logic = Logic(said.name, [])
        tag = said.text
        while True:
            logic.branches.append((tag, self.row(said.text)))
            match = WORD.match(self.source, self.at)
            if not match:
                raise self.wrong(f"close every element in the branch of {tag} that opens it")
            self.at = match.end()
            tag = match[0]
            if Said(tag).name == f"end{said.name}":
                logic.end = tag
                return logic
            if Said(tag).name.startswith("end"):
                raise self.wrong(f"{tag} does not close {said.text}")

    def element(self) -> Element:
        opening = re.compile(r"</?[\w:-]+").match(self.source, self.at)
        if not opening:
            raise self.wrong("a tag without a name")
        self.at = opening.end()
        element = Element(opening[0][1:], self.attributes())
        if self.source.startswith("/>", self.at):
            element.closed = True
            self.at += 1
        self.at += 1
        name = element.name.lower()
        if element.closed or name in VOID or name.lstrip("/") in UNINDENTED:
            return element
        closing = re.compile(rf"</{re.escape(element.name)}\s*>", re.I)
        if name in AS_WRITTEN:
            match = closing.search(self.source, self.at)
            if not match:
                raise self.wrong(f"<{element.name}> is not closed")
            element.written = self.source[self.at : match.start()]
        else:
            element.row = self.row(f"<{element.name}>")
            match = closing.match(self.source, self.at)
            if not match:
                raise self.wrong(
                    f"<{element.name}> is not closed before {self.source[self.at : self.at + 20]!r}"
                )
        self.at = match.end()
        return element

    def attributes(self) -> list[str]:
        """Each with its value; one that depends on something, with its `if` and `endif`."""
        attributes: list[str] = []
        now, quote, depth = "", "", 0
        while True:
            if self.at >= len(self.source):
                raise self.wrong("a tag is not closed")
            rest = self.source[self.at]
            match = WORD.match(self.source, self.at)
            if match:
                name = Said(match[0]).name
                if not quote and not depth and now and name in self.with_end:
                    attributes.append(now)
                    now = ""
                if not quote:
                    depth += (name in self.with_end) - name.startswith("end")
                now += match[0]
                self.at = match.end()
                continue
            if quote:
                quote = "" if rest == quote else quote
            elif rest in "\"'":
                quote = rest
            elif not depth and (rest == ">" or self.source.startswith("/>", self.at)):
                return [*attributes, now] if now else attributes
            elif not depth and rest.isspace():
                if now:
                    attributes.append(now)
                now = ""
                self.at += 1
                continue
            now += rest
            self.at += 1
