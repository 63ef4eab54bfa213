"""Learners' names, made of small lists of ours: the same people each time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final

from heliograph.core.ids import slug
from heliograph.demo.customers import Customer

FIRST: Final = (
    "Adaeze", "Aiko", "Aleksander", "Amina", "Ana", "Arjun", "Astrid", "Beatriz", "Björn", "Camille", "Chen",
    "Daniel", "Diego", "Ebba", "Elif", "Emeka", "Esther", "Fatima", "Finn", "Freya", "Giulia", "Hana", "Hugo",
    "Ibrahim", "Ines", "Ivan", "Jana", "Jonas", "Juana", "Kamil", "Kavya", "Kwame", "Lars", "Leila", "Lucía",
    "Mateo", "Mei", "Milan", "Nadia", "Noor", "Olena", "Omar", "Paula", "Petra", "Priya", "Rafael", "Rosa",
    "Samuel", "Sofia", "Tariq", "Thandi", "Tomáš", "Viktor", "Wei", "Yara", "Yusuf", "Zainab", "Zoë",
)  # fmt: skip
LAST: Final = (
    "Abara", "Almeida", "Andersen", "Bakker", "Banerjee", "Becker", "Björklund", "Castro", "Čapek", "Chukwu",
    "Costa", "Dahl", "Demir", "Diallo", "Dvořák", "Eriksen", "Esposito", "Farah", "Fischer", "Fontaine",
    "García", "Haddad", "Hansen", "Hartmann", "Hoang", "Ivanova", "Jansen", "Kaya", "Keita", "Kim", 
    "Kowalski",
    "Lambert", "Lindholm", "Lopes", "Mbeki", "Mensah", "Mori", "Moreau", "Nair", "Nguyen", "Novák", "Okoye",
    "Oliveira", "Park", "Petrov", "Quispe", "Rahman", "Ramos", "Rossi", "Sato", "Schneider", "Silva", "Singh",
    "Suzuki", "Tanaka", "Torres", "Vega", "Vogel", "Wang", "Yilmaz", "Zhang",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A learner as a customer's LMS names them."""

    identifier: str
    name: str
    email: str


def people(random: Random) -> Iterator[tuple[str, str]]:
    """First and last names, no pair twice: enough for 3,000 learners."""
    pairs = list(product(FIRST, LAST))
    random.shuffle(pairs)
    yield from pairs


def person(customer: Customer, number: int, names: tuple[str, str]) -> Person:
    """The learner as the customer's LMS names them."""
    first, last = names
    return Person(
        f"{customer.key[:2].upper()}-{10_000 + number}",
        f"{first} {last}",
        f"{slug(first)}.{slug(last)}@{customer.mail}",
    )
