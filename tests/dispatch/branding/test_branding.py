"""How packages look and speak: what a destination may set, what is refused with a sentence, and what comes to
lie in the zip.
"""

import base64
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.dispatch.package.test_builder import config_in, files_of

from heliograph.core import clock
from heliograph.dispatch import actions, errors, package_files, rules
from heliograph.dispatch.branding import logos, pages, svg, texts
from heliograph.dispatch.branding import rules as branding
from heliograph.dispatch.licenses import rules as license_rules
from heliograph.dispatch.models import Logo
from heliograph.dispatch.package import builder, embedding
from heliograph.dispatch.package.validator import broken_rules

SUN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<circle cx="5" cy="5" r="4" fill="#b45309"/></svg>'
)


def address(content: bytes | str, kind: str = "image/svg+xml") -> str:
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def picture(kind: str = "PNG", size: tuple[int, int] = (20, 10)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "#b45309").save(target, kind)
    return target.getvalue()


def brand_in(package: bytes, page: str = "index.html") -> dict[str, Any]:
    return config_in(files_of(package)[page]).get("brand", {})


@pytest.fixture
def dress(tenant, dispatch):
    """Sets the destination's branding, or the dispatch's."""

    def run(of="destination", **fields):
        if of == "destination":
            actions.change_destination(tenant.manager, dispatch.destination, branding=fields)
        else:
            actions.change_dispatch(tenant.manager, dispatch, branding=fields)
        return dispatch

    return run


def test_a_destinations_branding_travels_inside_both_kinds_of_package(dress):
    dispatch = dress(
        name="Northlight & Söhne", logo=address(SUN),
        colors={"accent": "#B45309", "background": "#fffdf8"}, language="de",
        texts={"de": {"left.title": "Geschafft!"}},
    )  # fmt: skip
    for package, folder in (
        (builder.build(dispatch, "scorm12"), ""),
        (b"".join(embedding.build(dispatch)), "heliograph/"),
    ):
        assert broken_rules(package) == []
        files = files_of(package)
        assert b"<circle" in files[f"{folder}logo.svg"]
        brand = brand_in(package, f"{folder}{'course' if folder else 'index'}.html")
        assert (brand["name"], brand["logo"], brand["language"]) == ("Northlight & Söhne", "logo.svg", "de")
        assert brand["texts"] == {"de": {"left.title": "Geschafft!"}}
        assert brand["look"]["--paper"] == "#fffdf8"
        assert b"Der Kurs" in files[f"{folder}texts.js"]
        assert b"The course" not in files[f"{folder}texts.js"], "one language is enough"


def test_an_unbranded_package_speaks_every_language_and_names_the_organization(dispatch):
    package = builder.build(dispatch, "scorm12")
    assert brand_in(package) == {"name": "Northlight"}
    spoken = files_of(package)["texts.js"].decode()
    assert all(texts.catalog()[tag]["left.title"] in spoken for tag in ("en", "de", "es", "fr"))
    assert len(package) < 32_000


def test_branded_packages_are_the_same_bytes_before_and_after_the_database(dress):
    dispatch = dress(
        logo=address(SUN),
        name="Northlight",
        texts={"fr": {"retry": "Encore"}, "de": {"retry": "Nochmal", "code": "Nr. {code}"}},
    )
    before = builder.build(dispatch, "scorm2004-3rd")
    dispatch.destination.refresh_from_db()
    assert builder.build(dispatch, "scorm2004-3rd") == before


def test_a_logo_alone_stands_for_its_seller_and_no_name_is_written_beside_it(dress):
    assert "name" not in brand_in(builder.build(dress(logo=address(SUN)), "scorm12"))


def test_a_package_says_who_helps_and_a_dispatchs_contact_replaces_the_whole_of_its_destinations(dress):
    dispatch = dress(contact={"email": " help@northlight.example ", "phone": "+49 (30) 123-456"})
    told = brand_in(builder.build(dispatch, "scorm12"))["contact"]
    assert told == {"email": "help@northlight.example", "phone": "+49 (30) 123-456"}
    dispatch = dress("dispatch", contact={"url": "https://help.brandt.example/courses"})
    told = brand_in(builder.build(dispatch, "scorm12"))["contact"]
    assert told == {"url": "https://help.brandt.example/courses"}
    assert "contact" not in dress(contact={"email": ""}).destination.branding


