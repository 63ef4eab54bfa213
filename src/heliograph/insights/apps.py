from django.apps import AppConfig


class Insights(AppConfig):
    name = "heliograph.insights"

    def ready(self) -> None:
        from heliograph.core.permissions import Permission
        from heliograph.core.translation import gettext_lazy
        from heliograph.insights.learning import reached
        from heliograph.runtime import hooks as runtime
        from heliograph.ui.navigation import NavigationLink, register

        runtime.registration_filter.connect(reached.registration_filter)
        register(
            NavigationLink(
                "insights",
                10,
                gettext_lazy("Analytics"),
                "analytics",
                "/admin/analytics",
                "chart-column",
                Permission.ANALYTICS_VIEW,
                help="course-owners#figures",
            )
        )
