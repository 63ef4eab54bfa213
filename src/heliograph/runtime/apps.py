from django.apps import AppConfig


class Runtime(AppConfig):
    name = "heliograph.runtime"

    def ready(self) -> None:
        from heliograph.lrs.access import SESSIONS
        from heliograph.lrs.http import ASKED, REFUSED
        from heliograph.lrs.storing import GUARDS, HEARD
        from heliograph.runtime.actions import BEGUN
        from heliograph.runtime.cmi5.doors import ask
        from heliograph.runtime.cmi5.sessions import access_of, begin_registration, guard, hear, note_refusal

        SESSIONS.append(access_of)
        ASKED.append(ask)
        REFUSED.append(note_refusal)
        GUARDS.append(guard)
        HEARD.append(hear)
        BEGUN.append(begin_registration)
