"""One person: who they are, how they sign in, what they learned, and what they changed."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts import queries, roles
from heliograph.accounts.merging import queries as merges
from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.core.permissions import Permission
from heliograph.lrs.rules import keys
from heliograph.organizations import limits
from heliograph.organizations.forms import MemberRole, MergeInto, RoleLimits
from heliograph.runtime import queries as runtime

SHOWN = 10  # of each list


@page(Permission.USERS_MANAGE)
def person(request: HttpRequest, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    member = queries.member(actor.organization_id, member_id)
    email = member.user.email
    merged = list(merges.into(member))
    shown = {
        "person": member,
        "may_change": actor.covers(roles.granted(actor.organization_id, member.role)),
        "role_form": MemberRole(actor=actor, whose=member, initial={"role": member.role}),
        "limits": limits.shown(member),
        "limits_form": limits.offer(RoleLimits(), actor.organization_id),
        "keys": member.api_keys.order_by("-id"),
        # Earlier ones were in other organizations.
        "sessions": UserSession.objects.filter(user=member.user, created_at__gte=member.known_since).order_by(
            "-last_seen_at"
        )[:SHOWN]
        if member.known_since
        else [],
        "has_second_factor": member.joined_at is not None
        and Authenticator.objects.filter(user=member.user).exists(),
        "merge_form": MergeInto(initial={"email": request.GET.get("merge_into", "")[:254]}),
        "merging": "merge_into" in request.GET,
        "merged_into": merges.current(member),
        "merged": merged,
        "registrations": runtime.registrations_of_emails(
            actor.organization_id, [email, *(merge.merged.user.email for merge in merged)]
        )[:SHOWN],
        "learner": keys.identifier({"mbox": f"mailto:{email}"}),
        "did": audit.by(actor.organization_id, member.user_id)[:SHOWN],
        "done": audit.entries(actor.organization_id, member.id)[:SHOWN],
    }
    return render(request, "organizations/person.html", shown)


urlpatterns = [path("admin/org/users/<str:member_id>/", person, name="organization_user")]
