from django.apps import AppConfig


class Audit(AppConfig):
    name = "heliograph.audit"

    def ready(self) -> None:
        from heliograph.audit import home
        from heliograph.core.permissions import Permission
        from heliograph.ui.home import register_attention

        register_attention(home.attention, Permission.AUDIT_VIEW)
