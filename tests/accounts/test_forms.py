"""What the forms of one's own account read and refuse."""

import pytest
from django.test import RequestFactory

from heliograph.accounts.forms import NewAccount, Profile
from heliograph.core.errors import Invalid


def sent(form, **fields):
    return form.sent(RequestFactory().post("/", fields))


def test_names_are_trimmed_and_passwords_are_not():
    assert sent(Profile, name=" Ada ") == {"name": "Ada"}
    assert sent(NewAccount, password="  with spaces ")["password"] == "  with spaces "


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        (Profile, {"name": "x" * 201}, "name"),
        (NewAccount, {}, "password"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(form, fields, field):
    with pytest.raises(Invalid) as refused:
        sent(form, **fields)
    assert refused.value.details["field"] == field
