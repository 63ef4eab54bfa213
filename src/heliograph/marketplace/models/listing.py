"""What the public finds: a row for each published program, and the words and values that they have."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q


class CatalogEntry(models.Model):
    """A published program as it is searched and filtered; `listing.actions.refresh` keeps it in step.

    ``words`` holds the words, their stems, and ``facets`` again (`listing.words.key`), so that one index
    finds all of them.
    """

    program = models.OneToOneField(
        "marketplace.Program", primary_key=True, on_delete=models.CASCADE, related_name="entry"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    sort_title = models.CharField(max_length=400, db_collation="C")
    price_cents = models.PositiveIntegerField()
    next_start = models.DateField(null=True)
    facets = ArrayField(models.CharField(max_length=220))  # as “delivery:online”
    words = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="catalogentry_words", fastupdate=False),
            models.Index(fields=["organization", "sort_title", "program"], name="catalogentry_title"),
            models.Index(fields=["organization", "price_cents", "program"], name="catalogentry_price"),
            models.Index(fields=["organization", "next_start", "program"], name="catalogentry_start"),
        ]

    def __str__(self) -> str:
        return self.sort_title


class CatalogTerm(models.Model):
    """A word of an organization's entries, and one way to spell it: as it is, or without one of its letters.

    Two words that are one wrong letter apart have such a spelling in common.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    spelling = models.CharField(max_length=40, db_collation="C")
    term = models.CharField(max_length=40, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "spelling", "term"], name="catalogterm_once")
        ]
        indexes = [
            models.Index(
                fields=["organization", "term"], condition=Q(spelling=F("term")), name="catalogterm_whole"
            )
        ]

    def __str__(self) -> str:
        return self.term


class CatalogCount(models.Model):
    """How many entries of an organization have a value of a facet."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    facet = models.CharField(max_length=20)
    value = models.CharField(max_length=200)
    programs = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "facet", "value"], name="catalogcount_value")
        ]
        indexes = [
            models.Index(fields=["organization", "facet", "-programs", "value"], name="catalogcount_most")
        ]

    def __str__(self) -> str:
        return f"{self.facet}:{self.value}"
