"""Users from a file: whatever the file is, it is checked first, applied in batches, and can be taken back."""

import io
import zipfile
from types import SimpleNamespace

import openpyxl
import pytest
from django.conf import settings as product
from django.test import Client
from tests.fixtures import APP, take_jobs
from tests.tenants import make_member

from heliograph.accounts import actions as accounts
from heliograph.accounts import invitations, queries, tasks
from heliograph.accounts.errors import ImportNotReady, ImportRunning, LastOwner
from heliograph.accounts.models import Group, Invitation, Membership, User, UserImport
from heliograph.accounts.user_imports import actions, applying, checking, reading, undoing, xlsx_rows
from heliograph.accounts.user_imports import queries as imports
from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden, Invalid, TooLarge
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.delivery.models import Mail

HEADINGS = "email,name,role,groups\n"
NINA = "nina@elsewhere.example"


def stored(content: bytes):
    path = product.UPLOAD_FOLDER / str(new_id())
    path.write_bytes(content)
    return path


def checked(tenant, text, filename="users.csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    actor = options.pop("actor", tenant.owner)
    return checking.check(actions.start(actor, stored(content), filename, **options).id)


def applied(tenant, text, **options):
    job = checked(tenant, text, **options)
    actions.apply(options.get("actor", tenant.owner), job)
    return applying.run(job.id)


def undone(tenant, job):
    actions.undo(tenant.owner, job)
    return undoing.run(job.id)


def wrong(job):
    return [(line["row"], line["column"], line["code"]) for line in imports.problems(imports.wrong(job))]


def member_of(tenant, email):
    return queries.members(tenant.organization.id).get(user__email=email)


def workbook(rows) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_a_preview_counts_and_writes_nothing_before_it_is_applied(tenant):
    learner = member_of(tenant, "learner@northlight.example")
    job = checked(
        tenant,
        HEADINGS
        + f"{NINA},Nina,manager,Sales; Oslo\n"
        + "learner@northlight.example,Lea,,\n"
        + "REPORTER@northlight.example,Reporter,reporter,\n"
        + "nobody,,,\n",
    )
    assert job.counts == {"create": 1, "change": 1, "unchanged": 1, "wrong": 1}
    assert wrong(job) == [("5", "email", "email_invalid")]
    assert not User.objects.filter(email=NINA).exists()
    actions.apply(tenant.owner, job)
    assert applying.run(job.id).state == "done"
    nina = member_of(tenant, NINA)
    assert (str(nina), nina.role, nina.joined_at) == ("Nina", "manager", None)
    assert sorted(Group.objects.values_list("name", flat=True)) == ["Oslo", "Sales"]
    learner.refresh_from_db()
    assert (learner.name, learner.role) == ("Lea", "learner")
    assert not nina.user.has_usable_password()
    assert Entry.objects.filter(verb="added", subject_id=nina.id).exists()


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",Nina,,", "email", "email_missing"),
        (f"{NINA},{'x' * 201},,", "name", "name_too_long"),
        (f"{NINA},Ni\u202ena,,", "name", "characters"),
        (f"{NINA},,boss,", "role", "role_unknown"),
        (f"{NINA},,owner,", "role", "role_above"),
        (f"{NINA},,,{'x' * 101}", "groups", "group_too_long"),
        (f"{NINA},,,{';'.join(map(str, range(21)))}", "groups", "groups_too_many"),
        ("owner@northlight.example,X,,", "role", "member_above"),
    ],
)
def test_each_wrong_cell_is_named_with_its_row_and_column(tenant, row, column, code):
    job = checked(tenant, HEADINGS + "first@elsewhere.example,,,\n" + row, actor=tenant.actors[Role.ADMIN])
    assert wrong(job) == [("3", column, code)]
    assert job.counts == {"create": 1, "wrong": 1}


def test_the_last_owner_is_not_demoted_by_a_file(tenant):
    text = HEADINGS + "owner@northlight.example,,admin,\n"
    assert wrong(checked(tenant, text)) == [("2", "role", "last_owner")]
    make_member(tenant.owner, "second@northlight.example", Role.OWNER)
    job = checked(tenant, text + "second@northlight.example,,learner,\n")
    assert [code for _, _, code in wrong(job)] == ["last_owner", "last_owner"]
    job = checked(tenant, text)
    assert job.counts == {"change": 1}
    accounts.change_role(tenant.owner, member_of(tenant, "second@northlight.example"), Role.ADMIN)
    actions.apply(tenant.owner, job)
    applying.run(job.id)
    assert member_of(tenant, "owner@northlight.example").role == "owner", "nor one who is the last by now"


