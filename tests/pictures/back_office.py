"""What the demo's organization lacks, made through the API of a running server: users, groups, imports,
roles, folders, assignments and webhooks.
"""

from collections.abc import Iterator
from typing import Any

from tests.journeys.product import Heliograph, Product, eventually, multipart
from tests.receiver import receiver

PEOPLE = ("Ada Byron", "Bo Diaz", "Chidi Okonkwo", "Dörthe Großmann-Schwarzenberger", "Ella Fitzgerald")
OWNER = {"email": "owner@demo.example", "password": "sunlight-by-mirror"}
NOBODY = "http://127.0.0.1:9/nobody-listens"
MOST_ASSIGNED = 1000  # with one call


def furnish(product: Product, rows: int = 0) -> list[str]:
    """Make it all, with about ``rows`` users; the addresses of pages that no link of a list leads to first,
    some with ``#`` and what their pictures are called besides.
    """
    demo = Heliograph(product)
    demo.secret = demo.api("POST", "/token", OWNER)["access"]
    emails = [f"{name.split()[0].lower()}{number or ''}@demo.example" for number, name in _people(rows)]
    applied, waiting, refused = _imports(demo, emails, rows)
    group = _groups(demo, rows)
    merged = _merge(demo)
    demo.api(
        "POST", "/org/roles", {"name": "Content editor", "permissions": ["courses.view", "courses.manage"]}
    )
    demo.api("POST", "/org/roles", {"name": "Auditor", "permissions": ["organization.view", "audit.view"]})
    course, mine = _folders_and_assignments(demo, rows)
    endpoint, delivery = _webhooks(demo)
    org = "/admin/org"
    return [
        f"{org}/users/import/{applied}/#applied",
        f"{org}/users/import/{waiting}/#preview",
        f"{org}/users/import/{refused}/#refused",
        f"{org}/groups/{group}/",
        f"{org}/users/{merged}/#merged",
        f"{org}/roles/",
        f"{org}/settings/",
        f"{org}/analytics/compare/",
        "/admin/courses/folders/",
        f"/admin/courses/{course}/assignments/",
        "/lms/",
        f"/lms/courses/{mine}/",
        f"{org}/webhooks/{endpoint}/",
        f"{org}/webhooks/{endpoint}/deliveries/{delivery}/",
    ]


def _people(rows: int) -> Iterator[tuple[int, str]]:
    for number in range(max(1, rows // len(PEOPLE))):
        for name in PEOPLE:
            yield number, name


def _imports(demo: Heliograph, emails: list[str], rows: int) -> list[str]:
    """One that was applied, one whose preview has errors, and one that was refused."""
    lines = [f"{email},{name},learner,Sales" for email, (_, name) in zip(emails, _people(rows), strict=True)]
    applied = _import(demo, "staff-of-the-spring.csv", "email,name,role,groups", *lines)
    demo.api("POST", f"/org/user-imports/{applied}/apply")
    _reaches(demo, applied, "done")
    wrong = [f"somebody-{number},Nobody,boss," for number in range(max(3, rows // 50))]
    waiting = _import(
        demo, "new joiners.csv", "email,name,role,groups", "new@demo.example,New,learner,", *wrong
    )
    return [applied, waiting, _import(demo, "empty.csv", "email,name")]


def _import(demo: Heliograph, name: str, *lines: str) -> str:
    body = "\n".join(lines).encode()
    job = demo.document("POST", "/org/user-imports", *multipart({"update_existing": "true"}, name, body))
    _reaches(demo, job["id"], "ready", "refused", "unmapped")
    return str(job["id"])


def _reaches(demo: Heliograph, job: str, *states: str) -> None:
    eventually(
        lambda: demo.api("GET", f"/org/user-imports/{job}")["state"] in states,
        f"the import is {states}",
        seconds=600,
    )


def _groups(demo: Heliograph, rows: int) -> str:
    for number, kind in enumerate(["department", "cohort", "other"] * max(1, rows // 300)):
        demo.api("POST", "/org/groups", {"name": f"{kind.capitalize()} {number + 1}", "kind": kind})
    [sales] = demo.api("GET", "/org/groups?search=Sales")["items"]
    return str(sales["id"])


def _merge(demo: Heliograph) -> str:
    """Two addresses of a person; the member that was merged."""
    first, second = (
        demo.api("GET", f"/org/users?search={name}@demo.example")["items"][0]["id"] for name in ("ada", "bo")
    )
    demo.api("POST", f"/org/users/{first}/merge", {"into": second})
    return str(first)


def _folders_and_assignments(demo: Heliograph, rows: int) -> tuple[str, str]:
    """A course that is assigned to many, and one that is assigned to the owner."""
    courses = demo.api("GET", "/courses?limit=20")["items"]
    top = demo.api("POST", "/folders", {"name": "Occupational health and safety"})["id"]
    below = demo.api("POST", "/folders", {"name": "Warehouse and logistics", "parent": top})["id"]
    for number in range(rows // 500):
        demo.api("POST", "/folders", {"name": f"Archive {number}", "parent": top})
    for number, course in enumerate(courses[:6]):
        place = {"folder": (top, below)[number % 2], "tags": ["2031", "mandatory"]}
        demo.api("PATCH", f"/courses/{course['id']}", place)
    course = courses[0]["id"]
    due = {"due_at": "2031-05-20T00:00:00Z", "notify": False}
    users = [user["id"] for user in _all(demo, "/org/users?limit=200&active=true", rows // 10 + 5)]
    for start in range(0, len(users), MOST_ASSIGNED):
        some = users[start : start + MOST_ASSIGNED]
        demo.api("POST", "/org/assignments", {"course": course, "users": some, **due})
    [owner] = demo.api("GET", "/org/users?role=owner")["items"]
    for other in courses[1:4]:
        demo.api("POST", "/org/assignments", {"course": other["id"], "users": [owner["id"]], "notify": False})
    return course, courses[1]["id"]


def _all(demo: Heliograph, path: str, most: int) -> list[dict[str, Any]]:
    """The first rows of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while len(rows) < most:
        page = demo.api("GET", f"{path}&cursor={cursor}" if cursor else path)
        rows += page["items"]
        if not (cursor := page["next_cursor"]):
            break
    return rows


def _webhooks(demo: Heliograph) -> tuple[str, str]:
    """An endpoint that takes events, one that fails, and one that is disabled; a delivery of the first."""
    with receiver() as customer:
        made = [
            demo.api("POST", "/webhooks", {"url": url, "topics": topics, "description": description})["id"]
            for url, topics, description in (
                (customer.url, ["*"], "Data warehouse"),
                (NOBODY, ["course.*", "import.failed"], ""),
                (NOBODY, ["member.joined"], "Human resources of the parent company, nightly synchronization"),
            )
        ]
        for endpoint in made:
            for _ in range(3):
                delivery = demo.api("POST", f"/webhooks/{endpoint}/test", {})["id"]
                if endpoint == made[0]:
                    shown = delivery
        demo.api("PATCH", f"/webhooks/{made[2]}", {"enabled": False})
        eventually(lambda: len(customer.received) >= 3, "the endpoint has its events")
    return made[0], shown
