"""Where white space is seen. HTML shows none beside the edges of a block, whatever else stands there."""

from collections.abc import Callable
from functools import cache

from tools.pages.reading import Element, Gap, Logic, Row, Said, Text, Thing, read

BLOCKS = set(
    """
    address article aside base blockquote body br caption circle col colgroup dd defs details div dl dt
    ellipse fieldset figcaption figure footer form g h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li
    line link main menu meta nav ol optgroup option p path polygon polyline pre rect section summary table
    tbody td text tfoot th thead title tr ul use
    """.split()  # noqa: SIM905
)
# Inside, these are like blocks; outside, they stand in a line like a word.
BOXES = {"button", "select", "svg", "dialog", "datalist"}
UNSEEN = {"dialog", "script", "style", "template"}
SILENT = {"csrf_token", "load", "extends"}

# What may come first, or last: the edge of a block, something of a line, or nothing at all.
EDGE, LINE, NOTHING = "edge", "line", "nothing"
Seen = frozenset[str]
Edges = tuple[Seen, Seen]
JUST = {name: frozenset({name}) for name in (EDGE, LINE, NOTHING)}
Source = Callable[[str], str | None]


class Eyes:
    """`source` gives the text of another template by its name."""

    def __init__(self, source: Source = lambda _: None) -> None:
        self.source = source
        self.included = cache(self._included)
        self.blocks = cache(self._blocks)

    def _included(self, name: str) -> Edges:
        source = self.source(name)
        if source is None:
            return JUST[LINE], JUST[LINE]
        row = read(source)
        return self.first(row), self.last(row)

    def is_block(self, element: Element) -> bool:
        return element.name.lower().lstrip("/") in BLOCKS

    def is_edged(self, element: Element) -> bool:
        """Whether white space beside its tags is not seen inside; beside an SVG's `text` it is."""
        return (self.is_block(element) and element.name != "text") or element.name.lower() in BOXES

    def edges(self, thing: Thing) -> Edges:
        """What may come first of it, and what last."""
        if isinstance(thing, Element):
            if thing.name.lower() in UNSEEN or (
                thing.name == "input" and 'type="hidden"' in thing.attributes
            ):
                return JUST[NOTHING], JUST[NOTHING]
            return (JUST[EDGE],) * 2 if self.is_block(thing) else (JUST[LINE],) * 2
        if isinstance(thing, Logic):
            if thing.name == "block":
                return JUST[LINE], JUST[LINE]  # whatever a template that extends this one makes of it
            open_end = JUST[NOTHING] if thing.name in {"if", "for"} and not has_else(thing) else frozenset()
            rows = [row for _, row in thing.branches]
            return open_end.union(*map(self.first, rows)), open_end.union(*map(self.last, rows))
        if isinstance(thing, Text):
            if thing.text.startswith("<!d"):
                return JUST[EDGE], JUST[EDGE]
            return (
                (JUST[NOTHING],) * 2
                if thing.text.startswith(("{#", "<!--", "{% comment"))
                else (JUST[LINE],) * 2
            )
        words = thing.text[2:-2].split()
        if thing.name in SILENT or (thing.name and len(words) > 3 and words[-2] == "as"):
            return JUST[NOTHING], JUST[NOTHING]
        if thing.name == "include" and words[1][0] == '"':
            return self.included(words[1].strip('"'))
        return JUST[LINE], JUST[LINE]

    def first(self, row: Row) -> Seen:
        return self._reach([self.edges(thing)[0] for thing in row.things], JUST[NOTHING])

    def last(self, row: Row) -> Seen:
        return self._reach([self.edges(thing)[1] for thing in reversed(row.things)], JUST[NOTHING])

    @staticmethod
    def _reach(seen: list[Seen], beyond: Seen) -> Seen:
        reach: Seen = frozenset()
        for inner in seen:
            reach |= inner - JUST[NOTHING]
            if NOTHING not in inner:
                return reach
        return reach | beyond

    def _blocks(self, name: str) -> dict[str, Edges]:
        """What stands around each block of a template that others extend."""
        blocks: dict[str, Edges] = {}
        source = self.source(name)
        if source is not None:
            self.look(read(source), blocks.__setitem__)
        return blocks

    def look(self, row: Row, note: Callable[[str, Edges], None] = lambda name, edges: None) -> None:
        """Mark the gaps where nobody sees white space."""
        extends = next(
            (
                thing.text.split()[2]
                for thing in row.things
                if isinstance(thing, Said) and thing.name == "extends"
            ),
            "",
        )
        around = JUST[EDGE if extends.startswith('"') else LINE]
        self._look(row, around, around, self.blocks(extends.strip('"')), note)
        if extends:  # outside of its blocks, nothing is shown
            row.gaps = [
                Gap.FREE_BLANK if gap in (Gap.BLANK, Gap.FREE_BLANK) else Gap.FREE for gap in row.gaps
            ]

    def _look(
        self,
        row: Row,
        before: Seen,
        after: Seen,
        blocks: dict[str, Edges],
        note: Callable[[str, Edges], None],
    ) -> None:
        edges = [self.edges(thing) for thing in row.things]
        lefts = [
            self._reach([last for _, last in reversed(edges[:at])], before) for at in range(len(edges) + 1)
        ]
        rights = [self._reach([first for first, _ in edges[at:]], after) for at in range(len(edges) + 1)]
        for at, gap in enumerate(row.gaps):
            if JUST[EDGE] in (lefts[at], rights[at]):
                row.gaps[at] = Gap.FREE_BLANK if gap is Gap.BLANK else Gap.FREE
        for at, thing in enumerate(row.things):
            left, right = lefts[at], rights[at + 1]
            if isinstance(thing, Element) and thing.row:
                inside = JUST[EDGE] if self.is_edged(thing) else JUST[LINE]
                self._look(thing.row, inside, inside, blocks, note)
            elif isinstance(thing, Logic):
                if thing.name == "block":
                    name = thing.branches[0][0].split()[2]
                    left, right = blocks.get(name, (left, right))
                    note(name, (left, right))
                for number, (_, branch) in enumerate(thing.branches):
                    again = number == 0 and thing.name == "for"
                    self._look(
                        branch,
                        left | (self.last(branch) - JUST[NOTHING] if again else frozenset()),
                        right | (self.first(branch) - JUST[NOTHING] if again else frozenset()),
                        blocks,
                        note,
                    )


def has_else(logic: Logic) -> bool:
    return any(Said(tag).name in {"else", "empty"} for tag, _ in logic.branches)
