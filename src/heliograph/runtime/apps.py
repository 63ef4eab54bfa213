from django.apps import AppConfig


class Runtime(AppConfig):
    name = "heliograph.runtime"

    def ready(self) -> None:
        from heliograph.courses.actions import LEAVING
        from heliograph.lrs.access import SESSIONS
        from heliograph.lrs.http import ASKED, REFUSED
        from heliograph.lrs.storing import GUARDS, HEARD
        from heliograph.runtime.actions import BEGUN, hold_of_course
        from heliograph.runtime.cmi5.doors import ask
        from heliograph.runtime.cmi5.sessions import access_of, begin_registration, guard, hear, note_refusal

        LEAVING.append(hold_of_course)
        SESSIONS.append(access_of)
        ASKED.append(ask)
        REFUSED.append(note_refusal)
        GUARDS.append(guard)
        HEARD.append(hear)
        BEGUN.append(begin_registration)
