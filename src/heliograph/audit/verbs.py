"""What was done, as pages say it: the verbs of the audit log, which are stored in English."""

import re

from heliograph.core.translation import pgettext_lazy

VERBS = {
    "accepted invitation of": pgettext_lazy("audit log", "accepted invitation of"),
    "activated": pgettext_lazy("audit log", "activated"),
    "added": pgettext_lazy("audit log", "added"),
    "added a group to": pgettext_lazy("audit log", "added a group to"),
    "added a part to": pgettext_lazy("audit log", "added a part to"),
    "added a person to": pgettext_lazy("audit log", "added a person to"),
    "added second factor to": pgettext_lazy("audit log", "added second factor to"),
    "applied for": pgettext_lazy("audit log", "applied for"),
    "assigned users to": pgettext_lazy("audit log", "assigned users to"),
    "authorized a share of": pgettext_lazy("audit log", "authorized a share of"),
    "awarded": pgettext_lazy("audit log", "awarded"),
    "canceled": pgettext_lazy("audit log", "canceled"),
    "changed": pgettext_lazy("audit log", "changed"),
    "changed due date of": pgettext_lazy("audit log", "changed due date of"),
    "changed limits of": pgettext_lazy("audit log", "changed limits of"),
    "changed password of": pgettext_lazy("audit log", "changed password of"),
    "changed role of": pgettext_lazy("audit log", "changed role of"),
    "changed settings of": pgettext_lazy("audit log", "changed settings of"),
    "changed status of": pgettext_lazy("audit log", "changed status of"),
    "changed webhook endpoint of": pgettext_lazy("audit log", "changed webhook endpoint of"),
    "claimed completion of": pgettext_lazy("audit log", "claimed completion of"),
    "connected": pgettext_lazy("audit log", "connected"),
    "created": pgettext_lazy("audit log", "created"),
    "created link to": pgettext_lazy("audit log", "created link to"),
    "deactivated": pgettext_lazy("audit log", "deactivated"),
    "deleted": pgettext_lazy("audit log", "deleted"),
    "deleted old entries of": pgettext_lazy("audit log", "deleted old entries of"),
    "denied a share of": pgettext_lazy("audit log", "denied a share of"),
    "detected": pgettext_lazy("audit log", "detected"),
    "disabled": pgettext_lazy("audit log", "disabled"),
    "disconnected": pgettext_lazy("audit log", "disconnected"),
    "dismissed a statement of": pgettext_lazy("audit log", "dismissed a statement of"),
    "dismissed duplicate of": pgettext_lazy("audit log", "dismissed duplicate of"),
    "disputed a payment of": pgettext_lazy("audit log", "disputed a payment of"),
    "downloaded package of": pgettext_lazy("audit log", "downloaded package of"),
    "enabled": pgettext_lazy("audit log", "enabled"),
    "ended": pgettext_lazy("audit log", "ended"),
    "ended a session of": pgettext_lazy("audit log", "ended a session of"),
    "ended the term of": pgettext_lazy("audit log", "ended the term of"),
    "erased records of": pgettext_lazy("audit log", "erased records of"),
    "forgot undelivered statements of": pgettext_lazy("audit log", "forgot undelivered statements of"),
    "granted group management to": pgettext_lazy("audit log", "granted group management to"),
    "imported": pgettext_lazy("audit log", "imported"),
    "imported users from": pgettext_lazy("audit log", "imported users from"),
    "invited": pgettext_lazy("audit log", "invited"),
    "invoiced a share of": pgettext_lazy("audit log", "invoiced a share of"),
    "merged": pgettext_lazy("audit log", "merged"),
    "opened": pgettext_lazy("audit log", "opened"),
    "paused": pgettext_lazy("audit log", "paused"),
    "published": pgettext_lazy("audit log", "published"),
    "readmitted": pgettext_lazy("audit log", "readmitted"),
    "recorded a payment of": pgettext_lazy("audit log", "recorded a payment of"),
    "recorded completion of": pgettext_lazy("audit log", "recorded completion of"),
    "refunded": pgettext_lazy("audit log", "refunded"),
    "refused": pgettext_lazy("audit log", "refused"),
    "reissued": pgettext_lazy("audit log", "reissued"),
    "rejected a claim of": pgettext_lazy("audit log", "rejected a claim of"),
    "removed": pgettext_lazy("audit log", "removed"),
    "removed a group from": pgettext_lazy("audit log", "removed a group from"),
    "removed a part from": pgettext_lazy("audit log", "removed a part from"),
    "removed a person from": pgettext_lazy("audit log", "removed a person from"),
    "removed second factor from": pgettext_lazy("audit log", "removed second factor from"),
    "replaced signing keys of": pgettext_lazy("audit log", "replaced signing keys of"),
    "replayed events of": pgettext_lazy("audit log", "replayed events of"),
    "requested a share of": pgettext_lazy("audit log", "requested a share of"),
    "resent": pgettext_lazy("audit log", "resent"),
    "resent invitation to": pgettext_lazy("audit log", "resent invitation to"),
    "reset": pgettext_lazy("audit log", "reset"),
    "reset password for": pgettext_lazy("audit log", "reset password for"),
    "reset password of": pgettext_lazy("audit log", "reset password of"),
    "reset usage of": pgettext_lazy("audit log", "reset usage of"),
    "resolved": pgettext_lazy("audit log", "resolved"),
    "restored duplicate of": pgettext_lazy("audit log", "restored duplicate of"),
    "resumed": pgettext_lazy("audit log", "resumed"),
    "retried a statement of": pgettext_lazy("audit log", "retried a statement of"),
    "retried webhook for": pgettext_lazy("audit log", "retried webhook for"),
    "revoked": pgettext_lazy("audit log", "revoked"),
    "revoked a claim of": pgettext_lazy("audit log", "revoked a claim of"),
    "revoked invitation of": pgettext_lazy("audit log", "revoked invitation of"),
    "revoked link to": pgettext_lazy("audit log", "revoked link to"),
    "rolled back early release of": pgettext_lazy("audit log", "rolled back early release of"),
    "rolled back to": pgettext_lazy("audit log", "rolled back to"),
    "rotated package key of": pgettext_lazy("audit log", "rotated package key of"),
    "rotated signing secret of": pgettext_lazy("audit log", "rotated signing secret of"),
    "saved": pgettext_lazy("audit log", "saved"),
    "split payment of": pgettext_lazy("audit log", "split payment of"),
    "started": pgettext_lazy("audit log", "started"),
    "started early release of": pgettext_lazy("audit log", "started early release of"),
    "started new attempt of": pgettext_lazy("audit log", "started new attempt of"),
    "started viewing as": pgettext_lazy("audit log", "started viewing as"),
    "stopped viewing as": pgettext_lazy("audit log", "stopped viewing as"),
    "suspended": pgettext_lazy("audit log", "suspended"),
    "tested": pgettext_lazy("audit log", "tested"),
    "took back the completion of": pgettext_lazy("audit log", "took back the completion of"),
    "tried": pgettext_lazy("audit log", "tried"),
    "undid import of users from": pgettext_lazy("audit log", "undid import of users from"),
    "undid merge of": pgettext_lazy("audit log", "undid merge of"),
    "unpublished": pgettext_lazy("audit log", "unpublished"),
    "used up": pgettext_lazy("audit log", "used up"),
    "verified a claim of": pgettext_lazy("audit log", "verified a claim of"),
    "waived a part of": pgettext_lazy("audit log", "waived a part of"),
    "withdrew": pgettext_lazy("audit log", "withdrew"),
    "withdrew group management from": pgettext_lazy("audit log", "withdrew group management from"),
}


# What a license warns of: how much of what is used. The number is in the verb.
USED = re.compile(r"used (?P<share>\d+)% of the (?P<what>\w+) of")
OF_WHAT = {
    "registrations": pgettext_lazy("audit log", "used %(share)s%% of the registrations of"),
    "learners": pgettext_lazy("audit log", "used %(share)s%% of the learners of"),
    "launches": pgettext_lazy("audit log", "used %(share)s%% of the launches of"),
    "downloads": pgettext_lazy("audit log", "used %(share)s%% of the downloads of"),
    "term": pgettext_lazy("audit log", "used %(share)s%% of the term of"),
}


def said(verb: str) -> str:
    """A stored verb in the reader's language; one that is not listed, as it is stored."""
    if (used := USED.fullmatch(verb)) and used["what"] in OF_WHAT:
        return OF_WHAT[used["what"]] % {"share": used["share"]}
    return str(VERBS.get(verb, verb))


def containing(words: str) -> list[str]:
    """The stored verbs that say these words somewhere in the reader's language."""
    return [verb for verb, told in VERBS.items() if words.casefold() in str(told).casefold()]
