from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Webhooks(AppConfig):
    name = "heliograph.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from heliograph.accounts import hooks as accounts
        from heliograph.core.permissions import Permission
        from heliograph.delivery import sending
        from heliograph.ui.home import register_attention
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.webhooks import home, members
        from heliograph.webhooks.channel import CHANNEL

        sending.register(CHANNEL)
        register_attention(home.attention, Permission.WEBHOOKS_MANAGE)
        accounts.member_invited.connect(members.tell_invited)
        accounts.member_changed.connect(members.tell_changed)
        accounts.members_changed.connect(members.tell_all_changed)
        register(
            NavigationLink(
                "settings",
                30,
                gettext_lazy("Webhooks"),
                "webhooks",
                "/admin/org/webhooks",
                "webhook",
                Permission.WEBHOOKS_MANAGE,
                help="integrators#webhooks",
            )
        )
