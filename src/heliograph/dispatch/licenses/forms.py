"""The form of a license."""

from django.utils.functional import lazy

from heliograph.core.translation import gettext, gettext_lazy, grouped
from heliograph.dispatch.licenses.actions import MOST_SEATS
from heliograph.ui.forms import LONGEST_NUMBER, Day, Form, WholeNumber, text


def limit(label: str, most: int = LONGEST_NUMBER) -> WholeNumber:
    """A limit; none where the field is empty."""

    def refusal() -> str:
        sentence = gettext("Enter a whole number from 1 to %(most)s. Leave blank for unlimited.")
        return sentence % {"most": grouped(most)}

    return WholeNumber(label, least=1, most=most, refusal=lazy(refusal, str)())


class LicenseSettings(Form):
    PAIRS = (
        ("starts_at", "expires_at"),
        ("registration_limit", "learner_limit"),
        ("launch_limit", "download_limit"),
        ("seat_limit", "access_days"),
        ("grace_days", "grace_share"),
    )

    name = text(gettext_lazy("Name"), required=False, placeholder=gettext_lazy("License 2027"))
    starts_at = Day(gettext_lazy("Start date"))
    expires_at = Day(gettext_lazy("End date"), last=True)
    registration_limit = limit(gettext_lazy("Max registrations"))
    learner_limit = limit(gettext_lazy("Max learners"))
    launch_limit = limit(gettext_lazy("Max launches"))
    download_limit = limit(gettext_lazy("Max downloads"))
    seat_limit = limit(gettext_lazy("Concurrent learners"), MOST_SEATS)
    access_days = limit(gettext_lazy("Access period per learner (days)"), 36_500)
    grace_days = WholeNumber(gettext_lazy("Grace period (days)"), most=3_650)
    grace_share = WholeNumber(gettext_lazy("Overage allowance (%)"), most=100)

    def clean_grace_days(self) -> int:
        return self.cleaned_data["grace_days"] or 0

    def clean_grace_share(self) -> int:
        return self.cleaned_data["grace_share"] or 0
