from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Accounts(AppConfig):
    name = "heliograph.accounts"

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa
        from django.core.signals import request_finished

        from heliograph.accounts import home, own_account, saved_views, scopes
        from heliograph.core import scope
        from heliograph.core.permissions import Permission
        from heliograph.ui.home import register_attention, register_steps
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.ui.tables import show_saved_views

        register_attention(home.attention, Permission.EMAILS_MANAGE)
        register_steps(home.STEP)
        scopes.register()
        request_finished.connect(lambda **_: scope.act_as(None), weak=False)
        show_saved_views(saved_views.links)

        account.password_changed.connect(own_account.password_changed)
        account.password_reset.connect(own_account.password_reset)
        mfa.authenticator_added.connect(own_account.factor_added)
        mfa.authenticator_removed.connect(own_account.factor_removed)
        register(
            NavigationLink(
                "settings",
                20,
                gettext_lazy("Email log"),
                "outbox",
                "/admin/outbox",
                "mail",
                Permission.EMAILS_MANAGE,
                help="operators#mail",
            ),
            NavigationLink(
                "developers",
                90,
                gettext_lazy("API documentation"),
                "api_reference",
                "/api/docs",
                "code-xml",
                help="integrators",
            ),
        )
