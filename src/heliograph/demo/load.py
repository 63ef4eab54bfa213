"""Loading the demo organization, with the same actions that people use."""

import zipfile
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from heliograph.accounts import actions as accounts
from heliograph.accounts.models import Organization, User
from heliograph.core.actor import system
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.dispatch import actions as dispatching

KEY = "demo"
PASSWORD = "sunlight-by-mirror"  # noqa: S105 - it is printed at every start
PEOPLE = (
    ("owner@demo.example", "Olga Owner", Role.OWNER),
    ("manager@demo.example", "Marek Manager", Role.MANAGER),
    ("reporter@demo.example", "Rosa Reporter", Role.REPORTER),
)
COURSES = (("lifting", "Lifting by hand"), ("fire", "When the alarm sounds"))


def load() -> str:
    """Load what is missing of the demo organization; returns the sign-ins as text."""
    organization = Organization.objects.filter(key=KEY).first() or accounts.create_organization(
        KEY, "Northlight Safety"
    )
    actor = system(organization.id, "demo")
    for email, name, role in PEOPLE:
        if not organization.memberships.filter(user__email=email).exists():
            person = User.objects.filter(email=email).first() or accounts.create_account(
                email, name, PASSWORD
            )
            accounts.join(actor, person, role)
    for key, _ in COURSES:
        if not Course.objects.filter(organization=organization, key=key).exists():
            _import(organization, key)
    if not organization.destination_set.exists():
        customers = [
            dispatching.create_destination(actor, name, key)
            for name, key in (("Brandt Logistics", "brandt"), ("Ostrava Polymers", "ostrava"))
        ]
        lifting = Course.objects.select_related("published").get(organization=organization, key="lifting")
        dispatching.create_dispatch(actor, lifting, customers[0], registration_limit=50)
    lines = [f"    {email}  ({role.word})" for email, _, role in PEOPLE]
    return "\n".join(["  Sign in as", *lines, f"  with the password {PASSWORD}"])


def _import(organization: Organization, key: str) -> None:
    actor = system(organization.id, "demo")
    with TemporaryDirectory(dir=settings.UPLOAD_FOLDER) as folder:
        package = build(key, Path(folder) / str(new_id()))
        started = courses.start_import(actor, package, f"{key}.zip", course_key=key, run_here=True)
    importing.run(started.id)


def build(key: str, target: Path) -> Path:
    """The sample course ``key`` as a package, written to ``target``."""
    folder = resources.files(__package__) / "courses"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for part in (folder / key, folder / "shared"):
            for file in sorted(part.iterdir(), key=lambda entry: entry.name):
                _add(package, file)
    return target


def _add(package: zipfile.ZipFile, file: Traversable) -> None:
    package.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
