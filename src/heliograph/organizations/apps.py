from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Organizations(AppConfig):
    name = "heliograph.organizations"

    def ready(self) -> None:
        from heliograph.core.permissions import Permission
        from heliograph.core.scope import limit
        from heliograph.courses import frame as course_frame
        from heliograph.organizations import groups
        from heliograph.organizations.assignments import pages, queries
        from heliograph.runtime import hooks as runtime
        from heliograph.ui.navigation import NavigationLink, register

        course_frame.TABS.add(pages.ENROLLMENTS, after=course_frame.REPORT)
        runtime.exit_url.connect(queries.way_back)
        limit("organizations.Assignment", queries.of_limited)

        register(
            NavigationLink(
                "home",
                10,
                gettext_lazy("My courses"),
                "my_courses",
                "/lms/",
                "graduation-cap",
                everybody=True,
                help="course-owners#members",
            ),
            NavigationLink(
                "home",
                20,
                gettext_lazy("Groups"),
                "organization_groups",
                "/admin/org/groups",
                "users-round",
                everybody=True,
                help="course-owners#members",
                only=groups.are_managed_alone,
            ),
            NavigationLink(
                "insights",
                15,
                gettext_lazy("Learning analytics"),
                "organization_analytics",
                "/admin/org/analytics",
                "chart-line",
                Permission.ANALYTICS_VIEW,
                help="course-owners#learning-analytics",
            ),
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
