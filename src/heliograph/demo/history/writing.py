"""Writing the history of an organization: courses, customers and dispatches, then learners, then figures."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.conf import settings
from django.db import connection

from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.ids import new_id
from heliograph.courses import actions as courses
from heliograph.courses import organizing
from heliograph.courses.imports import importing
from heliograph.courses.models import Course, CourseVersion, Folder
from heliograph.demo.courses import COURSES, build, read_course
from heliograph.demo.customers import CUSTOMERS, PILOT, Customer, Licensed
from heliograph.demo.history import incidents
from heliograph.demo.history.copying import Copier, Target, Template, take
from heliograph.demo.history.customer_lms import FORMATS, Fault
from heliograph.demo.history.plan import Planned, beginning, plan
from heliograph.demo.history.playing import Play, play_all
from heliograph.demo.history.stories import HARD, Story
from heliograph.demo.learners import person
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import downloads
from heliograph.dispatch.licenses import actions as licenses
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.releases import actions as releases
from heliograph.insights import rollup
from heliograph.runtime.scorm_profile import emitter

WEBHOOK: Final = "https://hooks.northlight.example/heliograph"
CANARY: Final = ("forklift", "halden", "Version 2: with the load plate explained again.")
PLACES: Final = {
    "forklift": (("Safety", "Machines"), ("annual", "certificate")),
    "lifting": (("Safety", "Machines"), ("annual",)),
    "fire": (("Safety",), ("annual", "new hires")),
    "phishing": (("Office",), ("new hires",)),
}
Targets = dict[tuple[str, str], Target]  # by customer and course


def write_history(manager: Actor, now: datetime) -> None:
    """Ninety days that end now. Call it in a transaction, while no other organization is at work."""
    began, planned = beginning(now), plan(now)
    _import_all(manager, began)
    targets = dict(_targets(manager, now, began))
    templates = _play_templates(targets, planned.templates)
    copier = Copier(manager.organization_id)
    for other in planned.others:
        target = targets[other.customer.key, other.course]
        copier.copy(templates[other.course, other.story.name], target, other.person, other.begins)
    # Before copies are in the log: whoever follows the log takes it for new.
    _incidents(manager, now, targets, _Special(planned.special, planned.numbers, targets))
    copier.write()
    emitter.told_until(now)
    _switch_off(manager, now, targets)
    _count(now)


def _import_all(manager: Actor, began: datetime) -> None:
    for number, key in enumerate(COURSES):
        with clock.at(began + timedelta(minutes=7 * number)):
            version = import_course(manager, key)
            _put_away(manager, version.course)


def _put_away(manager: Actor, course: Course) -> None:
    """Where the organization keeps a course: a folder, one or two levels down, and its tags."""
    path, tags = PLACES.get(course.key, ((), ()))
    folder = None
    for name in path:
        beside = Folder.objects.filter(organization_id=manager.organization_id, parent=folder, name=name)
        folder = beside.first() or organizing.create_folder(manager, name, folder)
    organizing.organize(manager, [course], folder=folder, tags=tags)


def import_course(manager: Actor, key: str, publish: bool = True, remark: str = "") -> CourseVersion:
    """A version of one of our courses, imported as somebody uploads it."""
    with TemporaryDirectory(dir=settings.UPLOAD_FOLDER) as folder:
        package = build(key, Path(folder), remark)
        renamed = package.rename(package.with_name(str(new_id())))
        started = courses.start_import(manager, renamed, package.name, key, publish, run_here=True)
    version = importing.run(started.id).version
    assert version is not None, key  # noqa: S101 - our own courses can be imported, as a test shows
    return version


def _targets(manager: Actor, now: datetime, began: datetime) -> Iterator[tuple[tuple[str, str], Target]]:
    """Every customer with its dispatches, made in the first days; and a package of each was downloaded."""
    by_key = {
        course.key: course
        for course in Course.objects.select_related("published").filter(
            organization_id=manager.organization_id
        )
    }
    has_webhook = {
        licensed.course for customer in CUSTOMERS for licensed in customer.licensed if licensed.webhook
    }
    has_license = {
        licensed.course for customer in CUSTOMERS for licensed in customer.licensed if licensed.limit
    }
    pilot = tuple(Licensed(course, 0, webhook=course in has_webhook) for course in COURSES)
    for number, customer in enumerate((PILOT, *CUSTOMERS)):
        with clock.at(began + timedelta(hours=2, minutes=5 * number)):
            destination = dispatching.create_destination(manager, customer.name, customer.key)
            for licensed in customer.licensed or pilot:
                dispatch = _dispatch(manager, by_key[licensed.course], destination, licensed, now)
                license = None
                if licensed.limit or (customer is PILOT and licensed.course in has_license):
                    license = licenses.attach(manager, dispatch, **_terms(licensed, now))
                yield (customer.key, licensed.course), Target(dispatch, customer.lms, license)


def _dispatch(
    manager: Actor, course: Course, destination: Any, licensed: Licensed, now: datetime
) -> Dispatch:
    ends = licensed.dispatch_ends
    made = dispatching.create_dispatch(
        manager,
        course,
        destination,
        postback_url=WEBHOOK if licensed.webhook else "",
        expires_at=None if ends is None else now + timedelta(days=ends),
    )
    standard = read_course(licensed.course).standard
    downloads.record_download(manager, made, FORMATS.get(standard, "scorm2004-4th"))
    return made


def _terms(licensed: Licensed, now: datetime) -> dict[str, Any]:
    days = {"expires_at": licensed.ends, "starts_at": licensed.starts}
    return {
        "name": f"{licensed.limit} learners" if licensed.limit else "Unlimited",
        "registration_limit": licensed.limit,
        **{name: now + timedelta(days=count) for name, count in days.items() if count is not None},
    }


def _play_templates(targets: Targets, planned: Iterable[Planned]) -> dict[tuple[str, str], Template]:
    plays = [_play(targets, some) for some in planned]
    play_all(plays)
    return {(template.play.course.key, template.play.story.name): template for template in take(plays)}


def _play(targets: Targets, planned: Planned, fault: Fault | None = None, delivers: bool = True) -> Play:
    target = targets[planned.customer.key, planned.course]
    return Play(
        target.dispatch,
        read_course(planned.course),
        planned.person,
        planned.story,
        planned.begins,
        target.domain,
        fault,
        delivers,
    )


def _switch_off(manager: Actor, now: datetime, targets: Targets) -> None:
    for customer in CUSTOMERS:
        for licensed in customer.licensed:
            if not licensed.enabled:
                with clock.at(now - timedelta(days=28, hours=3)):
                    dispatch = Dispatch.objects.get(id=targets[customer.key, licensed.course].dispatch.id)
                    dispatching.change_dispatch(manager, dispatch, enabled=False)


class _Special:
    """Learners to whom something particular happens."""

    def __init__(self, names: Iterator[tuple[str, str]], numbers: Iterator[int], targets: Targets) -> None:
        self.names, self.numbers, self.targets = names, numbers, targets
        self.customers = {customer.key: customer for customer in CUSTOMERS}

    def play(self, course: str, customer: str, begins: datetime, **how: Any) -> Play:
        of: Customer = self.customers[customer]
        someone = person(of, next(self.numbers), next(self.names))
        story: Story = how.pop("story", HARD[0])
        return _play(self.targets, Planned(of, course, someone, story, begins), **how)


def _incidents(manager: Actor, now: datetime, targets: Targets, special: _Special) -> None:
    """What happens at the end; the order of time is kept."""
    course, customer, remark = CANARY
    with clock.at(now - timedelta(days=6)):
        version = import_course(manager, course, publish=False, remark=remark)
        releases.release_to(manager, version, [targets[customer, course].dispatch.destination])
    down_since = now - timedelta(days=4)
    plays = [
        *(
            special.play(course_, customer_, now - timedelta(days=days), fault=fault)
            for course_, customer_, fault, days in incidents.MISMATCHES
        ),
        *(
            special.play(course, customer, now - timedelta(days=5 - number, hours=3), story=HARD[number % 2])
            for number in range(3)
        ),
        *(
            special.play("lifting", "brandt", down_since + timedelta(minutes=20 * number), delivers=False)
            for number in range(2)
        ),
    ]
    play_all(plays)
    failed = incidents.fail(targets["brandt", "lifting"].dispatch, down_since + timedelta(hours=2))
    incidents.replay(manager, failed[:2], now - timedelta(days=1, hours=5))


def _count(now: datetime) -> None:
    """What the worker has done meanwhile: warnings of licenses' terms, mail, and figures."""
    for days in (60, 30, 20, 10, 5, 0):
        with clock.at(now - timedelta(days=days)):
            enforcement.warn_of_terms()
            for dispatch in Dispatch.objects.exclude(postback_url=""):
                incidents.deliver(dispatch, incidents.TAKEN)
    incidents.deliver_mail()
    with connection.cursor() as cursor:
        # What was written just now, or figures are looked for row by row.
        cursor.execute(
            "ANALYZE runtime_registration, runtime_launch, runtime_attempt,"
            " dispatch_session, core_changequeue"
        )
    rollup.roll_up()
