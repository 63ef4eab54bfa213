"""The record store's rows: credentials, statements with what they are found by, activities and agents as they
are known, documents, attachments.

Statements and their keys are append-only and partitioned by month on the statement's position in the store: a
UUIDv7 whose time is the database's, so that it tells when a statement was stored (docs/decisions/0009).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.delivery.models import Leased


class Credential(models.Model):
    """A key and a secret for one organization's records; only a digest of the secret is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=40, unique=True)
    digest = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=30))
    # Only statements and documents about activities that begin so.
    activity_prefix = models.CharField(max_length=1000, blank=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="credential_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """``revoked``, ``expired`` or ``active``."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now() else "active"


class SavedView(models.Model):
    """Filters of the statement browser under a name: its owner's, or everybody's in the organization where
    shared.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.TextField()  # as `browser.search.Filters.query` writes it
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """A statement at its position in the store.

    ``sent`` is its JSON as it came. What is answered is ``shown``, or ``sent`` where that is null, followed
    by ``added``: what the store itself said of it (id, authority, version …) without braces. Where
    ``without_timestamp``, its timestamp is the time it was stored.
    """

    pk = models.CompositePrimaryKey("organization_id", "id")
    organization_id = models.UUIDField()
    id = models.UUIDField()
    statement_id = models.UUIDField()
    voided = models.BooleanField(default=False)
    without_timestamp = models.BooleanField(default=False)
    sent = models.TextField()
    shown = models.TextField(null=True)  # noqa: DJ001 - null: as it was sent
    added = models.TextField()

    def __str__(self) -> str:
        return str(self.statement_id)


class StatementId(models.Model):
    """Each statement's id, once in its organization, with the digest that decides whether another of that id
    is the same.

    ``position`` is null while nobody has sent it and others already refer to it.
    """

    pk = models.CompositePrimaryKey("organization_id", "statement_id")
    organization_id = models.UUIDField()
    statement_id = models.UUIDField()
    position = models.UUIDField(null=True)
    digest = models.UUIDField(null=True)
    voided = models.BooleanField(default=False)  # somebody voided it, or will have, once it is there
    voids = models.BooleanField(default=False)  # it voids another and so cannot be voided
    # Others referred to it before it came, and have not been given its keys.
    referrers_wait = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.statement_id)


class Key(models.Model):
    """One thing a statement is found by; see `rules.keys`."""

    pk = models.CompositePrimaryKey("organization_id", "key", "id")
    organization_id = models.UUIDField()
    key = models.BigIntegerField()
    id = models.UUIDField()  # the statement's position

    def __str__(self) -> str:
        return f"{self.key}: {self.id}"


class Activity(models.Model):
    """An activity as statements have described it; ``definition`` is JSON."""

    pk = models.CompositePrimaryKey("organization_id", "key")
    organization_id = models.UUIDField()
    key = models.BigIntegerField()
    iri = models.TextField()
    definition = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.iri


class Agent(models.Model):
    """An agent or group as statements have named it; ``identifier`` is `rules.keys.identifier`'s."""

    pk = models.CompositePrimaryKey("organization_id", "key")
    organization_id = models.UUIDField()
    key = models.BigIntegerField()
    identifier = models.TextField()
    name = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "name"], name="agent_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name or self.identifier


