"""The relay ledger read aloud: why an LMS may have kept something else than it was given, and what to tell
the customer.

Error codes: SCORM 1.2 RTE 3.4.2.3.1 and SCORM 2004 4th Ed. RTE 3.1.7; statements of cmi5 have the status of
HTTP that answered them.
"""

from dataclasses import dataclass

STATEMENTS = ("completed", "passed", "failed", "terminated")
STATUSES = ("cmi.core.lesson_status", "cmi.completion_status", "cmi.success_status")
NO_SESSION = {"101", "103", "104", "112", "113", "122", "123", "132", "133", "142", "143", "301"}
READ_ONLY = {"scorm12": {"403"}, "scorm2004": {"404"}}
NOT_OFFERED = {"scorm12": {"401"}, "scorm2004": {"401", "402"}}
WRONG_VALUE = {"scorm12": {"405", "201"}, "scorm2004": {"406", "407", "408", "351", "201"}}


@dataclass(frozen=True)
class Reason:
    """A stable code, what probably happened, and what the customer's LMS administrator can do about it."""

    code: str
    sentence: str
    advice: str


LOST = Reason(
    "session_lost",
    "The LMS had closed the learner's session: they were signed out, or it timed out.",
    "Nothing is lost: a hosted package writes it again when the learner next opens the course. "
    "Longer session times in the LMS help.",
)
NOT_SAVED = Reason(
    "commit_refused",
    "The LMS took the values and then refused to save them.",
    "Ask the LMS's administrator for its error log at this time. "
    "A hosted package writes it again when the learner next opens the course.",
)
NO_WRITING = Reason(
    "status_read_only",
    "The LMS does not let the course set this value.",
    "Look for a setting of the LMS that lets the course, not the LMS, decide about status and score.",
)
NOT_KEPT = Reason(
    "not_offered",
    "The LMS does not keep this value at all.",
    "Optional values may be missing in an LMS. "
    "If a report needs it, the LMS's administrator has to switch it on.",
)
REFUSED_VALUE = Reason(
    "value_refused",
    "The LMS found that the value has the wrong form or is out of its range.",
    "Send this line to the people who made the LMS: the value follows the standard.",
)
MASTERY = Reason(
    "mastery_override",
    "The LMS compared the score with a mastery score of its own and wrote its verdict over the course's.",
    "Remove the mastery or passing score from the activity in the LMS, or set the one that the course uses.",
)
DECIDES_ITSELF = Reason(
    "status_overridden",
    "The LMS answers with a status of its own.",
    "Set the LMS's activity to take its completion from the package "
    "(“SCO decides”, “status reported by content”).",
)
CUT = Reason(
    "value_cut",
    "The LMS kept only the beginning of the value.",
    "The LMS has a shorter limit than the standard. "
    "The learner's place is safe here; nothing has to be done.",
)
FORGOT = Reason(
    "forgotten",
    "The LMS answered that it took the value, and had nothing when it was asked for it again.",
    "Tell the people who made the LMS that it accepts this value and does not keep it.",
)
ROUNDED = Reason(
    "number_changed",
    "The LMS kept another number: it rounds, or counts on a scale of its own.",
    "Compare the highest score that the LMS's activity allows with 100.",
)
NO_ANSWER = Reason(
    "store_unreachable",
    "The LMS's record store did not answer.",
    "Nothing is lost: what it does not know is said again when the learner next opens the course.",
)
STATEMENT_REFUSED = Reason(
    "statement_refused",
    "The LMS's record store did not take this statement.",
    "Send this line, with the status that was answered, to the people who run the LMS or its record store: "
    "the statement follows cmi5.",
)
OTHER = Reason(
    "changed",
    "The LMS kept something else than it was given.",
    "Send this line to the LMS's administrator and ask which setting changes it.",
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
