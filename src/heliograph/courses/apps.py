from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Courses(AppConfig):
    name = "heliograph.courses"

    def ready(self) -> None:
        from heliograph.accounts import hooks as accounts
        from heliograph.core.permissions import Permission
        from heliograph.courses import home, limits_of_roles, search, webhook_events
        from heliograph.ui.home import register_attention, register_steps
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.ui.search import register_finder
        from heliograph.webhooks import hooks as webhooks

        register_attention(home.attention, Permission.COURSES_VIEW)
        register_steps(home.STEP)
        register_finder(search.find, Permission.COURSES_VIEW)
        limits_of_roles.register()
        accounts.scope_names.connect(limits_of_roles.scope_names)
        webhooks.filter_object.connect(webhook_events.filter_object)
        webhooks.filter_options.connect(webhook_events.filter_options)

        register(
            NavigationLink(
                "deliver",
                10,
                gettext_lazy("Courses"),
                "courses",
                "/admin/courses",
                "book-open",
                Permission.COURSES_VIEW,
                help="course-owners#packages-as-they-come-from-the-field",
            )
        )
