"""Importing users on the page and by the API: upload, preview, apply, undo."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Group, UserImport
from heliograph.accounts.user_imports import applying, checking, undoing
from heliograph.accounts.user_imports import queries as imports
from heliograph.core.roles import Role

PAGE = "/admin/org/users/import/"
TEXT = b"email,name,role,groups\n=cmd@elsewhere.example,=cmd|' /C calc'!A0,,Sales\nnobody,=1+1,boss,\n"


@pytest.fixture
def owner(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    return client


def file(content=TEXT, name="users.csv"):
    return SimpleUploadedFile(name, content, "text/csv")


def test_a_file_is_uploaded_previewed_applied_and_undone_on_its_page(tenant, owner):
    at = owner.post(f"{PAGE}upload", {"file": file(), "update_existing": "on"})["Location"]
    assert "Checking the file" in owner.get(at).text
    job = checking.check(UserImport.objects.get().id)
    shown = " ".join(owner.get(at).text.split())
    for words in ("Ready to import", "Import 1 user", "There is no such role", "This is not a valid email"):
        assert words in shown, words
    owner.post(f"{at}apply")
    assert "hx-get" in owner.get(at, headers={"HX-Request": "true"}).text
    owner.post(f"{at}apply")
    applying.run(job.id)
    assert "Users imported" in owner.get(at).text
    assert "Undo the import of" in owner.post(f"{at}undo").text
    owner.post(f"{at}undo", {"confirmed": "1"})
    undoing.run(job.id)
    assert "Import undone" in owner.get(at).text
    assert tenant.organization.memberships.count() == 5


def test_errors_and_users_are_exported_without_formulas(tenant, owner):
    at = owner.post(f"{PAGE}upload", {"file": file()})["Location"]
    job = checking.check(UserImport.objects.get().id)
    text = b"".join(owner.get(f"{at}errors.csv")).decode().removeprefix("\ufeff")
    assert [(row["row"], row["column"]) for row in csv.DictReader(io.StringIO(text))] == [
        ("3", "email"),
        ("3", "role"),
    ]
    owner.post(f"{at}apply")
    applying.run(job.id)
    exported = b"".join(owner.get("/admin/org/users/?csv=1&search=cmd")).decode().removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(exported))
    assert row["name"] == "'=cmd|' /C calc'!A0"
    assert row["email"].startswith("'=cmd@")


def test_columns_are_mapped_on_the_page(tenant, owner):
    at = owner.post(f"{PAGE}upload", {"file": file(b"Kontakt,Wer\na@elsewhere.example,A\n")})["Location"]
    job = checking.check(UserImport.objects.get().id)
    assert "Which column holds the email addresses?" in owner.get(at).text
    refused = owner.post(f"{at}columns", {"column_0": "", "column_1": "name"}, headers={"X-Dialog": "1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "mapping_invalid")
    owner.post(f"{at}columns", {"column_0": "email", "column_1": "name"})
    assert checking.check(job.id).counts == {"create": 1}


def test_the_template_is_a_file_that_can_be_imported(tenant, owner):
    template = b"".join(owner.get(f"{PAGE}template.csv"))
    owner.post(f"{PAGE}upload", {"file": file(template)})
    assert checking.check(UserImport.objects.get().id).counts == {"create": 1}


def test_a_program_imports_and_undoes(tenant, api_as):
    program = api_as(tenant, Role.ADMIN)
    head = {"headers": {"Authorization": f"Bearer {program.secret}"}, "HTTP_HOST": APP}
    made = program.client.post("/api/org/user-imports", {"file": file(), "invites": "false"}, **head)
    assert made.status_code == 202
    at = f"/org/user-imports/{made.json()['id']}"
    assert program("POST", f"{at}/apply").json()["code"] == "user_import_not_ready"
    again = program.client.post("/api/org/user-imports", {"file": file()}, **head)
    assert (again.status_code, again.json()["code"]) == (409, "user_import_running")
    job = checking.check(UserImport.objects.get().id)
    assert program("GET", at).json()["counts"] == {"create": 1, "wrong": 1}
    [row] = program("GET", f"{at}/errors").json()
    assert (row["row"], [cell["code"] for cell in row["problems"]]) == (3, ["email_invalid", "role_unknown"])
    assert program("GET", f"{at}/errors?after=3").json() == []
    assert program("POST", f"{at}/apply").json()["state"] == "applying"
    applying.run(job.id)
    assert program("POST", f"{at}/undo").json()["state"] == "undoing"
    undoing.run(job.id)
    assert program("GET", at).json()["state"] == "undone"


def test_another_organizations_import_is_not_there(tenant, stranger, owner, api_as):
    owner.post(f"{PAGE}upload", {"file": file()})
    job = checking.check(UserImport.objects.get().id)
    client = Client(HTTP_HOST=APP)
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    for path in ("", "errors.csv"):
        assert client.get(f"{PAGE}{job.id}/{path}").status_code == 404
    for path in ("apply", "undo", "columns"):
        assert client.post(f"{PAGE}{job.id}/{path}", {"confirmed": "1"}).status_code == 404
    assert api_as(stranger, Role.ADMIN)("GET", f"/org/user-imports/{job.id}").status_code == 404


def test_the_preview_counts_and_names_the_groups_that_would_be_made(tenant, owner, api_as):
    groups.create(tenant.owner, "Sales")
    lines = [f"u{n}@elsewhere.example,Cohort {n:02}" for n in range(imports.GROUPS_NAMED + 3)]
    text = "\n".join(["email,groups", *lines, "a@elsewhere.example,sales; COHORT 00", "nobody,Wrong row"])
    at = owner.post(f"{PAGE}upload", {"file": file(text.encode())})["Location"]
    job = checking.check(UserImport.objects.get().id)
    shown = " ".join(owner.get(at).text.split())
    assert "New groups" in shown
    assert "Cohort 01, Cohort 02, Cohort 03" in shown
    assert "and 3 more" in shown
    assert "Wrong row" not in shown.partition("Errors")[0]
    program = api_as(tenant, Role.ADMIN)
    told = program("GET", f"/org/user-imports/{job.id}").json()
    assert (told["new_groups"], len(told["new_group_names"])) == (23, 20)
    owner.post(f"{at}apply")
    before = Group.objects.count()
    applying.run(job.id)
    assert Group.objects.count() - before == 23
    assert program("GET", f"/org/user-imports/{job.id}").json()["new_groups"] is None
