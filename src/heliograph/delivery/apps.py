from django.apps import AppConfig


class Delivery(AppConfig):
    name = "heliograph.delivery"

    def ready(self) -> None:
        from heliograph.delivery import mail
        from heliograph.delivery.sending import register

        register(mail.CHANNEL)
