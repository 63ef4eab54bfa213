from django.apps import AppConfig


class Ui(AppConfig):
    name = "heliograph.ui"

    def ready(self) -> None:
        from heliograph.ui.navigation import NavigationLink, register

        register(NavigationLink("home", 0, "Home", "home", "/", "house"))
