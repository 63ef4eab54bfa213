"""The form of a license."""

from heliograph.dispatch.licenses.actions import MOST_SEATS
from heliograph.ui.forms import LONGEST_NUMBER, Day, Form, WholeNumber, text


def limit(label: str, most: int = LONGEST_NUMBER) -> WholeNumber:
    """A limit; none where the field is empty."""
    refusal = f"Enter a whole number from 1 to {most:,}. Leave blank for unlimited."
    return WholeNumber(label, least=1, most=most, refusal=refusal)


class LicenseSettings(Form):
    PAIRS = (
        ("starts_at", "expires_at"),
        ("registration_limit", "learner_limit"),
        ("launch_limit", "download_limit"),
        ("seat_limit", "access_days"),
        ("grace_days", "grace_share"),
    )

    name = text("Name", required=False, placeholder="License 2027")
    starts_at = Day("Start date")
    expires_at = Day("End date", last=True)
    registration_limit = limit("Max registrations")
    learner_limit = limit("Max learners")
    launch_limit = limit("Max launches")
    download_limit = limit("Max downloads")
    seat_limit = limit("Concurrent learners", MOST_SEATS)
    access_days = limit("Access period per learner (days)", 36_500)
    grace_days = WholeNumber("Grace period (days)", most=3_650)
    grace_share = WholeNumber("Overage allowance (%)", most=100)

    def clean_grace_days(self) -> int:
        return self.cleaned_data["grace_days"] or 0

    def clean_grace_share(self) -> int:
        return self.cleaned_data["grace_share"] or 0
