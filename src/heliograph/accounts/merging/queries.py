"""Reading merges: into whom somebody was merged, and who was merged into them."""

from django.db.models import QuerySet

from heliograph.accounts.errors import MergeNotFound
from heliograph.accounts.models import Membership, MembershipMerge
from heliograph.core.translation import gettext


def current(member: Membership) -> MembershipMerge | None:
    """The merge of a member into another one, unless it was undone."""
    return member.merges.filter(undone_at=None).select_related("kept__user").first()


def current_or_refuse(member: Membership) -> MembershipMerge:
    """The same; raises `MergeNotFound`."""
    merge = current(member)
    if merge is None:
        raise MergeNotFound(gettext("This user was not merged into another one."))
    return merge


def into(member: Membership) -> QuerySet[MembershipMerge]:
    """The merges of others into a member."""
    return member.merged_from.filter(undone_at=None).select_related("merged__user").order_by("id")
