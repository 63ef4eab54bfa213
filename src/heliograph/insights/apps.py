from django.apps import AppConfig


class Insights(AppConfig):
    name = "heliograph.insights"

    def ready(self) -> None:
        from heliograph.ui.navigation import Entry, register

        register(Entry(60, "Analytics", "analytics", "/admin/analytics"))
