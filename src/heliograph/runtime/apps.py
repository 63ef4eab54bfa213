from django.apps import AppConfig


class Runtime(AppConfig):
    name = "heliograph.runtime"
