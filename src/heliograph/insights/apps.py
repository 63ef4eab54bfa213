from django.apps import AppConfig


class Insights(AppConfig):
    name = "heliograph.insights"

    def ready(self) -> None:
        from heliograph.ui.navigation import NavigationLink, register

        register(NavigationLink(60, "Analytics", "analytics", "/admin/analytics"))
