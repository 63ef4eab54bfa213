from django.apps import AppConfig


class Marketplace(AppConfig):
    name = "heliograph.marketplace"

    def ready(self) -> None:
        from heliograph.accounts import hooks as accounts
        from heliograph.core.permissions import Permission
        from heliograph.core.translation import gettext_lazy
        from heliograph.lrs import hooks as lrs
        from heliograph.marketplace import erasing, own_links, webhook_topics
        from heliograph.marketplace.completion import courses
        from heliograph.marketplace.enrollments import queries as enrollments
        from heliograph.marketplace.students import queries as students
        from heliograph.runtime import hooks as runtime
        from heliograph.ui.navigation import NavigationLink, register

        webhook_topics.add()
        accounts.members_in_use.connect(enrollments.members_in_use)
        lrs.person_erased.connect(erasing.forget)
        runtime.exit_url.connect(students.way_back)
        runtime.registration_changed.connect(courses.look_at)

        register(
            NavigationLink(
                "home",
                12,
                gettext_lazy("My programs"),
                "my_programs",
                "/lms/programs/",
                "award",
                everybody=True,
                help="course-owners#programs",
                only=own_links.has_programs,
            ),
            NavigationLink(
                "home",
                25,
                gettext_lazy("Program holder"),
                "holder_students",
                "/program-holder/",
                "briefcase-business",
                everybody=True,
                help="course-owners#programs",
                only=own_links.works_for_any,
            ),
            NavigationLink(
                "marketplace",
                10,
                gettext_lazy("Programs"),
                "programs",
                "/admin/marketplace/programs",
                "award",
                Permission.PROGRAMS_VIEW,
                help="course-owners#programs",
            ),
            NavigationLink(
                "marketplace",
                20,
                gettext_lazy("Enrollments"),
                "enrollments",
                "/admin/marketplace/enrollments",
                "users-round",
                Permission.PROGRAMS_VIEW,
                help="course-owners#programs",
            ),
            NavigationLink(
                "marketplace",
                30,
                gettext_lazy("Claims"),
                "claims",
                "/admin/marketplace/claims",
                "badge-check",
                Permission.PROGRAMS_VIEW,
                help="course-owners#programs",
            ),
            NavigationLink(
                "marketplace",
                40,
                gettext_lazy("Credentials"),
                "awarded_credentials",
                "/admin/marketplace/credentials",
                "shield-check",
                Permission.PROGRAMS_VIEW,
                help="course-owners#programs",
            ),
            NavigationLink(
                "marketplace",
                50,
                gettext_lazy("Program holders"),
                "holders",
                "/admin/marketplace/holders",
                "briefcase-business",
                Permission.PROGRAMS_VIEW,
                help="course-owners#programs",
            ),
            NavigationLink(
                "marketplace",
                60,
                gettext_lazy("Partners"),
                "partners",
                "/admin/marketplace/partners",
                "waypoints",
                Permission.PROGRAMS_VIEW,
                help="course-owners#partners",
            ),
            NavigationLink(
                "marketplace",
                80,
                gettext_lazy("WIOA"),
                "wioa",
                "/admin/marketplace/wioa",
                "chart-column",
                Permission.WIOA_VIEW,
                help="course-owners#wioa",
            ),
        )
