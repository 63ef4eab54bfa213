from django.apps import AppConfig


class Lrs(AppConfig):
    name = "heliograph.lrs"
    label = "lrs"
