"""Organizations (the tenants), people, what they may do there, and what they sign in with."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import Scope

SIGNING_IN = timedelta(minutes=1)


class Organization(models.Model):
    """A tenant: everything else belongs to one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    second_factor_required = models.BooleanField(default=False)  # of its members; API keys are not people
    audit_retention_days = models.PositiveIntegerField(null=True)  # none: the audit log is kept for good

    def __str__(self) -> str:
        return self.name


class Users(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, name: str = "") -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person, known by email address; what they may do hangs on their memberships.

    An address is proven once somebody used a link that was mailed to it. Until then the account may have been
    made by somebody else, so a mailed link sets its password anew (decision 19).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    address_proven_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Users()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email")]

    def __str__(self) -> str:
        return self.name or self.email


class Scoped(models.Model):
    """Something with a role that may be limited (`core.scope`).

    The ids have no foreign keys: what was deleted is still a limit, within which nothing is left. Without it,
    the role would be limited no longer.
    """

    scope_folders = ArrayField(models.UUIDField(), default=list, db_default=[])
    scope_destinations = ArrayField(models.UUIDField(), default=list, db_default=[])
    scope_groups = ArrayField(models.UUIDField(), default=list, db_default=[])

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        """What the role is limited to."""
        return Scope(tuple(self.scope_folders), tuple(self.scope_destinations), tuple(self.scope_groups))

    @scope.setter
    def scope(self, scope: Scope) -> None:
        for column, ids in scope_columns(scope).items():
            setattr(self, column, ids)


SCOPE_FIELDS = ["scope_folders", "scope_destinations", "scope_groups"]


def scope_columns(scope: Scope) -> dict[str, list[UUID]]:
    """A scope as a new row takes it."""
    return dict(zip(SCOPE_FIELDS, map(list, (scope.folders, scope.destinations, scope.groups)), strict=True))


# Of members, invitations and API keys: those whose role is not limited.
NOT_LIMITED = models.Q(scope_folders=[], scope_destinations=[], scope_groups=[])


class Membership(Scoped):
    """One person's role in one organization.

    An imported person has not joined before they came by themselves (`joined_at`): until then the
    organization knows of them what its file said, and nothing of their account, which may be one of another
    organization (decision 35).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    name = models.CharField(max_length=200, blank=True)  # what this organization calls the person
    role = models.CharField(max_length=40)  # the key of a built-in role or of a `CustomRole`
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    joined_at = models.DateTimeField(null=True, default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return self.full_name or self.user.email

    @property
    def full_name(self) -> str:
        """The person's name as this organization knows it; may be empty."""
        return self.name or (self.user.name if self.joined_at else "")

    @property
    def last_sign_in(self) -> datetime | None:
        """When the person last signed in on the website; none before they joined, as that would tell that
        they have an account elsewhere.
        """
        last, since = self.user.last_login, self.known_since
        return last if last and since and last >= since else None

    @property
    def known_since(self) -> datetime | None:
        """From when on the organization may know of the person's sign-ins; None before they joined.

        The sign-in with which somebody came was a moment before.
        """
        return max(self.created_at, self.joined_at - SIGNING_IN) if self.joined_at else None


# Which members may act: an imported person has to prove first that the address is theirs (decision 35).
ADMITTED = models.Q(is_active=True) & (
    models.Q(joined_at__isnull=False) | models.Q(user__address_proven_at__isnull=False)
)


class Group(models.Model):
    """People of an organization who belong together, such as a department or a cohort."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department"
        COHORT = "cohort"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, db_index=False, related_name="groups"
    )
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    key = models.CharField(max_length=100, blank=True)  # an integrator's own identifier
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", Lower("name"), name="group_name"),
            models.UniqueConstraint(
                fields=["organization", "key"], condition=~models.Q(key=""), name="group_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """That a member belongs to a group."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="groups")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "membership"], name="groupmember_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group_id}"


