"""Who is asking: the actor behind a session, an access token or an API key; and the people of an
organization.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha1
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from heliograph.accounts import roles, second_factor
from heliograph.accounts.actions import API_KEY_PREFIX, digest
from heliograph.accounts.errors import (
    AccessTokenRefused,
    InvitationNotFound,
    KeyRefused,
    MemberNotFound,
)
from heliograph.accounts.models import (
    ADMITTED,
    NOT_LIMITED,
    SIGNING_IN,
    ApiKey,
    GroupManager,
    Invitation,
    Membership,
    Organization,
    RefreshToken,
    User,
)
from heliograph.core.actor import Actor
from heliograph.core.clock import now
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import within
from heliograph.core.translation import gettext, grouped, last_use, ngettext

USE_NOTED_EVERY = timedelta(minutes=5)
NAMED = 5  # of several people in a sentence


def organization_by_key(key: str) -> Organization:
    """The organization with that key; raises `NotFound`."""
    organization = Organization.objects.filter(key=key).first()
    if organization is None:
        raise NotFound(
            gettext("Organization “%(key)s” not found.") % {"key": key}, code="organization_not_found"
        )
    return organization


def organizations() -> QuerySet[Organization]:
    """All organizations of this installation, for its operator."""
    return Organization.objects.order_by("key")


def actor_of_member(member: Membership) -> Actor:
    """The member, acting."""
    role = within(roles.granted(member.organization_id, member.role), member.scope)
    return Actor("user", member.user_id, str(member), member.organization_id, role, member.scope)


def membership(user: User, organization_id: UUID | None) -> Membership | None:
    """The user's active membership in that organization, else their oldest one."""
    mine = list(
        Membership.objects.filter(ADMITTED, user=user).select_related("organization", "user").order_by("id")
    )
    return next(
        (member for member in mine if member.organization_id == organization_id), mine[0] if mine else None
    )


def memberships(user: User) -> QuerySet[Membership]:
    """Where the user is an active member."""
    return (
        Membership.objects.filter(ADMITTED, user=user)
        .select_related("organization")
        .order_by("organization__name")
    )


MEMBER_STATES = {"active": Q(is_active=True), "deactivated": Q(is_active=False)}


# As `Membership.full_name` and `Membership.last_sign_in` say it.
KNOWN_NAME = Case(
    When(~Q(name=""), then=F("name")),
    When(joined_at__isnull=False, then=F("user__name")),
    default=Value(""),
)
SIGNED_IN_AT = Case(
    When(
        user__last_login__gte=Greatest(F("created_at"), F("joined_at") - SIGNING_IN),
        joined_at__isnull=False,
        then=F("user__last_login"),
    )
)


def members(
    organization_id: UUID, search: str = "", role: str = "", state: str = "", group: str = ""
) -> QuerySet[Membership]:
    """The organization's members, by email address: those with ``search`` in their name or address, with a
    ``role``, in one of `MEMBER_STATES`, in the ``group`` with that id.
    """
    members = Membership.objects.filter(organization_id=organization_id).annotate(
        known_name=KNOWN_NAME, signed_in_at=SIGNED_IN_AT
    )
    if search:
        members = members.filter(Q(known_name__icontains=search) | Q(user__email__icontains=search))
    if role:
        members = members.filter(role=role)
    if state:
        members = members.filter(MEMBER_STATES[state])
    if group:
        members = members.filter(groups__group=parse_id(group))
    return members.select_related("user").order_by("user__email")


def groups_managed_by(actor: Actor) -> QuerySet[GroupManager, Any]:
    """The ids of the groups that somebody manages, as ``group``; none of a program's."""
    mine = GroupManager.objects.filter(
        group__organization_id=actor.organization_id,
        membership__user=actor.id if actor.kind == "user" else None,
        membership__is_active=True,
    )
    return mine.values("group")


def or_zero(counted: Any) -> Any:
    """A count of a subquery, which has none where there is no row."""
    return Coalesce(counted, Value(0))


def member(organization_id: UUID, member_id: str) -> Membership:
    """One member of the organization by id; raises `MemberNotFound`."""
    return one_of(members(organization_id), member_id)


def one_of(members: QuerySet[Membership], member_id: str) -> Membership:
    """One of these members by id; raises `MemberNotFound`."""
    by_id = parse_id(member_id)
    member = members.filter(id=by_id).first() if by_id else None
    if member is None:
        raise MemberNotFound(gettext("Member not found."))
    return member