def test_an_imported_owner_who_never_came_keeps_nobody_else_from_staying(tenant):
    applied(tenant, HEADINGS + f"{NINA},,owner,\n")
    with pytest.raises(LastOwner):
        accounts.change_role(tenant.owner, member_of(tenant, "owner@northlight.example"), Role.ADMIN)


def test_addresses_that_differ_in_case_are_one_and_the_first_row_counts(tenant):
    job = checked(tenant, HEADINGS + f"{NINA},A,,\n{NINA.upper()},B,,\n")
    assert wrong(job) == [("3", "email", "email_repeated")]
    assert job.counts == {"create": 1, "wrong": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_of_any_spreadsheet_is_read(tenant, encoding, delimiter):
    text = f"E-Mail Address,First Name,Last Name,Department\r\n{NINA},Zoë,Ørsted,Käse\r\n"
    job = applied(tenant, text.replace(",", delimiter).encode(encoding))
    assert job.counts == {"create": 1}
    assert str(member_of(tenant, NINA)) == "Zoë Ørsted"
    assert Group.objects.get().name == "Käse"


def test_a_workbook_is_read(tenant):
    content = workbook(
        [["Email", "Name", "Role"], [NINA, "Nina", "reporter"], [], ["b@elsewhere.example", 7]]
    )
    job = applied(tenant, content, filename="users.xlsx")
    assert job.counts == {"create": 2}
    assert str(member_of(tenant, "b@elsewhere.example")) == "7"


def test_columns_that_nobody_knows_are_mapped(tenant):
    job = checked(tenant, f"Kontakt,Wer\n{NINA},Nina\n")
    assert (job.state, job.headings) == ("unmapped", ["Kontakt", "Wer"])
    with pytest.raises(Invalid):
        actions.map_columns(tenant.owner, job, ["name", ""], update_existing=True, invites=False)
    with pytest.raises(ImportNotReady):
        actions.apply(tenant.owner, job)
    actions.map_columns(tenant.owner, job, ["email", "name"], update_existing=True, invites=False)
    assert checking.check(job.id).counts == {"create": 1}


def test_existing_users_are_skipped_where_that_is_asked(tenant):
    job = applied(tenant, HEADINGS + "learner@northlight.example,Lea,manager,\n", update_existing=False)
    assert job.counts == {"skip": 1}
    assert member_of(tenant, "learner@northlight.example").role == "learner"


def test_an_import_tells_nothing_of_an_account_elsewhere(tenant, stranger):
    person = make_member(stranger.owner, NINA, Role.MANAGER, "Nina Secret").user
    Client(HTTP_HOST=APP).post("/sign-in/", {"login": NINA, "password": "long enough"})
    job = checked(tenant, HEADINGS + f"{NINA},,,\nnew@elsewhere.example,,,\n")
    assert job.counts == {"create": 2}
    actions.apply(tenant.owner, job)
    applying.run(job.id)
    Client(HTTP_HOST=APP).post("/sign-in/", {"login": NINA, "password": "long enough"})
    admin = Client(HTTP_HOST=APP)
    admin.force_login(tenant.organization.memberships.get(role="admin").user)
    pages = []
    for email in (NINA, "new@elsewhere.example"):
        member = member_of(tenant, email)
        shown = admin.get(f"/admin/org/users/{member.id}/").text
        pages.append(shown.replace(email, "").replace(str(member.id), ""))
        assert member.last_sign_in is None
    for words in ("Nina Secret", "Nina", "long enough"):
        assert words not in pages[0]
    assert pages[0].count("No sessions") == pages[1].count("No sessions") == 1
    assert "Nina Secret" not in admin.get("/admin/org/users/?search=Secret").text.partition("<main")[2]
    person.refresh_from_db()
    assert (person.name, person.check_password("long enough")) == ("Nina Secret", True)


def test_whoever_made_an_account_for_an_imported_address_does_not_come_in(tenant, stranger):
    """The takeover of decision 19, by an import in place of an invitation."""
    thief = make_member(stranger.owner, NINA, Role.LEARNER).user
    applied(tenant, HEADINGS + f"{NINA},Nina,owner,\n")
    client = Client(HTTP_HOST=APP)
    client.force_login(thief)
    client.post("/organization/", {"organization": str(tenant.organization.id)})
    assert "Strangers</span>" in client.get("/account/").text
    assert not queries.memberships(thief).filter(organization=tenant.organization).exists()
    assert NINA not in queries.managers(tenant.organization.id)
    assert member_of(tenant, NINA).joined_at is None


def test_an_imported_person_comes_in_by_a_forgotten_password(tenant, settings):
    settings.EMAIL_HOST = "mail.example"
    applied(tenant, HEADINGS + f"{NINA},Nina,manager,\n")
    visitor = Client(HTTP_HOST=APP)
    visitor.post("/forgot-password/", {"email": NINA})
    link = Mail.objects.get().text.split("http://localhost:8000")[1].split()[0]
    form = visitor.get(link, follow=True)
    visitor.post(
        form.redirect_chain[-1][0], {"password1": "a password of hers", "password2": "a password of hers"}
    )
    visitor.post("/sign-in/", {"login": NINA, "password": "a password of hers"})
    assert visitor.get("/admin/courses/").status_code == 200
    member = member_of(tenant, NINA)
    assert member.joined_at
    assert member.last_sign_in


def test_an_invitation_to_an_imported_person_lets_them_choose_a_password(tenant, settings):
    settings.EMAIL_HOST = "mail.example"
    applied(tenant, HEADINGS + f"{NINA},Nina,manager,\n", invites=True)
    link = Mail.objects.get().text.split("http://localhost:8000")[1].split()[0]
    visitor = Client(HTTP_HOST=APP)
    visitor.post(link, {"action": "create", "name": "N", "password": "a password of hers"})
    member = member_of(tenant, NINA)
    assert (bool(member.joined_at), member.role, str(member)) == (True, "manager", "Nina")
    settings.EMAIL_HOST = ""
    applied(tenant, HEADINGS + "b@elsewhere.example,B,learner,\n")
    _, url = invitations.invite(tenant.owner, "b@elsewhere.example", Role.LEARNER)
    visitor.post("/sign-out/")
    answer = Client(HTTP_HOST=APP).post(
        url.removeprefix("http://localhost:8000"),
        {"action": "create", "name": "B", "password": "another password"},
    )
    assert answer.status_code == 302, "where no mail is set up, the link is handed over"
    assert member_of(tenant, "b@elsewhere.example").joined_at


def test_invitations_of_an_import_are_bounded_and_take_mail(tenant, settings, monkeypatch):
    with pytest.raises(Invalid):
        checked(tenant, HEADINGS, invites=True)
    settings.EMAIL_HOST = "mail.example"
    monkeypatch.setattr(actions, "MOST_OPEN", 1)
    job = checked(tenant, HEADINGS + f"{NINA},,,\nb@elsewhere.example,,,\n", invites=True)
    with pytest.raises(Invalid):
        actions.apply(tenant.owner, job)
    assert not Mail.objects.exists()


def test_a_killed_worker_leaves_whole_batches_and_nothing_is_done_twice(tenant, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    people = "".join(f"p{number}@elsewhere.example,P{number},,Sales\n" for number in range(5))
    job = checked(tenant, HEADINGS + people)
    actions.apply(tenant.owner, job)
    groups, calls = applying._groups, []

    def dies(*given):
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("the worker was killed")
        groups(*given)

    monkeypatch.setattr(applying, "_groups", dies)
    with pytest.raises(RuntimeError):
        applying.run(job.id)
    assert tenant.organization.memberships.filter(joined_at=None).count() == 2
    applying.run(job.id)
    done = applying.run(job.id)
    assert (done.state, done.done, done.total) == ("done", 5, 5)
    assert tenant.organization.memberships.filter(joined_at=None).count() == 5
    assert Entry.objects.filter(verb="added", details__has_key="import").count() == 5
    actions.apply(tenant.owner, done)
    assert len([name for name, _ in take_jobs() if name == "accounts.apply_user_import"]) == 1


def test_undo_takes_back_what_nobody_has_touched_since_and_lists_the_rest(tenant, stranger):
    make_member(stranger.owner, "known@elsewhere.example", Role.LEARNER)
    everybody = set(tenant.organization.memberships.values_list("id", flat=True))
    job = applied(
        tenant,
        HEADINGS
        + f"{NINA},Nina,,Sales\nused@elsewhere.example,,,\nknown@elsewhere.example,K,,\n"
        + "learner@northlight.example,Lea,manager,Sales\nreporter@northlight.example,Rea,,\n",
    )
    accounts.note_joined(member_of(tenant, "used@elsewhere.example"))
    accounts.change_role(tenant.owner, member_of(tenant, "reporter@northlight.example"), Role.ADMIN)
    job = undone(tenant, job)
    assert job.state == "undone"
    left = {(row.email, row.outcome) for row in imports.left(job)}
    assert left == {("used@elsewhere.example", "deactivated"), ("reporter@northlight.example", "kept")}
    assert not User.objects.filter(email=NINA).exists()
    assert User.objects.filter(email="known@elsewhere.example").exists(), (
        "the account of another organization"
    )
    learner = member_of(tenant, "learner@northlight.example")
    assert (learner.name, learner.role) == ("", "learner")
    assert member_of(tenant, "reporter@northlight.example").role == "admin"
    assert not Group.objects.exists()
    used = member_of(tenant, "used@elsewhere.example")
    assert not used.is_active
    assert set(tenant.organization.memberships.values_list("id", flat=True)) == everybody | {used.id}
    assert undone(tenant, job).state == "undone", "asked for twice, done once"


def test_one_import_at_a_time_is_at_work_in_an_organization(tenant, stranger):
    first = actions.start(tenant.owner, stored(HEADINGS.encode()), "users.csv")
    with pytest.raises(ImportRunning):
        actions.start(tenant.owner, stored(HEADINGS.encode()), "users.csv")
    actions.start(stranger.owner, stored(HEADINGS.encode()), "users.csv")
    checking.check(first.id)
    actions.start(tenant.owner, stored(HEADINGS.encode()), "users.csv")


def test_only_administrators_import_and_nobody_above_themselves(tenant):
    with pytest.raises(Forbidden):
        checked(tenant, HEADINGS, actor=tenant.manager)
    job = checked(tenant, HEADINGS + f"{NINA},,owner,\n")
    with pytest.raises(Forbidden):
        actions.apply(tenant.actors[Role.ADMIN], job)


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "users.csv", "empty"),
        (b"\n\n", "users.csv", "empty"),
        (b"email,name\na@b.example,N\x00ull\n", "users.csv", "not_text"),
        (HEADINGS.encode() + b'a@b.example,"never closed\nb@b.example,B,,\n', "users.csv", "quote_open"),
        (HEADINGS.encode() + b"a" * 100_001, "users.csv", "line_too_long"),
        (b",".join(b"c%d" % number for number in range(300)), "users.csv", "too_many_columns"),
        (workbook([["email"]]), "users.csv", "name_differs"),
        (HEADINGS.encode(), "users.xlsx", "name_differs"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "users.xls", "old_excel"),
        (b"PK\x03\x04 no zip at all", "users.xlsx", "workbook_unreadable"),
        (b"\xff\xfea", "users.csv", "not_text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tenant, content, filename, code):
    job = checked(tenant, content, filename=filename)
    assert (job.state, job.error_code) == ("refused", code)
    assert job.error.endswith(".")
    assert not job.rows.exists()


def test_headings_alone_are_an_import_of_nobody(tenant):
    job = checked(tenant, HEADINGS)
    assert (job.state, job.counts) == ("ready", {})


def test_bytes_and_rows_are_bounded(tenant, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    lines = "".join(f"p{number}@elsewhere.example\n" for number in range(3))
    assert checked(tenant, "email\n" + lines).error_code == "too_many_rows"
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    path = stored(b"email\n" + lines.encode())
    with pytest.raises(TooLarge):
        actions.start(tenant.owner, path, "users.csv")
    assert not path.exists()


class EndlessLine(io.RawIOBase):
    """Two gigabytes without a line break, of which it counts what was read."""

    def __init__(self) -> None:
        self.position, self.taken, self.sized = 0, 0, 2 * 2**30

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = offset
        return offset

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer) -> int:
        count = min(len(buffer), self.sized - self.position)
        buffer[:count] = b"x" * count
        self.position += count
        self.taken += count
        return count


def test_a_line_of_two_gigabytes_is_given_up_soon(monkeypatch):
    monkeypatch.setattr(reading, "encoding_of", lambda file: "utf-8")
    file = EndlessLine()
    with pytest.raises(reading.Refused) as refused:
        list(reading.text_rows(file))  # type: ignore[arg-type]
    assert refused.value.code == "line_too_long"
    assert file.taken < 2**20


def rezipped(**changed: bytes) -> bytes:
    """A workbook with some of its parts replaced; a name's ``__`` is a slash."""
    source, target = zipfile.ZipFile(io.BytesIO(workbook([["email"], [NINA]]))), io.BytesIO()
    parts = {name.replace("__", "/") + ".xml": content for name, content in changed.items()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            archive.writestr(member.filename, parts.pop(member.filename, source.read(member.filename)))
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (rezipped(xl__media__bomb=b"\0" * (257 * 2**20)), "workbook_too_large"),
        (rezipped(xl__sharedStrings=b" " * (33 * 2**20)), "workbook_too_large"),
        (rezipped(xl__sharedStrings=ENTITIES), "workbook_unreadable"),
        (rezipped(xl__worksheets__sheet1=b"<worksheet"), "workbook_unreadable"),
    ],
    ids=["ratio", "shared strings", "entities", "damaged"],
)
def test_a_workbook_that_could_do_harm_is_refused(tenant, content, code):
    assert checked(tenant, content, filename="users.xlsx").error_code == code


def test_a_sheet_of_a_million_empty_rows_ends_where_its_rows_do(tenant):
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>nina@elsewhere.example</t></is></c></row>'
        + b"".join(b'<row r="%d"/>' % number for number in range(3, 60_000))
        + b'<row r="1048576"/></sheetData></worksheet>'
    )
    job = checked(tenant, rezipped(xl__worksheets__sheet1=sheet), filename="users.xlsx")
    assert (job.state, job.counts) == ("ready", {"create": 1})


