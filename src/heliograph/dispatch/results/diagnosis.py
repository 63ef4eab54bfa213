"""The relay ledger read aloud: why an LMS may have kept something else than it was given, and what to tell
the customer.

Error codes: SCORM 1.2 RTE 3.4.2.3.1 and SCORM 2004 4th Ed. RTE 3.1.7; statements of cmi5 have the status of
HTTP that answered them.
"""

from dataclasses import dataclass

from heliograph.core.translation import gettext_lazy

STATEMENTS = ("completed", "passed", "failed", "terminated")
STATUSES = ("cmi.core.lesson_status", "cmi.completion_status", "cmi.success_status")
NO_SESSION = {"101", "103", "104", "112", "113", "122", "123", "132", "133", "142", "143", "301"}
READ_ONLY = {"scorm12": {"403"}, "scorm2004": {"404"}}
NOT_OFFERED = {"scorm12": {"401"}, "scorm2004": {"401", "402"}}
WRONG_VALUE = {"scorm12": {"405", "201"}, "scorm2004": {"406", "407", "408", "351", "201"}}


@dataclass(frozen=True)
class Reason:
    """A stable code, what probably happened, and what the customer's LMS administrator can do "
    "about it."""

    code: str
    sentence: str
    advice: str


LOST = Reason(
    "session_lost",
    gettext_lazy("The learner's LMS session had ended: signed out or timed out."),
    gettext_lazy(
        "No data is lost: a hosted package sends the value again at the learner's next launch. "
        "Longer session times in the LMS help."
    ),
)
NOT_SAVED = Reason(
    "commit_refused",
    gettext_lazy("The LMS accepted the values, then failed to save them."),
    gettext_lazy(
        "Check the LMS's error log at this time. "
        "A hosted package sends the values again at the learner's next launch."
    ),
)
NO_WRITING = Reason(
    "status_read_only",
    gettext_lazy("The LMS doesn't let the course set this value."),
    gettext_lazy("Look for an LMS setting that lets the course, not the LMS, decide status and score."),
)
NOT_KEPT = Reason(
    "not_offered",
    gettext_lazy("The LMS doesn't support this value."),
    gettext_lazy(
        "Optional values may be missing in an LMS. If a report needs it, ask the LMS administrator "
        "to enable it."
    ),
)
REFUSED_VALUE = Reason(
    "value_refused",
    gettext_lazy("The LMS rejected the value as malformed or out of range."),
    gettext_lazy("Report this to the LMS vendor; the value conforms to SCORM."),
)
MASTERY = Reason(
    "mastery_override",
    gettext_lazy("The LMS compared the score with its own mastery score and overrode the course's status."),
    gettext_lazy(
        "Remove the mastery or passing score from the LMS activity, or set the one the course uses."
    ),
)
DECIDES_ITSELF = Reason(
    "status_overridden",
    gettext_lazy("The LMS overrode the status."),
    gettext_lazy(
        "Set the LMS activity to take completion from the package (“SCO decides”, “status reported "
        "by content”)."
    ),
)
CUT = Reason(
    "value_cut",
    gettext_lazy("The LMS truncated the value."),
    gettext_lazy(
        "The LMS has a shorter limit than the standard. "
        "The learner's progress is safe in Heliograph; no action is needed."
    ),
)
FORGOT = Reason(
    "forgotten",
    gettext_lazy("The LMS accepted the value but didn't store it."),
    gettext_lazy("Report this to the LMS vendor."),
)
ROUNDED = Reason(
    "number_changed",
    gettext_lazy("The LMS rounded or converted the number."),
    gettext_lazy("Compare the LMS activity's maximum score with 100."),
)
NO_ANSWER = Reason(
    "store_unreachable",
    gettext_lazy("The LMS's LRS didn't respond."),
    gettext_lazy("No data is lost: missing statements are sent again at the learner's next launch."),
)
STATEMENT_REFUSED = Reason(
    "statement_refused",
    gettext_lazy("The LMS's LRS rejected the statement."),
    gettext_lazy(
        "Report this, with the status, to the vendor of the LMS or LRS; the statement conforms to cmi5."
    ),
)
OTHER = Reason(
    "changed",
    gettext_lazy("The LMS stored a different value."),
    gettext_lazy("Ask the LMS administrator which setting changes the value."),
)


def likely_reason(element: str, written: str, kept: str, error: str) -> Reason:
    """The likeliest reason for a value that did not stay; the first that fits, from the surest to the weakest
    sign.
    """
    if element in STATEMENTS:
        return LOST if error == "401" else STATEMENT_REFUSED if error.isdigit() else NO_ANSWER
    standard = "scorm12" if element.startswith("cmi.core.") or element == "cmi.suspend_data" else "scorm2004"
    if error.startswith("commit"):
        return NOT_SAVED
    if error in NO_SESSION:
        return LOST
    for codes, reason in ((READ_ONLY, NO_WRITING), (NOT_OFFERED, NOT_KEPT), (WRONG_VALUE, REFUSED_VALUE)):
        if error in codes[standard]:
            return reason
    if element in STATUSES:
        return (
            MASTERY
            if {written, kept} & {"passed", "failed"} and kept in ("passed", "failed")
            else DECIDES_ITSELF
        )
    if not kept:
        return FORGOT
    if _is_number(kept) and _is_number(written):
        return ROUNDED
    return CUT if written.startswith(kept) else OTHER


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
