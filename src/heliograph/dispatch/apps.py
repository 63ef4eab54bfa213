from django.apps import AppConfig


class Dispatch(AppConfig):
    name = "heliograph.dispatch"

    def ready(self) -> None:
        from heliograph.dispatch.actions import refuse_closed_dispatch
        from heliograph.runtime.actions import DOORKEEPERS

        DOORKEEPERS.append(refuse_closed_dispatch)