def members_of_agent(organization_id: UUID, agent: Mapping[str, Any], home: str) -> list[UUID]:
    """The ids of members whom an xAPI agent means: by their address, its hash, or their id as an account at
    ``home``; with those of everybody who was merged into one of them.
    """
    rows = Membership.objects.filter(organization_id=organization_id)
    account = agent.get("account") or {}
    if "mbox" in agent:
        named = rows.filter(user__email__iexact=str(agent["mbox"]).removeprefix("mailto:"))
        ids = list(named.values_list("id", flat=True))
    elif "mbox_sha1sum" in agent:
        ids = [
            member_id
            for member_id, email in rows.values_list("id", "user__email").iterator()
            if _sha1(f"mailto:{email}") == agent["mbox_sha1sum"]
        ]
    elif account.get("homePage") == home and (parsed := parse_id(str(account.get("name", "")))):
        ids = list(rows.filter(id=parsed).values_list("id", flat=True))
    else:
        ids = []
    merged = rows.filter(merges__kept_id__in=ids, merges__undone_at=None) if ids else rows.none()
    return [*ids, *merged.values_list("id", flat=True)]


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def members_by_ids(organization_id: UUID, ids: Sequence[str]) -> list[Membership]:
    """The members with these ids, each once, in their order; raises `MemberNotFound`."""
    wanted = list(dict.fromkeys(parse_id(member_id) for member_id in ids))
    found = members(organization_id).in_bulk([member_id for member_id in wanted if member_id])
    if len(found) < len(wanted):
        raise MemberNotFound(gettext("Member not found."))
    return [found[member_id] for member_id in wanted if member_id]


def members_by_emails(
    organization_id: UUID, addresses: Iterable[str], field: str = "users"
) -> list[Membership]:
    """The members with these email addresses, each once, by address. Raises `Invalid`, which names the first
    that is nobody's.
    """
    wanted = dict.fromkeys(address.strip().lower() for address in addresses)
    found = list(members(organization_id).filter(user__email__in=wanted))
    known = {member.user.email for member in found}
    for address in wanted:
        if address not in known:
            raise Invalid(
                gettext("%(address)s is not the email of a user. Invite or import them first.")
                % {"address": address[:100]},
                code="user_unknown",
                field=field,
            )
    return found


def members_who_may(organization_id: UUID, permission: Permission, search: str = "") -> QuerySet[Membership]:
    """The active members who have a permission, by email address."""
    having = roles.words_with(organization_id, permission)
    return members(organization_id, search).filter(ADMITTED, user__is_active=True, role__in=having)


def member_counts(organization_id: UUID) -> dict[str, int]:
    """How many members the organization has, by what the filter of `MEMBER_STATES` says; "" for all."""
    mine = Membership.objects.filter(organization_id=organization_id)
    active = Count("id", filter=MEMBER_STATES["active"])
    counted = mine.aggregate(every=Count("id"), active=active)
    deactivated = counted["every"] - counted["active"]
    return {"": counted["every"], "active": counted["active"], "deactivated": deactivated}


def members_by_role(organization_id: UUID) -> dict[str, int]:
    """How many members have each role, by its key."""
    mine = Membership.objects.filter(organization_id=organization_id)
    return dict(mine.values_list("role").annotate(Count("id")).order_by())


def invitations(organization_id: UUID) -> QuerySet[Invitation]:
    """Memberships that were offered and neither accepted nor revoked, newest first; expired ones, too."""
    return Invitation.objects.filter(
        organization_id=organization_id, accepted_at=None, revoked_at=None
    ).order_by("-id")


def invitation(organization_id: UUID, invitation_id: str) -> Invitation:
    """One of `invitations`; raises `InvitationNotFound`."""
    by_id = parse_id(invitation_id)
    invitation = invitations(organization_id).filter(id=by_id).first() if by_id else None
    if invitation is None:
        raise InvitationNotFound(gettext("Invitation not found."))
    return invitation


def managers(organization_id: UUID) -> list[str]:
    """The email addresses of those who manage the organization's courses and licenses."""
    return addresses_of(organization_id, Permission.DISPATCHES_MANAGE)


def addresses_of(organization_id: UUID, permission: Permission) -> list[str]:
    """The email addresses of the active members who have a permission for the whole organization."""
    members = members_who_may(organization_id, permission).filter(NOT_LIMITED)
    return list(members.values_list("user__email", flat=True))


def api_keys(organization_id: UUID) -> QuerySet[ApiKey]:
    """The organization's API keys, newest first."""
    return ApiKey.objects.filter(organization_id=organization_id).order_by("-id")


def actor_of_bearer(token: str) -> Actor:
    """The actor behind an API key or an access token. Raises `KeyRefused` or `AccessTokenRefused`."""
    return _actor_of_api_key(token) if token.startswith(API_KEY_PREFIX) else _actor_of_access_token(token)


