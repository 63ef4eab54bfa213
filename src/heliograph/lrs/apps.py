from django.apps import AppConfig


class Lrs(AppConfig):
    name = "heliograph.lrs"
    label = "lrs"

    def ready(self) -> None:
        from heliograph.ui.navigation import Entry, register

        register(Entry(50, "Records", "records", "/records"))
