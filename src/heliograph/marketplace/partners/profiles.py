"""Partners as they are known: for each the adapter and settings to begin with. All of it is data; what is
documented publicly and what is assumed is said beside it, because partners change their platforms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from heliograph.core.translation import gettext_lazy as _


@dataclass(frozen=True)
class Profile:
    """Settings to begin with. ``documented`` is what can be read publicly, ``assumed`` what cannot."""

    name: str
    adapter: str
    settings: dict[str, Any] = field(default_factory=dict)
    documented: str = ""
    assumed: str = ""


PROFILES: dict[str, Profile] = {
    "certiport": Profile(
        "Certiport",
        "file",
        {
            "fields": {
                "voucher": "Voucher",
                "email": "Email",
                "first_name": "First Name",
                "last_name": "Last Name",
                "program": "Exam",
                "status": "Result",
                "score": "Score",
                "taken_at": "Exam Date",
            },
            "date_format": "%m/%d/%Y",
            "score_of": 1000.0,
        },
        _("Vouchers, exam groups and result reports from its portal. No public API was found."),
        _("Headings of the report, the date format, and that scores have at most 1,000 points."),
    ),
    "milady": Profile(
        "Milady",
        "file",
        {
            "fields": {
                "email": "Email",
                "first_name": "First Name",
                "last_name": "Last Name",
                "program": "Course",
                "score": "Grade",
                "taken_at": "Completed",
            },
            "date_format": "%m/%d/%Y",
        },
        _("Learners are imported in bulk, and grades are reported. Programs are mapped by hand."),
        _("Headings of the report, the date format, and that it lists only completed courses."),
    ),
    "nrf_rise_up": Profile(
        "NRF RISE Up",
        "file",
        {
            "fields": {
                "email": "Email",
                "first_name": "First Name",
                "last_name": "Last Name",
                "program": "Exam",
                "status": "Status",
                "score": "Score",
                "taken_at": "Date",
            },
            "date_format": "%m/%d/%Y",
        },
        _("Vouchers, and students in a spreadsheet. Certificates are mailed in one or two days."),
        _("That results can be exported, the headings, and the date format."),
    ),
    "credly": Profile(
        "Credly",
        "api",
        {
            "url": "https://api.credly.com/v1/organizations/ID/badges",
            "authentication": "basic",
            "records": "data",
            "next_link": "metadata.next_page_url",
            "fields": {
                "result_id": "id",
                "email": "recipient_email",
                "first_name": "issued_to_first_name",
                "last_name": "issued_to_last_name",
                "program": "badge_template.id",
                "status": "state",
                "taken_at": "issued_at",
                "credential_id": "id",
                "credential_url": "badge_url",
            },
            "completed": ["pending", "accepted", "issued"],
            "revoked": ["revoked"],
        },
        _("An API with tokens in pages, an event feed, and webhooks."),
        _("Names of the fields. Replace ID in the address; the token is the client ID, its secret empty."),
    ),
    "comptia": Profile(
        "CompTIA",
        "file",
        {
            "fields": {
                "person_id": "CompTIA ID",
                "voucher": "Voucher",
                "program": "Exam Code",
                "status": "Result",
                "score": "Score",
                "taken_at": "Exam Date",
            },
            "date_format": "%m/%d/%Y",
            "score_of": 900.0,
        },
        _("An API for keys of CertMaster without grades, and LTI 1.3."),
        _("Results as a file: headings, date format, and that scores have at most 900 points."),
    ),
    "certiverse": Profile(
        "Certiverse",
        "api",
        {
            "url": "https://api.certiverse.com/results",
            "authentication": "bearer",
            "records": "results",
            "next_link": "next",
            "fields": {
                "result_id": "id",
                "person_id": "candidate.id",
                "email": "candidate.email",
                "name": "candidate.name",
                "program": "exam.code",
                "status": "result",
                "score": "score",
                "taken_at": "completed_at",
            },
        },
        _("An API of results that were not processed yet, 100 in a page, with a link to the next."),
        _("Its address and the names of the fields."),
    ),
}
