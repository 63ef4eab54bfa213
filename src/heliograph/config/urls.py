"""Every address of the app's origin."""

from django.urls import include, path, re_path
from django.views.i18n import set_language

from heliograph.accounts.page_access import choose_organization
from heliograph.config import api_reference, pages
from heliograph.config.api import api, not_found
from heliograph.config.server import health
from heliograph.demo import tour
from heliograph.ui import gallery, icons, theme

urlpatterns = [
    path("health", health.health),
    path("metrics", health.metrics),
    path("api/docs", api_reference.page, name="api_reference"),
    path("api/", api.urls),
    re_path(r"^api/", not_found),
    path("sign-in/", pages.SignIn.as_view(), name="account_login"),
    path("sign-out/", pages.sign_out, name="account_logout"),
    path("signed-out/", pages.inactive, name="account_inactive"),
    path("search", pages.find, name="find"),
    path("notifications", pages.notifications, name="notifications"),
    path("", include("heliograph.config.guides")),
    path("ui/", gallery.gallery, name="gallery"),
    path("ui/options", gallery.find, name="gallery_options"),
    path("ui/icons.svg", icons.show_sprite, name="icons"),
    path("ui/theme", theme.choose_theme, name="choose_theme"),
    path("ui/language", set_language, name="choose_language"),
    path("tour/close", tour.close, name="tour_close"),
    path("organization/", choose_organization, name="choose_organization"),
    path("", pages.home, name="home"),
    path("", include("heliograph.accounts.outbox")),
    path("", include("heliograph.accounts.saved_views")),
    path("", include("heliograph.accounts.view_as")),
    path("", include("heliograph.accounts.own_pages")),
    path("", include("heliograph.accounts.invitation_pages")),
    path("", include("heliograph.courses.pages")),
    path("", include("heliograph.courses.folder_pages")),
    path("", include("heliograph.courses.course_pages")),
    path("", include("heliograph.dispatch.urls")),
    path("", include("heliograph.insights.pages")),
    path("", include("heliograph.lrs.urls")),
    path("", include("heliograph.marketplace.urls")),
    path("", include("heliograph.organizations.urls")),
    path("", include("heliograph.runtime.pages")),
    path("", include("heliograph.webhooks.pages")),
]

handler404 = "heliograph.config.pages.missing"
handler500 = "heliograph.config.pages.broken"
handler429 = "heliograph.config.pages.too_many"  # allauth's name for it
