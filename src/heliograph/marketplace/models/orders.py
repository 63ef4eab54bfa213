"""Orders: what an enrollment costs, and who pays which share of it."""

from django.db import models
from django.db.models import F, Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Voucher(models.Model):
    """A code with which somebody pays a share: a funder who is billed for it, or the operator itself.
    ``used`` is raised by one conditional update, never beyond ``uses``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    code = models.CharField(max_length=40)
    payer_name = models.CharField(max_length=200, blank=True)  # none: the operator waives the amount
    payer_email = models.EmailField(max_length=254, blank=True)
    amount_cents = models.PositiveIntegerField(null=True)  # none: all that is open
    currency = models.CharField(max_length=3, default="USD")
    program = models.ForeignKey("marketplace.Program", null=True, on_delete=models.CASCADE, related_name="+")
    expires_on = models.DateField(null=True)
    uses = models.PositiveIntegerField(default=1)
    used = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="voucher_newest")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="voucher_code"),
            models.CheckConstraint(condition=Q(used__lte=F("uses")), name="voucher_uses"),
        ]

    def __str__(self) -> str:
        return self.code


class Order(models.Model):
    """What an enrollment costs: its lines, and the shares of those who pay, which sum to the same
    (`ledger.triggers` holds that in the database).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    enrollment = models.ForeignKey("marketplace.Enrollment", on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20)  # `orders.rules.OrderState`
    currency = models.CharField(max_length=3)
    total_cents = models.PositiveIntegerField()
    pay_by = models.DateTimeField()
    created_at = models.DateTimeField(default=now, editable=False)
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # canceled
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="order_newest"),
            models.Index(fields=["pay_by"], condition=Q(state="open"), name="order_overdue"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="order_number"),
            models.UniqueConstraint(
                fields=["enrollment"], condition=~Q(state="canceled"), name="order_one_of_enrollment"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class OrderLine(models.Model):
    """A line of an order."""

    class Kind(models.TextChoices):
        TUITION = "tuition"
        FEE = "fee"
        TAX = "tax"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_index=False, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=200)
    amount_cents = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="orderline_position")]

    def __str__(self) -> str:
        return self.title


class Allocation(models.Model):
    """A payer's share of an order. `orders.rules.FOLLOWING` says which state follows which."""

    class Payer(models.TextChoices):
        STUDENT = "student"  # by card
        VOUCHER = "voucher"
        ITA = "ita"  # a workforce board's individual training account
        EMPLOYER = "employer"
        SCHOLARSHIP = "scholarship"  # waived by the operator

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_index=False, related_name="allocations")
    payer = models.CharField(max_length=20, choices=Payer)
    state = models.CharField(max_length=20)  # `orders.rules.AllocationState`
    amount_cents = models.PositiveIntegerField()
    refunded_cents = models.PositiveIntegerField(default=0)
    disputed_cents = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=200, blank=True)  # of who pays
    email = models.EmailField(max_length=254, blank=True)
    reference = models.CharField(max_length=100, blank=True)  # authorization or purchase order number
    milestone = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True)
    due_on = models.DateField(null=True)
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.PROTECT, related_name="allocations")
    invoice_number = models.PositiveIntegerField(null=True)
    invoiced_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["order", "id"], name="allocation_of_order"),
            models.Index(fields=["organization", "state", "-id"], name="allocation_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice_number"], name="allocation_invoice"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="allocation_amount"),
            models.CheckConstraint(
                condition=Q(refunded_cents__lte=F("amount_cents") - F("disputed_cents")),
                name="allocation_given_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer} {self.amount_cents}"


class Refund(models.Model):
    """Money that goes back to whoever paid a share. By card it is pending until the provider says more."""

    class State(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State)
    reason = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    provider_id = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=1000, blank=True)
    tries = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="refund_newest"),
            models.Index(fields=["try_at"], condition=Q(state="pending"), name="refund_pending"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_amount"),
            models.UniqueConstraint(
                fields=["organization", "provider_id"], condition=~Q(provider_id=""), name="refund_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.state}"
