"""Organizations (the tenants), people, what they may do there, and what they sign in with."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission


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


class Membership(models.Model):
    """One person's role in one organization."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=40)  # the key of a built-in role or of a `CustomRole`
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"

    @property
    def last_sign_in(self) -> datetime | None:
        """When the person last signed in on the website; none before they became a member, as that would
        tell that they have an account elsewhere.
        """
        last = self.user.last_login
        return last if last and last >= self.created_at else None


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


class Invitation(models.Model):
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


class ApiKey(models.Model):
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