class Document(models.Model):
    """A state, an activity profile or an agent profile.

    ``owner`` is a digest of its kind, activity and agent, ``address`` of these, its name and its
    registration; ``etag`` is its SHA-1.
    """

    class Kind(models.TextChoices):
        STATE = "state"
        ACTIVITY_PROFILE = "activity profile"
        AGENT_PROFILE = "agent profile"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    owner = models.UUIDField()
    address = models.UUIDField()
    registration = models.UUIDField(null=True)
    name = models.TextField()  # stateId or profileId
    activity = models.TextField(blank=True)
    agent = models.TextField(blank=True)  # as `rules.keys.identifier` makes it
    agent_key = models.BigIntegerField(null=True)
    content = models.BinaryField()
    content_type = models.CharField(max_length=255)
    etag = models.CharField(max_length=40)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "address"], name="document_once")]
        indexes = [
            models.Index(fields=["organization_id", "owner", "updated_at"], name="document_owner"),
            models.Index(
                fields=["organization_id", "agent_key"],
                name="document_agent",
                condition=Q(agent_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """What was sent with statements, once for its content; ``sha2`` is as the statements name it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    sha2 = models.CharField(max_length=128)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "sha2"], name="attachment_once")]

    def __str__(self) -> str:
        return self.sha2


class Verb(models.Model):
    """A verb as statements have used it."""

    pk = models.CompositePrimaryKey("organization_id", "key")
    organization_id = models.UUIDField()
    key = models.BigIntegerField()
    iri = models.TextField()
    display = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.display or self.iri


class StatementCount(models.Model):
    """How many statements somebody made about a course with a verb on a day (UTC); keys as in `rules.keys`, 0
    for nobody and nothing.
    """

    pk = models.CompositePrimaryKey("organization_id", "day", "agent", "course", "verb")
    organization_id = models.UUIDField()
    day = models.DateField()
    agent = models.BigIntegerField()
    course = models.BigIntegerField()
    verb = models.BigIntegerField()
    count = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "agent", "day"], name="statementcount_agent")]

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"


class CountCursor(models.Model):
    """The position up to which an organization's statements are in its counts."""

    organization_id = models.UUIDField(primary_key=True)
    position = models.UUIDField()

    def __str__(self) -> str:
        return str(self.position)


class Erasure(models.Model):
    """A person's records were erased: that it happened, when, by whom and why, and a digest that tells of
    whom only to who knows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    person = models.BinaryField(max_length=32)  # an HMAC of the identifier
    reason = models.CharField(max_length=1000)
    statements = models.PositiveIntegerField()
    redacted = models.PositiveIntegerField()
    documents = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="erasure_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {self.statements} statements"


class Pipe(Leased):
    """A way between this store and another one: statements are forwarded to it, or imported from it.

    Forwarding, everything up to the position ``cursor`` is dealt with; importing, ``resume`` is where the
    next page begins. Whoever works on it holds it until ``leased_until``, in a ``turn`` of its own: what an
    earlier turn found out changes nothing any more.
    """

    class Direction(models.TextChoices):
        FORWARD = "forward"
        IMPORT = "import"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=200)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    endpoint = models.CharField(max_length=2000)
    version = models.CharField(max_length=10)  # which xAPI is spoken with it: 1.0.3 or 2.0.0
    encrypted_credentials = models.BinaryField()  # key and secret, encrypted with the secret key
    filter = models.JSONField(default=dict)  # as `pipes.rules.read_filter` makes it
    paused = models.BooleanField(default=False)
    cursor = models.UUIDField()
    resume = models.JSONField(default=dict)  # as `pipes.importing` keeps it
    continuous = models.BooleanField(
        default=True
    )  # an import that has come to the end asks again, or is finished
    moved = models.PositiveBigIntegerField(default=0)  # statements that have arrived
    moved_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)  # importing: the newest `stored` seen
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="pipe_newest"),
            models.Index(fields=["next_try_at"], name="pipe_due", condition=Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Undelivered(models.Model):
    """A statement that a pipe could not move, and why; the pipe went on without it."""

    class State(models.TextChoices):
        REFUSED = "refused"
        AGAIN = "again"  # somebody wants it to be tried once more
        DISMISSED = "dismissed"  # stays, so that an import that sees it again knows

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pipe = models.ForeignKey(Pipe, on_delete=models.CASCADE, db_index=False, related_name="undelivered")
    statement_id = models.CharField(max_length=100)  # or a digest of it, where it has none
    position = models.UUIDField(null=True)  # forwarding: where it is in this store
    sent = models.TextField(blank=True)  # importing: its JSON
    reason = models.CharField(max_length=1000)
    status = models.PositiveIntegerField(null=True)
    tries = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REFUSED)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pipe", "statement_id"], name="undelivered_once")]
        indexes = [models.Index(fields=["pipe", "state", "-id"], name="undelivered_newest")]

    def __str__(self) -> str:
        return self.statement_id
