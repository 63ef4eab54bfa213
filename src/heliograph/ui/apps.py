from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Ui(AppConfig):
    name = "heliograph.ui"

    def ready(self) -> None:
        from heliograph.ui.navigation import NavigationLink, register

        register(NavigationLink("home", 0, gettext_lazy("Home"), "home", "/", "house"))
