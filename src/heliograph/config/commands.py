"""What the command line does with courses and records: the same actions as pages and API, for a person at the
keyboard of the server.
"""

import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from heliograph.accounts import actions as members
from heliograph.accounts import invitations
from heliograph.accounts import queries as accounts
from heliograph.accounts.models import User
from heliograph.audit import seals
from heliograph.core import clock
from heliograph.core.actor import Actor, system
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import moment_of, new_id, parse_id
from heliograph.core.roles import Role
from heliograph.courses import actions as courses
from heliograph.courses import report
from heliograph.courses.errors import CourseNotFound, PackageRefused
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.courses.queries import published_version
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import downloads
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.lrs.access import ADMIN
from heliograph.lrs.credentials import actions as lrs
from heliograph.lrs.people import actions as people
from heliograph.lrs.rules import keys
from heliograph.runtime import actions as runtime


@transaction.atomic
def make_organization(key: str, name: str, owner: str, password: str) -> dict[str, Any]:
    """An organization and its first owner: with a password where they are new to this server, else with an
    invitation.

    The operator may set a new owner's password, because whoever has the server's keyboard can do anything;
    the password of somebody who has an account stays theirs, and who it is must agree to own this
    organization.
    """
    organization = members.create_organization(key, name or key)
    actor = _operator(organization.id)
    made = {"organization": organization.key, "owner": owner, "password": None, "invitation": None}
    if User.objects.filter(email__iexact=owner.strip()).exists():
        _, secret = invitations.prepare(actor, owner, Role.OWNER, mailed=False)
        return {**made, "invitation": invitations.address_of(secret)}
    password = password or secrets.token_urlsafe(12)
    members.join(actor, members.create_account(owner, "", password), Role.OWNER)
    return {**made, "password": password}


def import_file(path: Path, organization_key: str, course_key: str, publish: bool) -> dict[str, Any]:
    """Import a package now. Raises `PackageRefused` with the package's own code."""
    organization = accounts.organization_by_key(organization_key)
    if not path.is_file():
        raise NotFound(f"File not found: {path}.", code="file_not_found")
    copy = settings.UPLOAD_FOLDER / str(new_id())
    shutil.copyfile(path, copy)
    started = courses.start_import(
        _operator(organization.id), copy, path.name, course_key, publish, run_here=True
    )
    job = importing.run(started.id)
    if job.version is None:
        raise PackageRefused(job.error, code=job.error_code)
    version = job.version
    return {
        "import": str(job.id),
        "course": version.course.key,
        "course_id": str(version.course_id),
        "title": version.title,
        "version": version.number,
        "standard": version.standard,
        "edition": version.edition,
        "published": version.course.published_id == version.id,
        "findings": report.rows(version),
    }


def build_package(
    course_key: str, destination_key: str, format: str, mode: str, output: Path, organization_key: str
) -> dict[str, Any]:
    """Write the package of a course's dispatch to a destination; both are made where they are missing."""
    course = _course(course_key, organization_key)
    actor = _operator(course.organization_id)
    destination = Destination.objects.filter(
        organization_id=course.organization_id, key=destination_key
    ).first()
    destination = destination or dispatching.create_destination(actor, destination_key, destination_key)
    dispatch = Dispatch.objects.filter(
        organization_id=course.organization_id, course=course, destination=destination
    ).first()
    dispatch = dispatch or dispatching.create_dispatch(actor, course, destination)
    package = downloads.build(dispatch, format, mode)
    try:
        with output.open("wb") as file:
            file.write(package) if isinstance(package, bytes) else package.write(file)
    except OSError as reason:
        raise Invalid(f"{output} cannot be written: {reason.strerror}.", code="file_not_written") from None
    downloads.record_download(
        actor, dispatch, downloads.name_of(format, mode), embedded=not isinstance(package, bytes)
    )
    return {
        "dispatch": str(dispatch.id),
        "key": dispatch.key,
        "name": dispatch.name,
        "file": str(output),
        "bytes": len(package),
    }


