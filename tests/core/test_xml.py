"""XML from strangers is read forgivingly where it is clumsy, and refused where it is dangerous."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.xml import XmlLimits, XmlRefused, parse


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(XmlRefused) as caught:
        parse(data, XmlLimits(**limits))
    return caught.value.code


def mends(data: bytes) -> list[str]:
    return [mend.code for mend in parse(data).mends]


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode(),
        "<a>é</a>".encode(),
        '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"),
        "<a>é</a>".encode("utf-16-le"),
        "<a>é</a>".encode("utf-16-be"),
        "<a>é</a>".encode("utf-32"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"),
        '<?xml version="1.0" encoding="windows-1252"?><a>é</a>'.encode("cp1252"),
    ],
)
def test_every_honest_encoding_is_read_without_remark(data):
    document = parse(data)
    assert document.root.text == "é"
    assert not document.mends


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xef\xbb\xbf<a>\xc3\xa9</a>", "xml_bom"),
        (b'<?xml version="1.0" encoding="utf-16"?><a>\xc3\xa9</a>', None),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xc3\xa9</a>', "xml_encoding"),
        (b'<?xml version="1.0" encoding="no-such-thing"?><a>\xc3\xa9</a>', None),
        (b'<?xml version="1.0" encoding="punycode"?><a>\xc3\xa9</a>', None),
        (b"<a>\xe9</a>", "xml_encoding"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xe9</a>', "xml_encoding"),
        (b'\n\n<?xml version="1.0"?><a>\xc3\xa9</a>', "xml_start"),
        (b"<a>\xc3\xa9</a>\x1a\x00\x00", None),
    ],
)
def test_a_wrong_encoding_or_a_mark_at_the_start_is_put_right_and_told(data, code):
    assert parse(data).root.text == "é"
    assert mends(data) == ([code] if code else [])


def test_bare_ampersands_become_text_but_cdata_and_references_stay():
    data = b'<a b="?x=1&y=2">R&D &amp; &#233; &eacute;<![CDATA[ & ]]><!-- & --></a>'
    root = parse(data).root
    assert (root.get("b"), root.text) == ("?x=1&y=2", "R&D & é é & ")
    assert mends(data) == ["xml_ampersand"]


def test_prefixes_without_a_declaration_are_declared():
    data = b'<manifest><adlcp:masteryscore x:y="1">80</adlcp:masteryscore></manifest>'
    assert parse(data).root[0].text == "80"
    assert mends(data) == ["xml_prefix"]


def test_control_characters_become_blanks():
    assert parse(b"<a>one\x0btwo</a>").root.text == "one two"


def test_comments_and_instructions_leave_no_trace():
    root = parse(b"<!-- <!DOCTYPE a> --><?pi?><a>x<!-- y -->z<b/></a>").root
    assert (root.text, len(root)) == ("xz", 1)


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!doctype a [<!ENTITY b SYSTEM "http://127.0.0.1/">]><a>&b;</a>',
        b"<!DOCTYPE a ["
        + b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (n, n - 1, n - 1) for n in range(30))
        + b"]><a>&e29;</a>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
    ],
)
def test_document_types_and_entities_are_refused(data):
    assert refusal(data) == "xml_doctype"


def test_an_outside_document_type_may_be_ignored_but_never_one_that_declares():
    assert parse(b'<!DOCTYPE a SYSTEM "a.dtd"><a/>', ignore_external_doctype=True).root.tag == "a"
    with pytest.raises(XmlRefused):
        parse(b'<!DOCTYPE a SYSTEM "a.dtd" [<!ENTITY b "c">]><a/>', ignore_external_doctype=True)


def test_size_depth_and_number_of_elements_are_limited():
    assert refusal(b"<a>" + b" " * 100 + b"</a>", max_bytes=100) == "xml_too_large"
    assert refusal(b"<a>" * 20 + b"</a>" * 20, max_depth=19) == "xml_too_deep"
    assert refusal(b"<a>" * 100_000 + b"</a>" * 100_000) == "xml_too_deep"
    assert refusal(b"<a>" + b"<b/>" * 20 + b"</a>", max_elements=20) == "xml_too_large"
    assert parse(b"<a>" + b"<b/>" * 20 + b"</a>", XmlLimits(max_elements=21)).root is not None


@pytest.mark.parametrize(
    "data", [b"", b"   ", b"no xml", b"<a>", b"<a></b>", b"<a/><b/>", b"\xff\xfe<", b"<a b='1' b='2'/>"]
)
def test_what_is_not_xml_is_refused(data):
    assert refusal(data) in ("xml_malformed", "xml_encoding")


@pytest.mark.parametrize("piece", [b"<!-->", b"<![CDATA[", b"&", b"a:b ", b"<a:b ", b"<?x "])
def test_pathological_repetition_takes_no_more_than_linear_time(piece):
    refusal(b"<a>&" + piece * 200_000)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: b"<a>" + data + b"</a>"))
def test_arbitrary_bytes_give_a_document_or_a_refusal(data):
    with contextlib.suppress(XmlRefused):
        assert parse(data).root is not None


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="&<>\ufeff\ufffe\uffff"
        )
    )
)
def test_any_text_survives_any_unicode_encoding(text):
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert (parse(f"<a>{text}</a>".encode(encoding)).root.text or "") == text