def test_a_dispatchs_branding_lies_over_its_destinations(dress):
    dress(name="Northlight", language="de", texts={"de": {"retry": "Nochmal", "left.title": "Fertig"}})
    dispatch = dress("dispatch", name="Brandt", texts={"de": {"left.title": "Geschafft!"}})
    brand = brand_in(builder.build(dispatch, "scorm12"))
    assert (brand["name"], brand["language"]) == ("Brandt", "de")
    assert brand["texts"]["de"] == {"retry": "Nochmal", "left.title": "Geschafft!"}


def test_what_is_left_out_of_a_change_stays_and_what_is_empty_goes(dress):
    dress(name="Northlight", logo=address(picture(), "image/png"))
    dispatch = dress(language="fr")
    assert set(dispatch.destination.branding) == {"name", "logo", "language"}
    assert set(dress(name="", logo="").destination.branding) == {"language"}


def test_a_branding_cannot_break_out_of_the_page(dress):
    dispatch = dress(
        name="</script><script>alert(1)</script>", texts={"en": {"no_script": "<b>No</b> script"}}
    )
    page = files_of(builder.build(dispatch, "scorm12"))["index.html"].decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;No&lt;/b&gt;" in page


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown field": ({"motto": "!"}, branding.BrandingInvalid, "motto"),
    "a color by name": ({"colors": {"accent": "red"}}, branding.BrandingInvalid, "hex color"),
    "a third color": ({"colors": {"shadow": "#000000"}}, branding.BrandingInvalid, "shadow"),
    "an accent on its like": (
        {"colors": {"accent": "#ffff88", "background": "#ffffff"}},
        branding.BrandingUnreadable,
        "darker",
    ),
    "a dark accent on the dark": (
        {"colors": {"accent": "#222222", "background": "#000000"}},
        branding.BrandingUnreadable,
        "lighter",
    ),
    "a language nobody wrote in": ({"language": "tlh"}, branding.BrandingInvalid, "No texts"),
    "no language at all": ({"language": "German"}, branding.BrandingInvalid, "is not a language"),
    "a text nobody shows": ({"texts": {"de": {"greeting": "Hallo"}}}, branding.BrandingInvalid, "greeting"),
    "a place nobody fills": (
        {"texts": {"de": {"access_ended.text": "{weeks}"}}},
        branding.BrandingInvalid,
        "weeks",
    ),
    "texts of every language": (
        {"texts": {"browser": {"retry": "!"}}},
        branding.BrandingInvalid,
        "Enter the language",
    ),
    "an address of nobody": ({"contact": {"email": "help"}}, branding.BrandingInvalid, "an email address"),
    "two addresses": (
        {"contact": {"email": "a@example.org, b@example.org"}},
        branding.BrandingInvalid,
        "an email address",
    ),
    "a phone number in words": (
        {"contact": {"phone": "call us"}},
        branding.BrandingInvalid,
        "a phone number",
    ),
    "a script as help page": (
        {"contact": {"url": "javascript:alert(1)"}},
        branding.BrandingInvalid,
        "a web address",
    ),
    "a help page without a host": (
        {"contact": {"url": "https://"}},
        branding.BrandingInvalid,
        "a web address",
    ),
    "a contact by fax": ({"contact": {"fax": "1"}}, branding.BrandingInvalid, "Unknown contact"),
    "two lines": ({"texts": {"de": {"retry": "a\nb"}}}, branding.BrandingInvalid, "one line"),
    "a NUL": ({"name": "a\x00b"}, branding.BrandingInvalid, "can't be shown"),
    "half a character": ({"name": "\ud800"}, branding.BrandingInvalid, "can't be shown"),
    "a long name": ({"name": "n" * 101}, branding.BrandingInvalid, "maximum is 100"),
    "a web address as logo": ({"logo": "https://example.org/logo.png"}, logos.LogoRefused, "data:image"),
    "a logo of nobody's": ({"logo": f"{'0' * 32}.png"}, errors.LogoNotFound, "Logo not found"),
    "a large logo": ({"logo": address(b"x" * (logos.LARGEST + 1))}, logos.LogoRefused, "larger than 128 KB"),
    "a text as logo": ({"logo": address("hello")}, logos.LogoRefused, "can't be read"),
    "a GIF": ({"logo": address(picture("GIF"))}, logos.LogoRefused, "can't be read"),
    "a wide picture": ({"logo": address(picture(size=(4001, 1)))}, logos.LogoRefused, "pixels"),
    "half a picture": ({"logo": address(picture(size=(300, 300))[:-60])}, logos.LogoRefused, "can't be read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence_that_says_why(dress, name):
    fields, problem, told = REFUSED[name]
    with pytest.raises(problem, match=re.escape(told)):
        dress(**fields)


DANGEROUS = {
    "a script": "<script>alert(1)</script>",
    "a handler": '<path onload="alert(1)"/>',
    "a page": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
    "a link": '<a href="https://example.org"><path/></a>',
    "a link by script": '<use href="javascript:alert(1)"/>',
    "another drawing": '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://example.org/x.svg#a"/>',
    "a picture from elsewhere": '<image href="https://example.org/x.png"/>',
    "an animation that links": '<animate attributeName="href" to="javascript:alert(1)"/>',
    "a style that loads": '<style>@import "https://example.org/x.css";</style>',
    "a style that loads in disguise": '<style>@\\69mport "https://example.org/x.css";</style>',
    "a fill from elsewhere": '<path fill="url(https://example.org/x.svg#a)"/>',
    "a fill from elsewhere in quotes": "<path style=\"fill:URL( 'https://example.org/x.svg#a' )\"/>",
    "an address cut by a comment": "<style>a{fill:url(/**/https://example.org)}</style>",
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_an_svg_that_could_act_is_refused(name):
    with pytest.raises(logos.LogoRefused, match="The SVG contains"):
        logos.cleaned(f'<svg xmlns="http://www.w3.org/2000/svg">{DANGEROUS[name]}</svg>'.encode())


@pytest.mark.parametrize(
    "text",
    ['<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "<svg", "<html/>"],
)
def test_what_is_no_plain_svg_is_refused(text):
    with pytest.raises(logos.LogoRefused):
        logos.cleaned(text.encode())


def test_what_drawing_programs_leave_behind_is_dropped_and_the_drawing_stays():
    name, kept = logos.cleaned(
        b'<?xml version="1.0"?><?xml-stylesheet href="x.css"?><!-- made by hand -->'
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="urn:inkscape" '
        b'xmlns:xlink="http://www.w3.org/1999/xlink" i:version="1">'
        b"<i:view/><metadata><x/></metadata>"
        b'<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs>'
        b"<style>.a{fill:url(#g)}</style><!-- x -->"
        b'<path class="a" d="M0 0"/><use xlink:href="#g"/></svg>'
    )
    assert name.endswith(".svg")
    for gone in (b"inkscape", b"stylesheet", b"made by hand", b"metadata", b"view"):
        assert gone not in kept
    for there in (b"url(#g)", b'href="#g"', b"<path", b"stop"):
        assert there in kept
    assert logos.cleaned(kept) == (name, kept)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_whatever_the_colors_all_that_is_written_can_be_read(accent, background):
    look = branding.look(accent, background)
    for text, ground in (("--ink", "--paper"), ("--soft", "--paper"), ("--on-button", "--button")):
        assert branding.contrast(look[text], look[ground]) >= branding.READABLE


def test_a_destination_may_write_whatever_the_catalog_says():
    for tag, said in texts.catalog().items():
        assert all(branding._text(name, said[name], name) == said[name] for name in texts.names()), tag


def test_packages_carry_nothing_that_the_player_says():
    said = texts.module(tuple(texts.catalog())).decode()
    assert "player." not in said
    assert "Save and exit" not in said


def refusals() -> set[str]:
    """The codes of every refusal of a launch."""

    def below(kind):
        return {kind, *(deeper for subclass in kind.__subclasses__() for deeper in below(subclass))}

    return {refusal.code for refusal in below(errors.LaunchRefused) - {errors.LaunchRefused}}


def test_every_refusal_of_a_launch_has_its_text():
    others = {
        errors.DispatchNotFound.code,
        errors.PackageReplaced.code,
        errors.PageLoadTaken.code,
        errors.RateLimited.code,
        "database_away",
        "server_error",
    }
    assert {f"{code}.text" for code in refusals() | others} <= texts.names().keys()


def test_every_text_that_the_scripts_ask_for_is_in_the_catalog():
    scripts = "".join(
        package_files.stub_file(name).decode()
        for name in {*package_files.STUB_FILES, *package_files.AU_FILES}
        if name.endswith(".js")
    )
    scripts += embedding._file("embedded/wrapper.js").decode()
    said = {
        name
        for message in re.findall(r'say\("(\w+)"', scripts)
        for name in (f"{message}.title", f"{message}.text")
    }
    asked = set(re.findall(r'text\("([\w.]+)"', scripts))
    assert said | asked <= texts.names().keys() | {"window.title"}, "the window's title is the course's"
    assert len(said) > 10


def test_the_page_calls_every_text_by_a_name_for_people():
    assert {name.partition(".")[0] for name in texts.names()} == pages.LABELS.keys()
    assert {name.partition(".")[2] for name in texts.names()} - {""} == pages.PARTS.keys()
    assert pages.label("left.title") == "After leaving – heading"
    assert pages.label("retry") == "Button to try again"


def test_the_host_says_the_same_in_english_as_the_package():
    english = texts.names()
    now, limits = clock.now(), rules.DispatchLimits(True, None, False)
    for refuse in (
        lambda: rules.refuse_closed(rules.DispatchLimits(False, None, True), now),
        lambda: rules.refuse_closed(rules.DispatchLimits(True, now, True), now),
        lambda: rules.refuse_new_learner(limits),
        lambda: license_rules.refuse_early(now + timedelta(days=1), now),
        lambda: license_rules.refuse_access_over(now - timedelta(days=9), 7, now),
        lambda: rules.refuse_domain(["brandt.example"], "https://elsewhere.example"),
    ):
        with pytest.raises(errors.LaunchRefused) as refused:
            refuse()
        document = refused.value.document()
        assert english[f"{document['code']}.text"].format(**document) == document["detail"]
    said = {
        kind.code: sentence
        for kind, sentence in license_rules.USED_UP.values()
        if issubclass(kind, errors.LaunchRefused)
    }
    assert said
    for code, sentence in said.items():
        assert english[f"{code}.text"] == sentence
    assert english["no_seat_free.text"] == license_rules.no_seat_free().sentence
    assert english["dispatch_expired.text"] == license_rules.expired().sentence


def test_one_logo_is_kept_once_and_a_strangers_is_not_found(dress, tenant, stranger, dispatch):
    dress(logo=address(SUN))
    dress("dispatch", logo=address(SUN))
    [kept] = Logo.objects.all()
    mine = actions.create_destination(stranger.manager, "Elsewhere")
    with pytest.raises(errors.LogoNotFound):
        actions.change_destination(stranger.manager, mine, branding={"logo": kept.name})


def test_the_api_takes_and_shows_a_branding(api, dispatch):
    changed = api(
        "PATCH",
        f"/destinations/{dispatch.destination_id}",
        {
            "branding": {
                "name": "Northlight", "logo": address(SUN), "language": "de",
                "contact": {"email": "help@northlight.example"},
            }
        },
    )  # fmt: skip
    shown = changed.json()["branding"]
    assert shown["contact"] == {"email": "help@northlight.example", "phone": "", "url": ""}
    assert (shown["name"], shown["language"], shown["colors"]) == (
        "Northlight",
        "de",
        {"accent": "", "background": ""},
    )
    again = api(
        "PATCH",
        f"/dispatch/{dispatch.id}",
        {"branding": {"logo": shown["logo"], "colors": {"accent": "#b45309"}}},
    )
    assert again.json()["branding"]["logo"] == shown["logo"]
    refused = api("PATCH", f"/dispatch/{dispatch.id}", {"branding": {"colors": {"accent": "#ffffff"}}})
    assert (refused.status_code, refused.json()["code"]) == (422, "branding_contrast")
    made = api("POST", "/destinations", {"name": "Kestrel", "branding": {"language": "xx"}})
    assert (made.status_code, made.json()["code"]) == (422, "branding_invalid")


def test_the_list_of_what_may_be_drawn_holds_nothing_that_acts():
    assert (
        not {"script", "foreignObject", "a", "image", "animate", "set", "iframe", "feImage", "switch"}
        & svg.ELEMENTS
    )
