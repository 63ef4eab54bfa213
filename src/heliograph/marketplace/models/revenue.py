"""Who gets which share of what is paid: agreements, and the orders that they are for."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class RevenueAgreement(models.Model):
    """How the revenue of programs is shared, in versions that are never changed: an order keeps the one that
    was in force when it was made. ``terms`` are `revenue.rules.Term` as JSON.

    It is for one program, for all of a program holder, or for all of the organization, in this order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    program = models.ForeignKey("marketplace.Program", null=True, on_delete=models.CASCADE, related_name="+")
    holder = models.ForeignKey("marketplace.Holder", null=True, on_delete=models.CASCADE, related_name="+")
    terms = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name", "version"], name="agreement_version"),
            models.CheckConstraint(condition=Q(program=None) | Q(holder=None), name="agreement_of_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class OrderAgreement(models.Model):
    """The agreement that an order is shared by."""

    order = models.OneToOneField(
        "marketplace.Order", on_delete=models.CASCADE, primary_key=True, related_name="agreed"
    )
    agreement = models.ForeignKey(RevenueAgreement, on_delete=models.PROTECT, related_name="orders")

    def __str__(self) -> str:
        return f"{self.order_id} by {self.agreement_id}"