def launch(course_key: str, identifier: str, name: str, organization_key: str) -> dict[str, Any]:
    """A launch link for a learner of the organization itself."""
    course = _course(course_key, organization_key)
    published_version(course)
    learner = runtime.ensure_learner(course.organization_id, course.organization_id, identifier, name)
    registration, _ = runtime.register(_operator(course.organization_id), course, learner)
    link = runtime.launch_link(registration)
    return {
        "url": link.url,
        "token": link.token,
        "expires_at": link.expires_at.isoformat(),
        "registration": str(registration.id),
    }


def make_credential(
    organization_key: str,
    name: str,
    scopes: list[str] | None,
    activity_prefix: str = "",
    days: int | None = None,
) -> dict[str, Any]:
    """A credential for the organization's records, which may do everything where no scope is named.

    Raises `CredentialInvalid`.
    """
    organization = accounts.organization_by_key(organization_key)
    until = clock.now() + timedelta(days=days) if days is not None else None
    made, secret = lrs.create_credential(
        _operator(organization.id), name, scopes or [ADMIN], activity_prefix=activity_prefix, expires_at=until
    )
    return {
        "endpoint": f"{settings.HELIOGRAPH.url}/xapi/",
        "key": made.key,
        "secret": secret,
        "token": f"{made.key}.{secret}",
        "scopes": made.scopes,
        "expires_at": made.expires_at and made.expires_at.isoformat(),
    }


def write_person(organization_key: str, agent: str, output: Path) -> dict[str, Any]:
    """Write all that the record store holds of a person, as the API hands it out. Raises `Invalid`."""
    organization = accounts.organization_by_key(organization_key)
    identifier = keys.identifier(people.person_in(agent)) or ""
    try:
        with output.open("wb") as file:
            file.writelines(people.as_json(organization.id, identifier))
    except OSError as reason:
        raise Invalid(f"{output} cannot be written: {reason.strerror}.", code="file_not_written") from None
    return {"file": str(output), "bytes": output.stat().st_size}


def erase_person(organization_key: str, agent: str, reason: str) -> dict[str, Any]:
    """Erase a person's records for good. Raises `Invalid`."""
    organization = accounts.organization_by_key(organization_key)
    made = people.erase(_operator(organization.id), people.person_in(agent), reason)
    return {
        "erasure": str(made.id),
        "statements": made.statements,
        "redacted": made.redacted,
        "documents": made.documents,
        "at": made.at.isoformat(),
    }


def verify_audit(organization_key: str | None, head: str) -> dict[str, Any]:
    """Compare audit logs with their seals; ``head`` is a digest that one of them has to have still."""
    chosen = (
        [accounts.organization_by_key(organization_key)] if organization_key else accounts.organizations()
    )
    told = [_verified(organization.id, organization.key) for organization in chosen]
    if head and not any(seals.has_digest(organization.id, head) for organization in chosen):
        told.append({"sentence": f"No seal has the digest {head}: seals were removed.", "as_sealed": False})
    return {"organizations": told, "as_sealed": all(one["as_sealed"] for one in told)}


def _verified(organization_id: UUID, key: str) -> dict[str, Any]:
    found = seals.verify(organization_id)
    if found.difference is None:
        digest = found.head.hex()
        sentence = (
            f"{key}: {found.entries:,} entries are as they were sealed; the last seal is {digest or 'none'}."
        )
    else:
        sentence = (
            f"{key}: entries after {found.difference.after} up to {found.difference.through} "
            f"({moment_of(found.difference.through):%Y-%m-%d %H:%M} UTC) are not as they were sealed."
        )
    return {
        "organization": key,
        "entries": found.entries,
        "seals": found.seals,
        "digest": found.head.hex(),
        "as_sealed": found.difference is None,
        "sentence": sentence,
    }


def _course(id_or_key: str, organization_key: str) -> Course:
    by_id = parse_id(id_or_key)
    chosen = Course.objects.filter(id=by_id) if by_id else Course.objects.filter(key=id_or_key)
    if organization_key:
        chosen = chosen.filter(organization=accounts.organization_by_key(organization_key))
    courses_found = list(chosen.select_related("published")[:2])
    if not courses_found:
        raise CourseNotFound(f"Course “{id_or_key}” not found.")
    if len(courses_found) > 1:
        raise Invalid(
            f"Several organizations have a course “{id_or_key}”. Choose one with --organization.",
            code="course_ambiguous",
        )
    return courses_found[0]


def _operator(organization_id: Any) -> Actor:
    return system(organization_id, "command line")
