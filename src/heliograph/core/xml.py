"""XML from strangers: one door over lxml.

The bytes become text first, forgivingly (byte-order marks, lying declarations); document types, and with them
every entity, are refused before the parser sees any; then the text is parsed in pieces while depth and
elements are counted.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Final

from lxml import etree

from heliograph.core.translation import gettext_noop, told

PIECE: Final = 64 * 1024
DOCTYPE_SENTENCE: Final = gettext_noop(
    "declares a document type (DOCTYPE), which is not allowed for security reasons; export it without one."
)
PREDEFINED: Final = {"amp", "lt", "gt", "quot", "apos"}
# Text encodings that XML files are really written in; codecs such as punycode or unicode_escape have no place
# in one.
ENCODINGS: Final = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-\d+|cp125\d|cp1?\d\d\d|mac-roman|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|euc_kr|iso2022_jp|hz"
)
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a mark, the first character of XML ("<") still shows how wide characters are.
WIDE_STARTS: Final = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
DECLARATION: Final = re.compile(r"<\?xml\s[^>]*\?>")
DECLARED: Final = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][\w.:-]{0,40})[\"']")
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
REFERENCE: Final = re.compile(r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)?")
PREFIX: Final = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,63}):[A-Za-z_]")
VERBATIM: Final = re.compile(r"<!\[CDATA\[|<!--")
BOUND: Final = re.compile(r"xmlns:([A-Za-z_][\w.-]{0,63})\s*=")


@dataclass(frozen=True)
class XmlLimits:
    """How much XML is accepted: bytes as given, levels of nesting, elements."""

    max_bytes: int = 10 * 1024 * 1024
    max_depth: int = 100
    max_elements: int = 200_000


@dataclass(frozen=True)
class Mend:
    """Something that was put right before the text could be parsed, in words for its author."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Document:
    """A parsed document: its root element, and what had to be mended on the way."""

    root: etree._Element
    mends: tuple[Mend, ...]


class XmlRefused(Exception):
    """This XML is not read.

    `code` is stable; `sentence` starts at its verb: callers put the name of the file first.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def parse(data: bytes, limits: XmlLimits = XmlLimits(), *, ignore_external_doctype: bool = False) -> Document:
    """The document in `data`. Raises XmlRefused for what is unsafe, too large or not XML.

    `ignore_external_doctype` takes out a document type that merely names a file, as standards older than XML
    Schema ask for; that file is never fetched, and a document type that declares anything itself is refused
    all the same.
    """
    if len(data) > limits.max_bytes:
        raise XmlRefused(
            "xml_too_large",
            told(
                gettext_noop("is larger than %(count)s bytes; remove what does not belong there."),
                count=limits.max_bytes,
            ),
        )
    mends: list[Mend] = []
    text = _clean(_decode(data, mends), mends)
    text = _without_doctype(text, ignore_external_doctype)
    try:
        root = _build(text, limits)
    except etree.XMLSyntaxError as error:
        mended = _mend(text, mends)
        if mended == text:
            raise _malformed(error) from None
        try:
            root = _build(mended, limits)
        except etree.XMLSyntaxError as second:
            raise _malformed(second) from None
    return Document(root, tuple(mends))


def _decode(data: bytes, mends: list[Mend]) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                mends.append(Mend("xml_bom", gettext_noop("A byte-order mark was removed.")))
            return _strictly(data[len(mark) :], encoding)
    for start, encoding in WIDE_STARTS:
        if data.startswith(start):
            return _strictly(data, encoding)
    return _decode_bytewise(data, mends)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise XmlRefused(
            "xml_encoding",
            told(
                gettext_noop("begins like %(encoding)s text but is not; save it as UTF-8."),
                encoding=encoding.upper(),
            ),
        ) from None


def _decode_bytewise(data: bytes, mends: list[Mend]) -> str:
    """UTF-8 wherever the bytes are UTF-8, as Latin-1 text almost never is; else as declared; else
    Windows-1252.
    """
    declared = _declared(data)
    if declared not in ("iso2022_jp", "hz"):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if declared not in ("utf-8", "ascii") and not data.isascii():
                mends.append(
                    Mend(
                        "xml_encoding",
                        told(
                            gettext_noop("Declared as %(encoding)s but is UTF-8; read as UTF-8."),
                            encoding=declared,
                        ),
                    )
                )
            return text
    if declared != "utf-8":
        try:
            return data.decode(declared)
        except UnicodeDecodeError:
            pass
    mends.append(
        Mend(
            "xml_encoding",
            told(
                gettext_noop("Declared as %(encoding)s but is not; read as Windows-1252."), encoding=declared
            ),
        )
    )
    return data.decode("cp1252", errors="replace")


def _declared(data: bytes) -> str:
    declaration = DECLARED.search(data[:400])
    if not declaration:
        return "utf-8"
    try:
        name = codecs.lookup(declaration[1].decode("ascii")).name
    except LookupError:
        return "utf-8"
    return name if ENCODINGS.fullmatch(name) and not name.startswith(("utf-16", "utf-32")) else "utf-8"


def _clean(text: str, mends: list[Mend]) -> str:
    """Without the declaration, which the decoding made untrue, and without characters that XML forbids."""
    body = text.lstrip("\ufeff")
    declaration = DECLARATION.search(body, 0, 4096)
    if declaration and not body[: declaration.start()].strip():
        if declaration.start():
            mends.append(Mend("xml_start", gettext_noop("Blank lines before the first line were removed.")))
        body = body[: declaration.start()] + body[declaration.end() :]
    stripped = body.rstrip("\x00\x1a \t\r\n")
    clean = FORBIDDEN.sub(" ", stripped)
    if clean != stripped:
        mends.append(
            Mend(
                "xml_characters",
                gettext_noop("Control characters, which XML forbids, were replaced by spaces."),
            )
        )
    return clean


def _without_doctype(text: str, ignore_external: bool) -> str:
    start = _prolog_end(text)
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return text
    end = text.find(">", start)
    declaration = text[start : end + 1] if end >= 0 else ""
    if ignore_external and declaration and "[" not in declaration:
        return text[:start] + text[end + 1 :]
    raise XmlRefused("xml_doctype", DOCTYPE_SENTENCE)


def _prolog_end(text: str) -> int:
    """Where the comments, instructions and blanks before the first tag end."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        closing = "-->" if text.startswith("<!--", at) else "?>" if text.startswith("<?", at) else None
        end = text.find(closing, at) if closing else -1
        if closing is None or end < 0:
            break
        at = end + len(closing)
    return at


