from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Runtime(AppConfig):
    name = "heliograph.runtime"

    def ready(self) -> None:
        from heliograph.core.permissions import Permission
        from heliograph.courses import hooks as courses
        from heliograph.lrs import hooks as lrs
        from heliograph.runtime import actions, hooks, limits_of_roles, queries, search, webhook_events
        from heliograph.runtime.cmi5 import sessions
        from heliograph.runtime.cmi5 import views as cmi5_views
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.ui.search import register_finder
        from heliograph.webhooks import hooks as webhooks

        register_finder(search.find, Permission.REGISTRATIONS_VIEW)
        limits_of_roles.register()

        courses.course_usage.connect(queries.learners_by_course)
        courses.course_consequences.connect(queries.consequences_of_deleting_course)
        courses.course_deleting.connect(actions.lock_course)
        hooks.attempt_started.connect(sessions.begin_registration)
        hooks.registration_changed.connect(webhook_events.tell)
        hooks.registrations_made.connect(webhook_events.tell_all)
        hooks.launch_opened.connect(webhook_events.tell_launch)
        webhooks.recording_begins.connect(webhook_events.note_present_states)
        lrs.session_access.connect(sessions.access_of)
        lrs.session_request.connect(cmi5_views.ask)
        lrs.session_request_refused.connect(sessions.note_refusal)
        lrs.before_store.connect(sessions.guard)
        lrs.statements_stored.connect(sessions.read_statements)
        register(
            NavigationLink(
                "learners",
                10,
                gettext_lazy("Registrations"),
                "registrations",
                "/admin/registrations",
                "users-round",
                Permission.REGISTRATIONS_VIEW,
                help="course-owners#editing-results",
            )
        )
