from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Organizations(AppConfig):
    name = "heliograph.organizations"

    def ready(self) -> None:
        from heliograph.core.permissions import Permission
        from heliograph.ui.navigation import NavigationLink, register

        register(
            NavigationLink(
                "settings",
                10,
                gettext_lazy("Organization"),
                "organization",
                "/admin/org",
                "settings",
                Permission.ORGANIZATION_VIEW,
                help="course-owners#members",
            ),
            NavigationLink(
                "settings",
                30,
                gettext_lazy("Audit log"),
                "audit_log",
                "/admin/org/audit-log",
                "clipboard-list",
                Permission.AUDIT_VIEW,
            ),
        )
