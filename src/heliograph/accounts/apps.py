from django.apps import AppConfig


class Accounts(AppConfig):
    name = "heliograph.accounts"

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa

        from heliograph.accounts import own_account
        from heliograph.core.roles import Role
        from heliograph.ui.navigation import NavigationLink, register

        account.password_changed.connect(own_account.password_changed)
        account.password_reset.connect(own_account.password_reset)
        mfa.authenticator_added.connect(own_account.factor_added)
        mfa.authenticator_removed.connect(own_account.factor_removed)
        register(NavigationLink(70, "Organization", "organization", "/admin/org", Role.ADMIN))
