from django.apps import AppConfig


class Core(AppConfig):
    name = "heliograph.core"
