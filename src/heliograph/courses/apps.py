from django.apps import AppConfig


class Courses(AppConfig):
    name = "heliograph.courses"

    def ready(self) -> None:
        from heliograph.ui.navigation import Entry, register

        register(Entry(10, "Courses", "courses", "/admin/courses"))
