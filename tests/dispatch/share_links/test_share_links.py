"""Links for people without an account: what they show, and every door that must stay shut."""

import hashlib
import logging
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from tests.dispatch.branding.test_branding import SUN
from tests.dispatch.branding.test_branding import address as data_address

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.dispatch import actions, admission, errors
from heliograph.dispatch.models import Deployment, Dispatch, License, RelayReceipt, Session, ShareLink
from heliograph.dispatch.share_links import actions as share_links
from heliograph.dispatch.share_links import lms_guides
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration, RuntimeCall


@pytest.fixture
def visitor():
    """Somebody with a browser and no account."""
    return Client()


@pytest.fixture
def elsewhere(tenant, course):
    """Another customer's dispatch of the same organization."""
    return actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Kestrel Air", "kestrel")
    )


def deploy(dispatch, domain="lms.brandt.example"):
    moment = clock.now()
    return Deployment.objects.create(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        domain=domain,
        first_launch_at=moment,
        last_activity_at=moment,
        launches=1,
    )


def launch(deployment, identifier):
    """A learner's session in an LMS, with a call in its log."""
    registration = admission.admit(deployment.dispatch, identifier, identifier.capitalize())
    opened = runtime.open_launch(registration.id, "normal")
    moment = clock.now()
    RuntimeCall.objects.create(
        organization_id=registration.organization_id,
        registration_id=registration.id,
        attempt_id=opened.attempt_id,
        launch_id=opened.id,
        sequence=1,
        activity="one",
        calls=[[1200, "LMSSetValue", ["cmi.core.lesson_status", f"by {identifier}"], "true", 0]],
        received_at=moment,
    )
    return Session.objects.create(
        organization_id=registration.organization_id,
        dispatch=deployment.dispatch,
        deployment=deployment,
        registration=registration,
        launch_id=opened.id,
        learner_identifier=identifier,
        launched_at=moment,
        last_activity_at=moment,
    )


def differing(session, element):
    return RelayReceipt.objects.create(
        organization_id=session.organization_id,
        dispatch=session.dispatch,
        deployment=session.deployment,
        registration=session.registration,
        page_load_id=session.id,
        sequence=1,
        element=element,
        written="passed",
        kept="failed",
        error="405",
        agrees=False,
        written_at=clock.now(),
    )


def path_of(address):
    return address.removeprefix("http://localhost:8000")


def link_to(tenant, thing, days=30):
    return path_of(share_links.make_link(tenant.manager, thing, days)[1])


@pytest.fixture
def address(tenant, dispatch):
    """The way to Brandt Logistics' portal."""
    return link_to(tenant, dispatch.destination)


def test_a_customer_sees_its_courses_its_license_and_its_usage(tenant, dispatch, address, visitor):
    for learner in ("anna", "boris"):
        admission.admit(dispatch, learner)
    Registration.objects.filter(learner__identifier="anna").update(
        completion="completed", success="passed", score_scaled=0.8, launch_count=3
    )
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=5)
    License.objects.create(
        organization=tenant.organization,
        destination=dispatch.destination,
        name="Spring license",
        learner_limit=40,
    )
    page = visitor.get(address)
    assert page.status_code == 200
    for words in (
        "Brandt Logistics",
        "Northlight",
        "Fire safety",
        "2 of 5 learners",
        "1 completed",
        "average score 80%",
        "Spring license",
        "0 of 40",
    ):
        assert words in " ".join(page.text.split()), words
    assert not visitor.cookies, "a guest has no session"


def test_a_customer_with_many_courses_goes_through_them_page_by_page(tenant, dispatch, address, visitor):
    for number in range(50):
        actions.create_dispatch(tenant.manager, dispatch.course, dispatch.destination, name=f"Team {number}")
    first, second = (visitor.get(f"{address}?page={number}") for number in (1, 2))
    assert "1–50 of 51" in " ".join(first.text.split())
    buttons = [len(re.findall(r'aria-label="Download ', page.text)) for page in (first, second)]
    assert buttons == [50, 1]
    assert visitor.get(f"{address}?page=nothing").status_code == 200


def test_a_customer_downloads_its_package_and_is_counted(dispatch, address, visitor):
    answer = visitor.get(f"{address}package/{dispatch.id}?format=scorm2004-4th")
    assert answer.getvalue().startswith(b"PK")
    assert Dispatch.objects.get(id=dispatch.id).download_count == 1
    entry = Entry.objects.get(verb="downloaded package of")
    assert (entry.actor_kind, entry.actor_label) == ("guest", "Customer (Brandt Logistics)")


def test_nothing_of_another_customer_is_reached(dispatch, elsewhere, address, visitor):
    admission.admit(elsewhere, "clara")
    page = visitor.get(address).text
    assert "Kestrel" not in page
    assert str(elsewhere.id) not in page
    assert visitor.get(f"{address}package/{elsewhere.id}").status_code == 404
    assert Dispatch.objects.get(id=elsewhere.id).download_count == 0


