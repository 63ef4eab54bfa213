from django.apps import AppConfig


class Courses(AppConfig):
    name = "heliograph.courses"

    def ready(self) -> None:
        from heliograph.ui.navigation import NavigationLink, register

        register(NavigationLink("deliver", 10, "Courses", "courses", "/admin/courses", "book-open"))
