from django.apps import AppConfig

from heliograph.core.translation import gettext_lazy


class Lrs(AppConfig):
    name = "heliograph.lrs"
    label = "lrs"

    def ready(self) -> None:
        from heliograph.core.permissions import Permission
        from heliograph.lrs.browser import views
        from heliograph.ui.navigation import NavigationLink, register
        from heliograph.ui.tables import show_saved_views

        show_saved_views(views.links)
        register(
            NavigationLink(
                "insights",
                20,
                gettext_lazy("Learning records (LRS)"),
                "records",
                "/records",
                "database",
                Permission.RECORDS_VIEW,
                help="course-owners#learning-records",
            ),
            NavigationLink(
                "developers",
                10,
                gettext_lazy("LRS credentials"),
                "credentials",
                "/records/credentials",
                "key-round",
                Permission.RECORDS_MANAGE,
                help="integrators#the-record-store",
            ),
            NavigationLink(
                "developers",
                20,
                gettext_lazy("LRS sync"),
                "pipes",
                "/records/pipes",
                "waypoints",
                Permission.RECORDS_MANAGE,
                help="integrators#lrs-sync-to-and-from-other-lrss",
            ),
            NavigationLink(
                "settings",
                40,
                gettext_lazy("Data requests"),
                "people",
                "/records/people",
                "user-round-search",
                Permission.LEARNERS_ERASE,
                help="operators#a-persons-data",
            ),
        )