def test_nothing_of_another_organization_is_reached(tenant, stranger, import_course, address, visitor):
    theirs = actions.create_dispatch(
        stranger.manager,
        import_course(stranger, standard="scorm_12"),
        actions.create_destination(stranger.manager, "Brandt Logistics", "brandt"),
    )
    assert visitor.get(f"{address}package/{theirs.id}").status_code == 404
    with pytest.raises(errors.LinkNotFound):
        share_links.revoke(stranger.owner, theirs.destination, str(ShareLink.objects.get().id))


def test_what_is_switched_off_or_over_is_not_downloaded(tenant, dispatch, address, visitor):
    for change in ({"enabled": False}, {"enabled": True, "expires_at": clock.now() - timedelta(days=1)}):
        actions.change_dispatch(tenant.manager, dispatch, **change)
        assert visitor.get(f"{address}package/{dispatch.id}").status_code == 409
    assert Dispatch.objects.get(id=dispatch.id).download_count == 0


def test_unknown_expired_and_revoked_links_are_answered_alike(tenant, dispatch, address, visitor):
    contact = {"email": "help@northlight.example"}
    actions.change_destination(tenant.manager, dispatch.destination, branding={"contact": contact})
    expired, revoked = address, link_to(tenant, dispatch.destination)
    first, second = ShareLink.objects.order_by("id")
    ShareLink.objects.filter(id=first.id).update(expires_at=clock.now())
    share_links.revoke(tenant.manager, dispatch.destination, str(second.id))
    paths = (expired, revoked, f"{expired}package/{dispatch.id}", "/portal/nobody-knows/")
    answers = [visitor.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    *known, unknown = [re.sub(r"Reference: [\w-]+", "", answer.text) for answer in answers]
    assert len(set(known)) == 1
    for page in (known[0], unknown):
        assert "Ask the sender for a new one" in page
    # Who has the secret of a link that was one reads whom to ask; a guess is told nobody's name.
    assert "Northlight" in known[0]
    assert "help@northlight.example" in known[0]
    assert "Northlight" not in unknown


def test_a_link_opens_its_own_kind_of_page_only(tenant, dispatch, address, visitor):
    shared = link_to(tenant, deploy(dispatch))
    assert visitor.get(address.replace("portal", "share")).status_code == 404
    assert visitor.get(shared.replace("share", "portal")).status_code == 404


def test_an_address_leaks_nowhere(dispatch, address, visitor, caplog):
    caplog.set_level(logging.DEBUG, "django.request")
    for answer in (
        visitor.get(address),
        visitor.get(f"{address}package/{dispatch.id}"),
        visitor.get(f"{address}package/nothing"),
        visitor.get("/portal/nobody-knows/"),
    ):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
    secret = address.split("/")[2]
    assert secret not in caplog.text
    kept = ShareLink.objects.values().get()
    assert kept["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(kept) + str(list(Entry.objects.values()))


def test_who_guesses_is_stopped_and_keeps_nobody_with_a_link_out(address, visitor):
    for n in range(20):
        assert visitor.get(f"/portal/guess-{n}/").status_code == 404
    stopped = visitor.get("/portal/guess-20/")
    assert stopped.status_code == 429
    assert "Brandt" not in stopped.text
    assert visitor.get(address).status_code == 200, "from the same network too"


def test_the_last_use_is_noted(address, visitor):
    assert ShareLink.objects.get().last_used_at is None
    visitor.get(address)
    used_at = ShareLink.objects.get().last_used_at
    assert used_at is not None
    assert clock.now() - used_at < timedelta(minutes=1)


def test_the_lms_administrator_sees_its_deployment_and_no_other(tenant, dispatch, elsewhere, visitor):
    mine, beside, theirs = deploy(dispatch), deploy(dispatch, "lms.other.example"), deploy(elsewhere)
    anna, boris, clara = launch(mine, "anna"), launch(beside, "boris"), launch(theirs, "clara")
    differing(anna, "cmi.core.lesson_status")
    differing(boris, "cmi.core.score.raw")
    address = link_to(tenant, mine)
    page = visitor.get(address).text
    for words in ("lms.brandt.example", "anna", "by anna", "cmi.core.lesson_status", "405"):
        assert words in page, words
    for words in ("boris", "clara", "cmi.core.score.raw", "lms.other.example", "Kestrel"):
        assert words not in page, words
    assert "by anna" in visitor.get(f"{address}log/{anna.id}").text
    for other in (boris, clara):
        assert visitor.get(f"{address}log/{other.id}").status_code == 404
        assert visitor.get(f"{address}?session={other.id}").status_code == 404


def test_looking_at_the_live_log_asks_the_player_to_send_sooner(tenant, dispatch, visitor):
    mine = deploy(dispatch)
    session = launch(mine, "anna")
    visitor.get(f"{link_to(tenant, mine)}log/{session.id}")
    assert session.registration.attempts.get().log_watched_until > clock.now()


def test_two_sessions_of_a_learner_have_each_their_own_log(tenant, dispatch, visitor):
    mine = deploy(dispatch)
    launch(mine, "anna")
    second = launch(mine, "anna")
    RuntimeCall.objects.filter(launch_id=second.launch_id).update(calls=[[5, "LMSFinish", [""], "true", 0]])
    log = visitor.get(f"{link_to(tenant, mine)}log/{second.id}").text
    assert "LMSFinish" in log
    assert "by anna" not in log


def test_only_managers_of_the_organization_make_and_revoke_links(tenant, dispatch):
    reporter = tenant.actors[Role.REPORTER]
    link, _ = share_links.make_link(tenant.manager, dispatch.destination)
    with pytest.raises(Forbidden):
        share_links.make_link(reporter, dispatch.destination)
    with pytest.raises(Forbidden):
        share_links.revoke(reporter, dispatch.destination, str(link.id))
    for days in (0, 731):
        with pytest.raises(Invalid):
            share_links.make_link(tenant.manager, dispatch.destination, days)
    share_links.revoke(tenant.manager, dispatch.destination, str(link.id))
    assert [entry.verb for entry in Entry.objects.filter(subject_kind="destination").order_by("id")][1:] == [
        "created link to",
        "revoked link to",
    ]


def test_a_program_makes_lists_and_revokes_links(tenant, dispatch, api, visitor):
    deployment = deploy(dispatch)
    for thing in ("/destinations/brandt/portal-links", f"/deployments/{deployment.id}/share-links"):
        made = api("POST", thing, {"days": 7}).json()
        assert visitor.get(path_of(made["url"])).status_code == 200
        [listed] = api("GET", thing).json()["items"]
        assert (listed["id"], listed["state"]) == (made["id"], "active")
        assert "url" not in listed
        assert api("DELETE", f"{thing}/{made['id']}").status_code == 204
        assert visitor.get(path_of(made["url"])).status_code == 404
        assert api("GET", thing).json()["items"][0]["state"] == "revoked"
        assert api("POST", thing, {"days": 0}).status_code == 422


def test_a_manager_makes_a_link_on_the_page_where_it_is_shown_once(tenant, dispatch, client, visitor):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for page in (
        f"/admin/destinations/{dispatch.destination_id}/links/",
        f"/admin/deployments/{deploy(dispatch).id}/links/",
    ):
        shown = client.post(page, {"days": "30"}, follow=True).text
        address = path_of(shown.split('id="address" readonly value="')[1].split('"')[0])
        assert visitor.get(address).status_code == 200
        assert address not in client.get(page).text
        link = ShareLink.objects.latest("id")
        assert client.post(f"{page}{link.id}/revoke", {"confirmed": "1"}).status_code == 302
        assert visitor.get(address).status_code == 404


def test_a_refusal_is_read_in_the_visitors_language(visitor, db):
    page = visitor.get("/portal/nobody-knows/", headers={"Accept-Language": "de"})
    assert "Dieser Link ist ungültig oder abgelaufen." in page.text
    assert 'lang="de"' in page.text
    assert "Accept-Language" in page["Vary"]


def test_portal_and_share_page_show_the_seller_and_who_helps(tenant, dispatch, address, visitor):
    branding = {
        "name": "Nordlicht Akademie",
        "logo": data_address(SUN),
        "colors": {"accent": "#7c2d12"},
        "contact": {
            "email": "help@nordlicht.example",
            "phone": "+49 30 1",
            "url": "https://nordlicht.example",
        },
    }
    actions.change_destination(tenant.manager, dispatch.destination, branding=branding)
    for path in (address, link_to(tenant, deploy(dispatch))):
        page = visitor.get(path).text
        assert "<title>" in page
        assert "Heliograph</title>" not in page, "the seller's page is the seller's"
        assert 'src="data:image/svg+xml;base64,' in page
        assert 'fill="#7c2d12"' in page
        assert "style=" not in page, "the page's policy forbids it"
        for words in (
            "Nordlicht Akademie",
            "mailto:help@nordlicht.example",
            "tel:+49301",
            "https://nordlicht.example",
        ):
            assert words in page, words


def test_a_dispatchs_own_brand_is_on_its_share_page(tenant, dispatch, visitor):
    actions.change_dispatch(tenant.manager, dispatch, branding={"name": "Brandt Learning"})
    assert "Brandt Learning" in visitor.get(link_to(tenant, deploy(dispatch))).text


@pytest.mark.parametrize("key", list(lms_guides.guides_in().guides))
def test_each_lms_has_its_steps_and_settings_without_a_script(address, visitor, key):
    guide = lms_guides.guides_in().chosen(key)
    page = unescape(visitor.get(f"{address}?lms={key}").text)
    assert f'<option value="{key}" selected>{guide.name}</option>' in page
    for said in (*guide.steps, *(part for setting in guide.settings for part in setting)):
        assert said in page


def test_an_unknown_lms_gets_the_general_steps_and_keeps_the_session_shown(tenant, dispatch, visitor):
    mine = deploy(dispatch)
    first = launch(mine, "anna")
    launch(mine, "boris")
    page = visitor.get(f"{link_to(tenant, mine)}?lms=nothing&session={first.id}").text
    assert lms_guides.guides_in().chosen("").steps[1] in unescape(page)
    assert f'<input type="hidden" name="session" value="{first.id}">' in page