def _build(text: str, limits: XmlLimits) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = elements = 0
    for piece in _pieces(text.encode()):
        parser.feed(piece)
        for event, _ in parser.read_events():
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > limits.max_depth:
                raise XmlRefused(
                    "xml_too_deep",
                    told(
                        gettext_noop("has elements nested more than %(depth)s levels deep; flatten them."),
                        depth=str(limits.max_depth),
                    ),
                )
        if elements > limits.max_elements:
            raise XmlRefused(
                "xml_too_large",
                told(
                    gettext_noop("has more than %(count)s elements; split the course."),
                    count=limits.max_elements,
                ),
            )
    root: etree._Element = parser.close()
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("xml_doctype", DOCTYPE_SENTENCE)
    return root


def _pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), PIECE):
        yield data[at : at + PIECE]


def _malformed(error: etree.XMLSyntaxError) -> XmlRefused:
    if "Excessive depth" in (error.msg or ""):
        return XmlRefused("xml_too_deep", gettext_noop("has elements nested too deep; flatten them."))
    why = error.msg[:200] if error.msg else told(gettext_noop("it has no root element"))
    return XmlRefused(
        "xml_malformed",
        told(
            gettext_noop("is not well-formed XML (%(reason)s); fix it, or export the file again."), reason=why
        ),
    )


def _mend(text: str, mends: list[Mend]) -> str:
    """The two faults that hand-made files have most: bare ampersands, and prefixes that nobody declared."""
    escaped = _escape_ampersands(text)
    if escaped != text:
        mends.append(Mend("xml_ampersand", gettext_noop("“&” was replaced by “&amp;”.")))
    bound = _bind_prefixes(escaped)
    if bound != escaped:
        mends.append(Mend("xml_prefix", gettext_noop("Undeclared namespace prefixes were declared.")))
    return bound


def _escape_ampersands(text: str) -> str:
    return "".join(
        REFERENCE.sub(_reference, part) if is_markup else part for is_markup, part in _split_verbatim(text)
    )


def _reference(match: re.Match[str]) -> str:
    inside = match[1]
    if not inside:
        return "&amp;"
    if inside.startswith("#") or inside[:-1] in PREDEFINED:
        return match[0]
    character = html5.get(inside)
    return "".join(f"&#{ord(c)};" for c in character) if character else "&amp;" + inside


def _split_verbatim(text: str) -> Iterator[tuple[bool, str]]:
    """The text in parts: True for markup, False for CDATA sections and comments, where “&” is itself."""
    at = 0
    while opening := VERBATIM.search(text, at):
        closing = "]]>" if opening[0] == "<![CDATA[" else "-->"
        end = text.find(closing, opening.end())
        if end < 0:
            break
        yield True, text[at : opening.start()]
        at = end + len(closing)
        yield False, text[opening.start() : at]
    yield True, text[at:]


def _bind_prefixes(text: str) -> str:
    start = _prolog_end(text)
    end = text.find(">", start)
    name = re.compile(r"<[\w.:-]+").match(text, start)
    if not name or end < 0:
        return text
    bound = set(BOUND.findall(text[start:end])) | {"xml", "xmlns"}
    missing = sorted(set(PREFIX.findall(text)) - bound)
    if len(missing) > 50:
        return text
    declarations = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in missing)
    return text[: name.end()] + declarations + text[name.end() :]
