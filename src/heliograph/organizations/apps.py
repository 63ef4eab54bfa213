from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Organizations(AppConfig):
    name = "heliograph.organizations"

    def ready(self) -> None:
        from heliograph.core.roles import Role
        from heliograph.ui.navigation import NavigationLink, register

        register(
            NavigationLink(
                "settings",
                10,
                gettext_lazy("Organization"),
                "organization",
                "/admin/org",
                "settings",
                Role.ADMIN,
                help="course-owners#members",
            ),
            NavigationLink(
                "settings",
                30,
                gettext_lazy("Audit log"),
                "audit_log",
                "/admin/org/audit-log",
                "clipboard-list",
                Role.ADMIN,
            ),
        )
