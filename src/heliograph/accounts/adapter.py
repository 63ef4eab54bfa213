"""How django-allauth behaves here: people are invited, they do not sign themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address; those without one (a socket, a proxy that names none) are counted together."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return "unknown"
