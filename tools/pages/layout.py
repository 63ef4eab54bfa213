"""The lines of a template: one element a line, and what does not fit is broken where nobody sees it."""

from tools.pages.printing import Break, Fill, Group, Indent, Part, written
from tools.pages.reading import KEPT, UNINDENTED, Element, Gap, Logic, Row, Said, Text, Thing, read
from tools.pages.seeing import EDGE, JUST, NOTHING, UNSEEN, Eyes

OWN_LINE = UNSEEN | {"noscript"}


def formatted(source: str, eyes: Eyes | None = None) -> str:
    eyes = eyes or Eyes()
    row = read(source)
    ends = row.gaps[-1] is not Gap.TIGHT or not source
    eyes.look(row)
    return written(Layout(eyes).root(row)).strip() + "\n" * ends


class Layout:
    def __init__(self, eyes: Eyes) -> None:
        self.eyes = eyes

    def root(self, row: Row) -> Part:
        return self.inner(row, self.is_listing(row))

    # -- what is broken whether it fits or not

    def is_block(self, thing: Thing) -> bool:
        """Whether it has a line of its own."""
        if isinstance(thing, Element):
            return (self.eyes.is_block(thing) and thing.name != "br") or thing.name in OWN_LINE or thing.kept
        if isinstance(thing, Logic):
            return any(self.is_listing(row) or self.has_blocks(row) for _, row in thing.branches)
        if isinstance(thing, Said) and thing.name:
            return thing.name != "csrf_token" and self.eyes.edges(thing)[0] in (JUST[EDGE], JUST[NOTHING])
        return isinstance(thing, Text) and thing.text.startswith(("<!", "{#", "{% comment"))

    def has_blocks(self, row: Row) -> bool:
        return any(self.is_block(thing) for thing in row.things)

    def is_listing(self, row: Row) -> bool:
        """Elements without a sentence around them."""
        return len(row.things) > 1 and all(self.is_element(thing) for thing in row.things)

    def is_element(self, thing: Thing) -> bool:
        if isinstance(thing, Logic):
            return thing.name == "block" or all(
                row.things and all(map(self.is_element, row.things)) for _, row in thing.branches
            )
        return (isinstance(thing, Element) and thing.name != "br") or (
            isinstance(thing, Said) and NOTHING in self.eyes.edges(thing)[0]
        )

    # -- the lines

    def gap(self, gap: Gap, always: bool) -> Part:
        if gap is Gap.TIGHT:
            return ""
        return Break(
            "" if gap in (Gap.FREE, Gap.FREE_BLANK) else " ",
            always,
            always and gap in (Gap.BLANK, Gap.FREE_BLANK),
        )

    def inner(self, row: Row, listing: bool) -> Part:
        """What the gaps inside make of it: as much on a line as fits, but a block and each thing of a list on
        its own.
        """
        parts: list[Part] = []
        line: list[Part] = []
        chunk: list[Part] = []
        for at, thing in enumerate(row.things):
            gap = row.gaps[at]
            if at and gap is not Gap.TIGHT:
                line.append(chunk)
                chunk = []
                always = listing or self.is_block(thing) or self.is_block(row.things[at - 1])
                if always:
                    parts += [Fill(line), self.gap(gap, True)]
                    line = []
                else:
                    line.append(self.gap(gap, False))
            chunk.append(self.thing(thing))
        return [*parts, Fill([*line, chunk])]

    def within(self, row: Row, by: int = 2) -> list[Part]:
        if not row.things:
            return [self.gap(row.gaps[0], False)]
        listing = self.is_listing(row)
        always = listing or self.has_blocks(row)
        first = self.gap(row.gaps[0], always)
        last = self.gap(row.gaps[-1], always)
        if isinstance(first, Break) and first.blank:
            first = Break(first.flat, first.always)
        if isinstance(last, Break) and last.blank:
            last = Break(last.flat, last.always)
        return [Indent(by, [first, self.inner(row, listing)]), last]

    def thing(self, thing: Thing) -> Part:
        if isinstance(thing, Element):
            return self.element(thing)
        if isinstance(thing, Logic):
            parts: list[Part] = []
            for tag, row in thing.branches:
                parts += [spaced(tag), *self.within(row, 0 if thing.name == "block" else 2)]
            return Group([*parts, spaced(thing.end)])
        return spaced(thing.text)

    def element(self, element: Element) -> Part:
        if element.kept:
            return [KEPT, Break("", True), element.written or ""]
        attributes: list[Part] = []
        for attribute in element.attributes:
            gap = "" if attribute.startswith("{% if") else " "
            attributes += [gap if len(element.attributes) == 1 else Break(gap), attribute]
        opening = Group([f"<{element.name}", Indent(4, attributes), "/>" if element.closed else ">"])
        if element.written is not None:
            return [opening, element.written, f"</{element.name}>"]
        if element.row is None or element.name in UNINDENTED:
            return opening
        return Group([opening, *self.within(element.row), f"</{element.name}>"])


def spaced(text: str) -> str:
    """A variable or a tag with one space at each side; another text as it is."""
    if text.startswith(("{% comment", "{% verbatim")) or not text.startswith(("{%", "{{", "{#")):
        return text
    return f"{text[:2]} {text[2:-2].strip()} {text[-2:]}"
