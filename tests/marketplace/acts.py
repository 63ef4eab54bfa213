"""What people do in the tests of the marketplace."""

import threading
from datetime import UTC, datetime
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image
from tests.fixtures import APP

from heliograph.accounts import actions as accounts
from heliograph.core.roles import Role
from heliograph.marketplace.completion import actions, files
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.models import Claim
from heliograph.runtime import corrections

DONE = datetime(2026, 5, 4, 12, tzinfo=UTC)


def signed_in(tenant, role: str) -> Client:
    return client_of(tenant.organization.memberships.get(role=role).user)


def client_of(user) -> Client:
    client = Client(HTTP_HOST=APP)
    client.force_login(user)
    return client


def photo(color: str = "red", **saved) -> bytes:
    """A JPEG picture."""
    written = BytesIO()
    Image.new("RGB", (40, 20), color).save(written, "JPEG", **saved)
    return written.getvalue()


def new_member(tenant, email: str, role: Role = Role.LEARNER):
    user = accounts.create_account(email, email.split("@")[0].title(), "sunlight-by-mirror")
    return accounts.join(tenant.owner, user, role)


def part(enrollment, kind: str):
    return enrollment.parts.select_related("part", "enrollment").get(part__kind=kind)


def claimed(tenant, student, enrollment, kind: str, when=DONE, proof: bytes | None = None) -> Claim:
    uploads = [SimpleUploadedFile("proof.jpg", proof or photo())]
    with files.received(tenant.organization.id, uploads) as stored:
        said = Completion(when, files=stored)
        return actions.claim(student, part(enrollment, kind), Claim.Route.STUDENT, said, verified=False)


def completes_course(tenant, enrollment) -> None:
    registration = part(enrollment, "course").registration
    corrections.complete(tenant.manager, registration, reason="Attended.")


def now(enrollment):
    enrollment.refresh_from_db()
    return enrollment


def at_once(*works) -> list:
    """What each of them gives or raises, all begun at the same moment, each with a connection of its own."""
    barrier, results = threading.Barrier(len(works)), []

    def run(work) -> None:
        barrier.wait()
        try:
            results.append(work())
        except Exception as problem:
            results.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
