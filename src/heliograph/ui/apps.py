from django.apps import AppConfig


class Ui(AppConfig):
    name = "heliograph.ui"
