"""The ledger: every movement of money, by double entry. Nothing in it is changed; what was wrong is reversed.

The database itself holds that the entries of a transaction sum to zero (`ledger.triggers`).
"""

from django.db import models

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class LedgerAccount(models.Model):
    """What money is counted on, for one ``party`` where there are several: *receivable* of a payer, *held*
    and *due* of whoever gets a share.
    """

    class Kind(models.TextChoices):
        CASH = "cash"  # at the payment provider, or received otherwise
        RECEIVABLE = "receivable"  # promised by a payer
        PROMISED = "promised"  # the other side of a receivable, until it is paid
        REVENUE = "revenue"  # received for an order, before it is shared
        TAX = "tax"
        HELD = "held"  # a share that waits for its release
        DUE = "due"  # a share that can be paid out
        DISPUTED = "disputed"  # taken back by a bank until it decides
        UNAPPLIED = "unapplied"  # received, and asked for by nothing

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    party = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "party", "currency"], name="ledgeraccount_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.party} {self.currency}".replace("  ", " ")


class LedgerTransaction(models.Model):
    """Entries that belong together and sum to zero. ``key`` says what they were made of, so that it is posted
    once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    order = models.ForeignKey(
        "marketplace.Order", null=True, on_delete=models.PROTECT, related_name="transactions"
    )
    kind = models.CharField(max_length=20)  # `ledger.actions.KINDS`
    key = models.CharField(max_length=200)
    by = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="ledgertransaction_newest")]
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="ledgertransaction_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class LedgerEntry(models.Model):
    """An amount on an account: above zero where the account's side of the books grows by a debit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.CASCADE, db_index=False, related_name="entries"
    )
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "account"], name="ledgerentry_once"),
            models.CheckConstraint(condition=~models.Q(amount_cents=0), name="ledgerentry_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} on {self.account_id}"
