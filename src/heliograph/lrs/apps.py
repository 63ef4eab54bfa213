from django.apps import AppConfig


class Lrs(AppConfig):
    name = "heliograph.lrs"
    label = "lrs"

    def ready(self) -> None:
        from heliograph.ui.navigation import NavigationLink, register

        register(NavigationLink(50, "Records", "records", "/records"))