def _actor_of_api_key(secret: str) -> Actor:
    moment = now()
    creators = Q(created_by=None) | Q(created_by__is_active=True, created_by__user__is_active=True)
    key = ApiKey.objects.filter(
        creators, Q(expires_at=None) | Q(expires_at__gt=moment), digest=digest(secret), revoked_at=None
    ).first()
    if key is None:
        raise KeyRefused(
            gettext(
                "This API key is not valid: unknown, revoked, expired, or created by somebody deactivated."
            )
        )
    if key.last_used_at is None or moment - key.last_used_at > USE_NOTED_EVERY:
        ApiKey.objects.filter(id=key.id).update(last_used_at=moment)
    role = within(roles.granted(key.organization_id, key.role), key.scope)
    return Actor("api_key", key.id, key.name, key.organization_id, role, key.scope)


def _actor_of_access_token(token: str) -> Actor:
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"], audience="heliograph-api")
    except jwt.ExpiredSignatureError:
        raise AccessTokenRefused(
            gettext("The access token has expired; use the refresh token for a new one."),
            code="access_token_expired",
        ) from None
    except jwt.InvalidTokenError:
        raise AccessTokenRefused(gettext("The access token is not valid. Sign in again.")) from None
    member = (
        Membership.objects.filter(ADMITTED, id=UUID(claims["sub"]), user__is_active=True)
        .select_related("user", "organization")
        .first()
    )
    if member is None:
        raise AccessTokenRefused(gettext("You are no longer a member of this organization."))
    chain = parse_id(str(claims.get("chain")))
    if chain is None or not RefreshToken.objects.filter(chain=chain, revoked_at=None).exists():
        raise AccessTokenRefused(gettext("This sign-in was ended. Sign in again."))
    second_factor.refuse_without(member)
    return actor_of_member(member)


def organization(organization_id: UUID) -> Organization:
    """One organization by id."""
    return Organization.objects.get(id=organization_id)


def api_key(organization_id: UUID, key_id: str) -> ApiKey:
    """One API key; raises `NotFound`."""
    by_id = parse_id(key_id)
    key = api_keys(organization_id).filter(id=by_id).first() if by_id else None
    if key is None:
        raise NotFound(gettext("API key not found."), code="api_key_not_found")
    return key


def consequences_of_second_factor(organization: Organization, required: bool) -> Iterator[str]:
    """What follows from requiring a second factor of all members, or no longer, in sentences."""
    active = members(organization.id).filter(is_active=True)
    if required:
        without = active.exclude(joined_at__isnull=False, user__authenticator__isnull=False).count()
        yield ngettext(
            "%(count)s member has none yet and must set one up before doing anything else.",
            "%(count)s members have none yet and must set one up before doing anything else.",
            without,
        ) % {"count": grouped(without)}
        yield gettext("API keys are not affected.")
    else:
        several = active.count()
        yield ngettext(
            "%(count)s member can sign in with a password alone.",
            "%(count)s members can sign in with a password alone.",
            several,
        ) % {"count": grouped(several)}


def consequences_of_deactivating(member: Membership) -> Iterator[str]:
    """What follows from keeping a member out, in sentences."""
    yield gettext("%(person)s loses access to %(organization)s immediately.") % {
        "person": member,
        "organization": member.organization.name,
    }
    chains = RefreshToken.objects.filter(
        membership=member, revoked_at=None, used_at=None, expires_at__gt=now()
    ).count()
    if chains:
        yield ngettext("%(count)s API sign-in ends, too.", "%(count)s API sign-ins end, too.", chains) % {
            "count": grouped(chains)
        }
    keys = member.api_keys.filter(revoked_at=None).count()
    if keys:
        yield ngettext(
            "%(count)s API key that they created stops working.",
            "%(count)s API keys that they created stop working.",
            keys,
        ) % {"count": grouped(keys)}
    yield gettext("What they made is kept, and you can activate them again.")


def consequences_of_deactivating_many(members: Sequence[Membership]) -> Iterator[str]:
    """What follows from keeping several members of one organization out, in sentences."""
    yield gettext(
        "They lose access to the organization immediately: sessions, API sign-ins and API keys end."
    )
    yield named(members)
    yield gettext("What they made is kept, and you can activate them again.")


def named(members: Sequence[Membership]) -> str:
    """The first of several members by name, and how many there are beside them."""
    names = ", ".join(str(member) for member in members[:NAMED])
    more = len(members) - NAMED
    if more <= 0:
        return names
    others = ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", more)
    return others % {"names": names, "count": grouped(more)}


def consequences_of_revoking(key: ApiKey) -> Iterator[str]:
    """What follows from revoking an API key, in sentences."""
    yield gettext("Programs that use it lose access immediately.")
    yield last_use(key.last_used_at)
    yield gettext("A revoked key cannot be restored.")
