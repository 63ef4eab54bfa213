from django.apps import AppConfig


class Courses(AppConfig):
    name = "heliograph.courses"
