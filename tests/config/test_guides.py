"""The guides are in the product, and each page's help opens the section that explains it."""

import re
from html import unescape

import pytest
from django.test import Client

from heliograph.config import guides
from heliograph.core.roles import Role
from heliograph.ui import navigation


@pytest.fixture
def reporter(tenant, client: Client) -> Client:
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    return client


@pytest.mark.parametrize("name", guides.GUIDES)
def test_a_guide_is_shown_with_its_sections(reporter, name):
    page = unescape(reporter.get(f"/help/{name}/").text)
    guide = guides.read(name)
    assert f">{guide.title}</h1>" in page
    for anchor, heading in guide.sections.items():
        assert f'<h2 id="{anchor}">' in page
        assert f'<a href="#{anchor}">{heading}</a>' in " ".join(page.split()).replace("> ", ">")


@pytest.mark.parametrize("name", guides.GUIDES)
def test_its_links_lead_to_guides_and_elsewhere_and_never_to_files(reporter, name):
    links = re.findall(r'<a href="([^"]*)"', guides.read(name).html)
    for link in links:
        assert link.startswith(("/help/", "https://", "#")), link
        if link.startswith("/help/"):
            assert reporter.get(link.partition("#")[0]).status_code == 200


def test_every_pages_help_is_a_section_that_is_there():
    for group in navigation.groups(Role.OWNER, ""):
        for link, _ in group.links:
            name, _, section = link.help.partition("#")
            assert name in guides.GUIDES, link
            assert not section or section in guides.read(name).sections, link


def test_a_page_offers_the_help_of_its_own_subject(reporter):
    assert 'href="/help/course-owners/#licenses"' in reporter.get("/admin/licenses/").text
    assert 'href="/help/course-owners/#settings-of-a-dispatch"' in reporter.get("/admin/dispatch/").text


def test_nobody_reads_files_that_are_no_guides(reporter, client):
    for name in ("contributors", "..%2F..%2Fpyproject.toml", "README.md"):
        assert reporter.get(f"/help/{name}/").status_code == 404
    assert reporter.get("/help/")["Location"] == "/help/course-owners/"
    assert Client().get("/help/operators/").status_code == 302, "a stranger is asked to sign in"


def test_what_needs_attention_is_told_where_one_is(reporter):
    assert "Nothing needs attention." in reporter.get("/notifications").text