def test_a_workbooks_links_to_other_files_are_not_followed(tenant, tmp_path):
    link = (
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>'
        b"</externalLink>"
    )
    job = checked(tenant, rezipped(xl__externalLinks__externalLink1=link), filename="users.xlsx")
    assert job.counts == {"create": 1}
    (tmp_path / "users.xlsx").write_bytes(rezipped())
    assert xlsx_rows.refused(tmp_path / "users.xlsx") == ""


def test_an_old_import_is_forgotten_with_its_rows_and_its_file(tenant):
    job = applied(tenant, HEADINGS + f"{NINA},,,\n")
    type(job).objects.update(created_at=job.created_at - imports.KEPT_FOR * 2)
    imports.forget_old()
    assert not imports.user_imports(tenant.organization.id).exists()
    assert Membership.objects.filter(user__email=NINA).exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("task", "work", "at_work", "stands_at"),
    [
        (tasks.check_user_import, (checking, "check"), "checking", "refused"),
        (tasks.apply_user_import, (applying, "run"), "applying", "done"),
        (tasks.undo_user_import, (undoing, "run"), "undoing", "done"),
    ],
)
def test_work_that_fails_at_its_last_try_holds_up_no_other_import(
    tenant, monkeypatch, task, work, at_work, stands_at
):
    job = checked(tenant, f"email\n{NINA}\n")
    UserImport.objects.filter(id=job.id).update(state=at_work)
    monkeypatch.setattr(*work, lambda _: 1 / 0)
    for attempts, state in ((0, at_work), (tasks.TRIES, stands_at)):
        context = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
        with pytest.raises(ZeroDivisionError):
            task(context, str(job.id))
        job.refresh_from_db()
        assert job.state == state
    assert (job.error_code, job.error.endswith(".")) == ("import_failed", True)
    actions.start(tenant.owner, stored(HEADINGS.encode()), "users.csv")