class GroupManager(models.Model):
    """That a member manages a group: sees its people and their progress, adds and removes people."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, related_name="managers")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="managed_groups")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "membership"], name="groupmanager_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} manages {self.group_id}"


class UserImport(models.Model):
    """A file of users on its way into an organization: read, checked, then applied, and perhaps undone."""

    class State(models.TextChoices):
        CHECKING = "checking"
        UNMAPPED = "unmapped"  # no column of email addresses was recognized
        READY = "ready"
        APPLYING = "applying"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=20, choices=State, default=State.CHECKING)
    filename = models.CharField(max_length=200)
    stored_bytes = models.BigIntegerField()
    created_by = models.CharField(max_length=200)
    creator = models.UUIDField(null=True)  # the person or API key, as `core.actor.Actor` has it
    creator_kind = models.CharField(max_length=20)
    role = models.CharField(max_length=40)  # of whoever imports: no row gives what it does not have
    update_existing = models.BooleanField(default=True)
    invites = models.BooleanField(default=False)
    headings = models.JSONField(default=list)  # of the file's columns
    mapping = models.JSONField(default=list)  # what each column holds; empty for what nobody takes
    counts = models.JSONField(default=dict)  # rows by their verdict
    total = models.PositiveIntegerField(default=0)  # rows that the current work has to do
    done = models.PositiveIntegerField(default=0)  # how many of them it has done
    made_groups = models.JSONField(default=list)  # ids
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    error_source = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state__in=["checking", "applying", "undoing"]),
                name="userimport_working_once",
            )
        ]

    def __str__(self) -> str:
        return self.filename


class UserImportRow(models.Model):
    """One row of the file: its cells, what is wrong with them, what would be done, and what was before."""

    class Verdict(models.TextChoices):
        CREATE = "create"
        CHANGE = "change"
        UNCHANGED = "unchanged"
        SKIP = "skip"
        WRONG = "wrong"

    user_import = models.ForeignKey(UserImport, on_delete=models.CASCADE, db_index=False, related_name="rows")
    number = models.PositiveIntegerField()  # as a spreadsheet counts: the headings are row 1
    email = models.TextField()
    name = models.TextField()
    role = models.TextField()
    groups = models.JSONField(default=list)  # names
    problems = models.JSONField(default=list)  # each with column, value, code, message
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.CREATE)
    outcome = models.CharField(max_length=20, blank=True)  # empty while it was not applied
    membership_id = models.UUIDField(null=True)
    before = models.JSONField(default=dict)  # what the member had; with "after", what the row made of it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_import", "number"], name="userimportrow_number")]

    def __str__(self) -> str:
        return f"row {self.number}"


class MembershipMerge(models.Model):
    """That two members were one person: what went from one to the other, so that it can go back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    merged = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="merges")
    kept = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="merged_from")
    moved = models.JSONField(default=dict)  # ids of rows by their kind, and what was deleted as a duplicate
    was_active = models.BooleanField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="membershipmerge_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class DismissedDuplicate(models.Model):
    """That two members who look like one person are two, as somebody said: they are not suggested again.

    ``first`` is the one with the lower id.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    first = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    dismissed_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="dismissedduplicate_once")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class CustomRole(models.Model):
    """A role that an organization made of permissions; ``key`` is no built-in role's word, and stays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, db_index=False, related_name="custom_roles"
    )
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    granted = models.JSONField()  # permissions by name; those that this version does not know give nothing
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="customrole_key"),
            models.UniqueConstraint("organization", Lower("name"), name="customrole_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def word(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return self.name

    @property
    def permissions(self) -> frozenset[Permission]:
        """What members with this role may do."""
        return frozenset(permission for permission in Permission if permission in self.granted)


class Invitation(Scoped):
    """A membership that an address was offered; it gives no rights and makes no account before it is
    accepted.

    Only a digest of its link's secret is kept. One row with neither ``accepted_at`` nor ``revoked_at`` for
    each address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)  # in lower case
    role = models.CharField(max_length=40)  # the key of a built-in role or of a `CustomRole`
    digest = models.BinaryField(max_length=32, unique=True)
    mailed = models.BooleanField()  # whether only the address's mailbox was told the secret
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> str:
        """``accepted``, ``revoked``, ``expired`` or ``invited``."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= now() else "invited"


class ApiKey(Scoped):
    """A program's credential; only a digest of its secret is kept.

    It is good for as long as the member is active who created it, or who created the key that did.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_keys")
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="api_keys")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)  # the key of a built-in role or of a `CustomRole`
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def state(self) -> str:
        """``revoked``, ``expired`` or ``active``."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now() else "active"


class RefreshToken(models.Model):
    """One link of a chain of refresh tokens: each is used once, and using one twice ends its chain (RFC 9700,
    4.14.2).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.UUIDField(db_index=True)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE)
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class IdempotentResponse(models.Model):
    """The answer to a request that carried an `Idempotency-Key`: given again, and nothing done, where the
    same request comes again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False, related_name="+")
    credential = models.UUIDField()  # the API key or the person that asked
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)  # a digest of the request
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()  # sealed: it may hold a secret
    answered_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "credential", "key"], name="idempotentresponse_once"
            )
        ]

    def __str__(self) -> str:
        return self.key


class TableView(models.Model):
    """What a member wants to see of a list again: its search, filters and order, under a name of theirs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, db_index=False, related_name="table_views"
    )
    table = models.CharField(max_length=40)  # the name of a `ui.tables.Table`
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)  # the query string of the list's address
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "table", "name"], name="tableview_name")]

    def __str__(self) -> str:
        return self.name


class FailedSignIns(models.Model):
    """Failed sign-ins of those who share a slot: a keyed hash of a person, an address, or both
    (`accounts.sign_in_limits`).

    There are no more rows than slots, and none of them tells who it is about.
    """

    slot = models.PositiveIntegerField(primary_key=True)
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} in slot {self.slot}"


class CacheEntry(models.Model):
    """The table of Django's cache, which all processes share: rate limits and used one-time codes."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_cache"

    def __str__(self) -> str:
        return self.cache_key
