from django.apps import AppConfig


class Dispatch(AppConfig):
    name = "heliograph.dispatch"
